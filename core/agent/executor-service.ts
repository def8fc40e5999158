import { constants } from 'node:os';
import { delay, type Clock } from '../model/clock.js';
import { ensureFiles } from '../model/ensure-files.js';
import { AttituneError } from '../model/errors.js';
import type { Executor } from '../model/executor.js';
import type { ExecutorAnswer, ExecutorCall } from '../model/messages.js';
import { AnswerMemory } from './answer-memory.js';
import { KeptTexts } from './kept-texts.js';
import { MAX_BODY_BYTES, messageBytes, partEnd } from './message-size.js';

/** An asker is not kept waiting longer for what goes on: it is told so, and asks again. */
export const HOLD_MS = 5000;
/** So many calls go on at the same time. */
const MOST_OPEN = 500;

type Call<M extends ExecutorCall['method']> = Extract<ExecutorCall, { readonly method: M }>;
type Doing = { [M in ExecutorCall['method']]: (call: Call<M>, from: string) => Promise<ExecutorAnswer> };

/** What does nothing, or the same when it is done again: it need not be remembered. */
const REPEATABLE: ReadonlySet<ExecutorCall['method']> = new Set(['isRunning', 'get', 'rest', 'part', 'cancel']);

/** Does what others ask of an executor. */
export class ExecutorService {
  readonly #answers: AnswerMemory;
  readonly #texts: KeptTexts;
  /** What ends each run that goes on. */
  readonly #stops = new Map<string, AbortController>();
  /** Runs that were cancelled before they came. */
  readonly #cancelled = new Set<string>();
  readonly #life = new AbortController();
  readonly #do: Doing = {
    run: (call, from) => this.#run(call, from),
    start: ({ command, logFile }) => this.executor.start({ ...command, ...(logFile === undefined ? {} : { logFile }) }),
    signal: async ({ pid, name }) => ({ answer: await this.executor.signal(pid, signalNamed(name)) }),
    isRunning: async ({ pid }) => ({ answer: await this.executor.isRunning(pid) }),
    put: (call, from) => this.#put(call, from),
    part: ({ of, index, content }, from) => {
      this.#texts.put(from, of, index, content);
      return Promise.resolve({});
    },
    get: async ({ key, path }, from) => this.#firstOf(await this.executor.get(path), key, from),
    rest: ({ of, from: begin }, from) => this.#rest(of, begin, from),
    ensure: async ({ files }) => ({ paths: await ensureFiles(this.executor, files) }),
    cancel: ({ of }, from) => {
      this.#cancel(`${from}\0${of}`, from);
      return Promise.resolve({});
    },
  };

  /** `life`: the incarnation of the agent. */
  constructor(
    private readonly executor: Executor,
    private readonly clock: Clock,
    private readonly life: string,
  ) {
    this.#answers = new AnswerMemory(clock);
    this.#texts = new KeptTexts(clock);
  }

  /** Rejects as the executor does; `host-unreachable` for what was meant for a former life of this agent. */
  async answer(call: ExecutorCall, from: string): Promise<ExecutorAnswer> {
    if (call.life !== undefined && call.life !== this.life)
      throw new AttituneError(
        'host-unreachable',
        `The agent on ${this.executor.node} was started anew meanwhile, so that it is not known what came of this.`,
      );
    const answer = REPEATABLE.has(call.method)
      ? this.#begin(call, from)
      : this.#answers.once(from, call.key, () => this.#begin(call, from));
    return this.#held(answer);
  }

  /** Ends the runs that go on: nobody can hear any more what comes of them. What was started goes on. */
  stop(): void {
    this.#life.abort(new AttituneError('cancelled', `The agent on ${this.executor.node} was stopped.`));
    for (const stop of this.#stops.values()) stop.abort(this.#life.signal.reason);
  }

  async #begin(call: ExecutorCall, from: string): Promise<ExecutorAnswer> {
    if (this.#answers.open > MOST_OPEN)
      throw new AttituneError('operation-failed', `${this.executor.node} does ${MOST_OPEN} things already.`);
    const act = this.#do[call.method] as (call: ExecutorCall, from: string) => Promise<ExecutorAnswer>;
    const answer = await act(call, from);
    if (messageBytes(answer) > MAX_BODY_BYTES) throw tooLong(call, this.executor.node);
    return answer;
  }

  async #held(answer: Promise<ExecutorAnswer>): Promise<ExecutorAnswer> {
    const over = new AbortController();
    const patience = delay(this.clock, HOLD_MS, over.signal).then(
      () => ({ pending: true }),
      () => ({ pending: true }),
    );
    try {
      return await Promise.race([answer, patience]);
    } finally {
      over.abort();
    }
  }

  async #run({ key, command }: Call<'run'>, from: string): Promise<ExecutorAnswer> {
    const name = `${from}\0${key}`;
    const stop = new AbortController();
    if (this.#life.signal.aborted) stop.abort(this.#life.signal.reason);
    if (this.#cancelled.delete(name)) stop.abort(cancelledBy(from));
    this.#stops.set(name, stop);
    try {
      return { result: await this.executor.run({ ...command, signal: stop.signal }) };
    } finally {
      this.#stops.delete(name);
    }
  }

  #cancel(name: string, from: string): void {
    const stop = this.#stops.get(name);
    if (stop) {
      stop.abort(cancelledBy(from));
      return;
    }
    this.#cancelled.add(name);
    const [oldest] = this.#cancelled;
    if (this.#cancelled.size > MOST_OPEN && oldest !== undefined) this.#cancelled.delete(oldest);
  }

  async #put({ key, path, content, mode, parts }: Call<'put'>, from: string): Promise<ExecutorAnswer> {
    const before = parts === undefined || parts === 0 ? '' : this.#texts.get(from, key, parts);
    if (before === undefined) throw this.#lost(path);
    await this.executor.put(path, before + content, mode);
    this.#texts.drop(from, key);
    return {};
  }

  #firstOf(text: string | undefined, key: string, from: string): ExecutorAnswer {
    if (text === undefined) return {};
    const more = partEnd(text, 0);
    if (more === text.length) return { content: text };
    this.#texts.put(from, key, 0, text);
    return { content: text.slice(0, more), more };
  }

  #rest(of: string, begin: number, from: string): Promise<ExecutorAnswer> {
    const text = this.#texts.get(from, of, 1);
    if (text === undefined) return Promise.reject(this.#lost('the file'));
    const end = partEnd(text, begin);
    return Promise.resolve({ content: text.slice(begin, end), ...(end < text.length ? { more: end } : {}) });
  }

  #lost(what: string): AttituneError {
    return new AttituneError(
      'host-unreachable',
      `The parts of ${what} are not known on ${this.executor.node} any more; try again.`,
    );
  }
}

function cancelledBy(from: string): AttituneError {
  return new AttituneError('cancelled', `${from} cancelled it.`);
}

/** Throws `value`. */
function signalNamed(name: string): NodeJS.Signals {
  if (Object.hasOwn(constants.signals, name)) return name as NodeJS.Signals;
  throw new AttituneError('value', `"${name}" is no signal, such as "SIGTERM".`);
}

function tooLong(call: ExecutorCall, node: string): AttituneError {
  const what = call.method === 'run' ? call.command.argv[0] : call.method;
  const limit = Math.floor(MAX_BODY_BYTES / 1024);
  return new AttituneError(
    'operation-failed',
    `The output of ${what} on ${node} is longer than a message can be (${limit} KiB). Let it write a file, and get that.`,
  );
}
