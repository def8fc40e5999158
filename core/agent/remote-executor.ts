import { delay, type Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Command, CommandResult, Executor, FileContent } from '../model/executor.js';
import type { MemberBus } from '../model/member-bus.js';
import type { ExecutorAnswer, ExecutorCall, RemoteCommand } from '../model/messages.js';
import { HOLD_MS } from './executor-service.js';
import { MemberDirectory } from './member-directory.js';
import { MAX_BODY_BYTES, messageBytes, PART_BYTES, partsOf } from './message-size.js';

export interface RemoteExecutorOptions {
  /** Name of the member that does it. Default: the node. */
  readonly agent?: string;
  /** How long an agent may be away before a call fails with `host-unreachable`. Default: 15 s. */
  readonly patienceMs?: number;
}

type Body<C> = C extends unknown ? Omit<C, 'key' | 'life'> : never;
type CallBody = Body<ExecutorCall>;

const PATIENCE_MS = 15_000;
/** An agent answers a little after it stops holding, or never. */
const ANSWER_MS = HOLD_MS + 5000;
const PAUSE_MS = 200;
/** After a cancellation the agent has so long to tell that the command has ended. */
const CANCEL_MS = 8000;
let calls = 0;

/**
 * Runs things where an agent runs, over the bus. Where an answer is lost it asks again: a command is done once all the
 * same, since the agent knows its key; and where the agent was begun anew meanwhile, and so cannot know, it says so.
 */
export class RemoteExecutor implements Executor {
  readonly #agent: string;
  readonly #patienceMs: number;
  readonly #directory: MemberDirectory;

  constructor(
    private readonly bus: MemberBus,
    readonly node: string,
    private readonly clock: Clock,
    { agent = node, patienceMs = PATIENCE_MS }: RemoteExecutorOptions = {},
  ) {
    this.#agent = agent;
    this.#patienceMs = patienceMs;
    this.#directory = MemberDirectory.of(bus);
  }

  async run(command: Command): Promise<CommandResult> {
    const { signal } = command;
    const what = `${command.argv[0]} on ${this.node}`;
    if (signal?.aborted === true)
      throw new AttituneError('cancelled', `${what} was cancelled before it began.`, { cause: signal.reason });
    const key = this.#key();
    const answer = this.#once(key, { method: 'run', command: remote(command) }, signal);
    const { result } = await (signal ? this.#cancellable(answer, key, signal, what) : answer);
    return result ?? this.#nothing('run');
  }

  async start(command: Command & { readonly logFile?: string }): Promise<{ readonly pid: number }> {
    const { logFile } = command;
    const call: CallBody = {
      method: 'start',
      command: remote(command),
      ...(logFile === undefined ? {} : { logFile }),
    };
    const { pid } = await this.#once(this.#key(), call);
    return { pid: pid ?? this.#nothing('start') };
  }

  async signal(pid: number, name: NodeJS.Signals): Promise<boolean> {
    return (await this.#once(this.#key(), { method: 'signal', pid, name })).answer ?? this.#nothing('signal');
  }

  async isRunning(pid: number): Promise<boolean> {
    return (await this.#again({ method: 'isRunning', pid })).answer ?? this.#nothing('isRunning');
  }

  async put(path: string, content: string, mode?: number): Promise<void> {
    const parts = partsOf(content);
    const last = parts.at(-1) ?? '';
    const key = this.#key();
    for (const [index, part] of parts.slice(0, -1).entries())
      await this.#again({ method: 'part', of: key, index, content: part });
    await this.#again(
      {
        method: 'put',
        path,
        content: last,
        ...(mode === undefined ? {} : { mode }),
        ...(parts.length > 1 ? { parts: parts.length - 1 } : {}),
      },
      key,
    );
  }

  async get(path: string): Promise<string | undefined> {
    const key = this.#key();
    let { content, more } = await this.#again({ method: 'get', path }, key);
    if (content === undefined) return undefined;
    const parts = [content];
    while (more !== undefined) {
      ({ content, more } = await this.#again({ method: 'rest', of: key, from: more }));
      parts.push(content ?? this.#nothing('rest'));
    }
    return parts.join('');
  }

  /** As many files as fit into one message at a time; what does not fit is compared and written by itself. */
  async ensure(files: readonly FileContent[]): Promise<readonly string[]> {
    const changed: string[] = [];
    let batch: FileContent[] = [];
    let bytes = 0;
    const flush = async () => {
      if (batch.length === 0) return;
      changed.push(...((await this.#again({ method: 'ensure', files: batch })).paths ?? this.#nothing('ensure')));
      batch = [];
      bytes = 0;
    };
    for (const file of files) {
      const size = messageBytes(file);
      if (size > PART_BYTES) {
        await flush();
        if ((await this.get(file.path)) !== file.content) {
          await this.put(file.path, file.content, file.mode);
          changed.push(file.path);
        }
        continue;
      }
      if (bytes + size > PART_BYTES) await flush();
      batch.push(file);
      bytes += size;
    }
    await flush();
    return changed;
  }

  /** For what must not be done twice: it is meant for this life of the agent only. */
  async #once(key: string, body: CallBody, signal?: AbortSignal): Promise<ExecutorAnswer> {
    const agent = await this.#directory.wait(this.#agent, this.#patienceMs, this.clock, signal);
    if (signal?.aborted === true)
      throw new AttituneError('cancelled', `It was cancelled before ${this.node} was asked.`);
    if (!agent) throw this.#away();
    return this.#ask({ ...body, key, life: agent.incarnation });
  }

  #again(body: CallBody, key = this.#key()): Promise<ExecutorAnswer> {
    return this.#ask({ ...body, key });
  }

  /** Asks until there is an answer, or the agent was silent for too long. */
  async #ask(call: ExecutorCall): Promise<ExecutorAnswer> {
    if (messageBytes(call) > MAX_BODY_BYTES)
      throw new AttituneError(
        'operation-failed',
        `What ${call.method} is given for ${this.node} is longer than a message can be: put it into a file there.`,
      );
    let silentSince: number | undefined;
    for (;;) {
      try {
        const answer = await this.bus.request(this.#agent, 'agent.execute', call, { timeoutMs: ANSWER_MS });
        if (answer.pending !== true) return answer;
        silentSince = undefined;
      } catch (error) {
        if (!AttituneError.is(error, 'no-answer')) throw error;
        silentSince ??= this.clock.now();
        const left = silentSince + this.#patienceMs - this.clock.now();
        if (left <= 0) throw this.#away(error);
        // at once when it is back, and a little later where it is there and was not heard
        if (this.#directory.get(this.#agent)) await delay(this.clock, Math.min(left, PAUSE_MS));
        else await this.#directory.wait(this.#agent, left, this.clock);
      }
    }
  }

  /** Rejects with `cancelled` once the agent has ended the run, or could not be told to. */
  async #cancellable(
    answer: Promise<ExecutorAnswer>,
    key: string,
    signal: AbortSignal,
    what: string,
  ): Promise<ExecutorAnswer> {
    const over = new AbortController();
    const cancelled = () => new AttituneError('cancelled', `${what} was cancelled.`, { cause: signal.reason });
    const abandoned = new Promise<never>((_, reject) => {
      const onAbort = () => {
        this.#again({ method: 'cancel', of: key }).catch(() => undefined);
        delay(this.clock, CANCEL_MS, over.signal).then(
          () => reject(cancelled()),
          () => undefined,
        );
      };
      signal.addEventListener('abort', onAbort, { once: true });
      over.signal.addEventListener('abort', () => signal.removeEventListener('abort', onAbort), { once: true });
    });
    try {
      return await Promise.race([answer, abandoned]);
    } catch (error) {
      throw AttituneError.is(error, 'cancelled') ? cancelled() : error;
    } finally {
      over.abort();
    }
  }

  /** Unique for this asker on the whole bus, also after it was begun anew. */
  #key(): string {
    calls += 1;
    return `${this.bus.member.incarnation}-${calls}`;
  }

  #away(cause?: unknown): AttituneError {
    return new AttituneError(
      'host-unreachable',
      `The agent on ${this.node} did not answer for ${Math.round(this.#patienceMs / 1000)} s. See 'attitune agents'.`,
      { cause },
    );
  }

  #nothing(method: string): never {
    throw new AttituneError('protocol', `The agent on ${this.node} answered ${method} without a result.`);
  }
}

function remote({ argv, env, cwd, input, timeoutMs }: Command): RemoteCommand {
  return {
    argv,
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
