import { delay, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Command, CommandResult, Executor, FileContent } from '../../../core/model/executor.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import { GuestAgentChannel } from './guest-agent-channel.js';
import {
  ENSURE_SCRIPT,
  GET_SMALL_SCRIPT,
  IS_RUNNING_SCRIPT,
  PUBLISH_SCRIPT,
  PUT_SCRIPT,
  SIGNAL_GROUP_SCRIPT,
  SIGNAL_SCRIPT,
  START_SCRIPT,
  TEMPORARY_SCRIPT,
  missingProgram,
  script,
  withSurroundings,
} from './shell-scripts.js';

/** What goes in one message: well below libvirt's limit of 4 MiB a string, also as base64. */
const CHUNK_BYTES = 512 * 1024;
/** One argument of a Linux command is limited to 128 KiB. */
const ARGUMENT_BYTES = 96 * 1024;
const POLLS_MS = [10, 20, 40, 80, 150, 250];
const ATTEMPTS = 3;

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly 'out-data'?: string;
  readonly 'err-data'?: string;
  readonly 'out-truncated'?: boolean;
}

export interface GuestAgentOptions {
  /** How long a call may fail because the domain is on its way to another host. Default 10 s. */
  readonly patienceMs?: number;
  /** How long a command has after a polite signal before it is killed. Default 2 s. */
  readonly graceMs?: number;
}

/**
 * Runs things inside a guest by its QEMU guest agent, without any network: `guest-exec` with `guest-exec-status`,
 * and `guest-file-*` for what is too large for one message. It goes on where the domain migrates in the middle.
 * The guest needs a POSIX shell, coreutils and util-linux's `setsid`.
 */
export class GuestAgentExecutor implements Executor {
  readonly node: string;
  readonly #channel: GuestAgentChannel;
  readonly #clock: Clock;
  readonly #graceMs: number;

  constructor(node: string, host: () => HostAccess, domain: string, clock: Clock, options: GuestAgentOptions = {}) {
    this.node = node;
    this.#clock = clock;
    this.#channel = new GuestAgentChannel(domain, host, clock, options.patienceMs ?? 10_000);
    this.#graceMs = options.graceMs ?? 2000;
  }

  async run(command: Command): Promise<CommandResult> {
    const { argv, timeoutMs, signal } = command;
    const what = `${argv[0]} in ${this.node}`;
    if (signal?.aborted)
      throw new AttituneError('cancelled', `${what} was cancelled before it began.`, { cause: signal.reason });
    const until = timeoutMs === undefined ? Infinity : this.#clock.now() + timeoutMs;
    const pid = await this.#exec(command);
    for (let poll = 0; ; poll += 1) {
      const wait = POLLS_MS[Math.min(poll, POLLS_MS.length - 1)] as number;
      await delay(this.#clock, Math.min(wait, Math.max(0, until - this.#clock.now())));
      const status = await this.#status(pid);
      if (status.exited) return this.#result(what, status);
      if (signal?.aborted) {
        await this.#end(pid);
        throw new AttituneError('cancelled', `${what} was cancelled.`, { cause: signal.reason });
      }
      if (this.#clock.now() >= until) {
        await this.#end(pid);
        throw new AttituneError('operation-timeout', `${what} did not end within ${timeoutMs} ms and was killed.`);
      }
    }
  }

  async start(command: Command & { readonly logFile?: string }): Promise<{ readonly pid: number }> {
    const { argv, env, cwd, logFile = '/dev/null' } = command;
    const line = script(START_SCRIPT, logFile, cwd ?? '', argv[0], ...withSurroundings(argv, env, undefined));
    const { exitCode, stdout, stderr } = await this.run({ argv: line, ...limits(command) });
    const pid = Number(stdout.trim());
    if (exitCode !== 0 || !Number.isInteger(pid) || pid <= 0)
      throw this.#failed(`${argv[0]} could not be started`, stderr);
    return { pid };
  }

  async signal(pid: number, signal: NodeJS.Signals): Promise<boolean> {
    const { exitCode } = await this.#again(() =>
      this.run({ argv: script(SIGNAL_SCRIPT, String(pid), signal.replace(/^SIG/, '')) }),
    );
    return exitCode === 0;
  }

  async isRunning(pid: number): Promise<boolean> {
    const { exitCode } = await this.#again(() => this.run({ argv: script(IS_RUNNING_SCRIPT, String(pid)) }));
    return exitCode === 0;
  }

  async put(path: string, content: string, mode = 0o644): Promise<void> {
    const bytes = Buffer.from(content, 'utf8');
    await this.#again(async () => {
      if (bytes.length > CHUNK_BYTES) return this.#putInChunks(path, bytes, mode);
      await this.#must(`${path} could not be written`, {
        argv: script(PUT_SCRIPT, path, mode.toString(8)),
        input: content,
      });
    });
  }

  get(path: string): Promise<string | undefined> {
    return this.#again(async () => {
      const { exitCode, stdout, stderr } = await this.run({
        argv: script(GET_SMALL_SCRIPT, path, String(CHUNK_BYTES)),
      });
      if (exitCode === 44) return undefined;
      if (exitCode === 45) return this.#getInChunks(path);
      if (exitCode !== 0) throw this.#failed(`${path} could not be read`, stderr);
      return stdout;
    });
  }

  /** One command for as many files as fit into one. */
  async ensure(files: readonly FileContent[]): Promise<readonly string[]> {
    const changed: string[] = [];
    let batch: string[] = [];
    let bytes = 0;
    const flush = async () => {
      const argv = script(ENSURE_SCRIPT, ...batch);
      if (batch.length > 0) {
        const { stdout } = await this.#again(() => this.#must('files could not be written', { argv }));
        changed.push(...stdout.split('\n').filter(Boolean));
      }
      batch = [];
      bytes = 0;
    };
    for (const { path, content, mode = 0o644 } of files) {
      const encoded = Buffer.from(content, 'utf8').toString('base64');
      if (encoded.length > ARGUMENT_BYTES) {
        if ((await this.get(path)) === content) continue;
        await this.put(path, content, mode);
        changed.push(path);
        continue;
      }
      if (bytes + encoded.length > CHUNK_BYTES) await flush();
      batch.push(path, mode.toString(8), encoded);
      bytes += encoded.length + path.length;
    }
    await flush();
    return changed;
  }

  // a session of its own for each command, so that what it starts can be ended with it
  async #exec({ argv, env, cwd, input }: Command): Promise<number> {
    const reply = await this.#channel.call<{ pid: number }>(
      'guest-exec',
      {
        path: 'setsid',
        arg: withSurroundings(argv, env, cwd),
        'capture-output': true,
        ...(input ? { 'input-data': Buffer.from(input, 'utf8').toString('base64') } : {}),
      },
      false,
    );
    return reply.pid;
  }

  #status(pid: number): Promise<ExecStatus> {
    return this.#channel.call<ExecStatus>('guest-exec-status', { pid }, true);
  }

  #result(what: string, status: ExecStatus): CommandResult {
    const stdout = decode(status['out-data']);
    const stderr = decode(status['err-data']);
    if (status['out-truncated'])
      throw new AttituneError('operation-failed', `${what} wrote more than the guest agent keeps.`);
    const exitCode = status.exitcode ?? 128 + (status.signal ?? 0);
    if (missingProgram(exitCode, stderr)) throw this.#failed(`${what} could not be run`, stderr);
    return { exitCode, stdout, stderr };
  }

  /** Ends a command's session: politely, then by force. */
  async #end(pid: number): Promise<void> {
    const send = (signal: string) => this.#exec({ argv: script(SIGNAL_GROUP_SCRIPT, String(pid), signal) });
    await send('TERM');
    for (const until = this.#clock.now() + this.#graceMs; this.#clock.now() < until;) {
      await delay(this.#clock, 50);
      if ((await this.#status(pid)).exited) break;
    }
    await send('KILL');
  }

  async #putInChunks(path: string, bytes: Buffer, mode: number): Promise<void> {
    const failure = `${path} could not be written`;
    const temporary = (await this.#must(failure, { argv: script(TEMPORARY_SCRIPT, path) })).stdout.trim();
    try {
      const handle = await this.#channel.call<number>('guest-file-open', { path: temporary, mode: 'w' }, true);
      for (let offset = 0; offset < bytes.length;) {
        const chunk = bytes.subarray(offset, offset + CHUNK_BYTES).toString('base64');
        const { count } = await this.#channel.call<{ count: number }>(
          'guest-file-write',
          { handle, 'buf-b64': chunk },
          false,
        );
        offset += count;
      }
      await this.#channel.call('guest-file-close', { handle }, false);
    } catch (error) {
      await this.run({ argv: ['rm', '-f', '--', temporary] });
      throw error;
    }
    await this.#must(failure, { argv: script(PUBLISH_SCRIPT, temporary, mode.toString(8), path) });
  }

  async #getInChunks(path: string): Promise<string> {
    const handle = await this.#channel.call<number>('guest-file-open', { path, mode: 'r' }, true);
    const chunks: Buffer[] = [];
    for (let eof = false; !eof;) {
      // not repeatable: the handle has moved on if only the answer was lost
      const read = await this.#channel.call<{ count: number; 'buf-b64'?: string; eof: boolean }>(
        'guest-file-read',
        { handle, count: CHUNK_BYTES },
        false,
      );
      chunks.push(Buffer.from(read['buf-b64'] ?? '', 'base64'));
      eof = read.eof || read.count === 0;
    }
    await this.#channel.call('guest-file-close', { handle }, false);
    return Buffer.concat(chunks).toString('utf8');
  }

  async #must(failure: string, command: Command): Promise<CommandResult> {
    const result = await this.run(command);
    if (result.exitCode !== 0) throw this.#failed(failure, result.stderr);
    return result;
  }

  /** For what does the same when it is done twice: done again where an answer was lost on the way. */
  async #again<T>(action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action();
      } catch (error) {
        if (!AttituneError.is(error) || !error.retryable || error.code === 'operation-timeout' || attempt >= ATTEMPTS)
          throw error;
      }
    }
  }

  #failed(what: string, stderr: string): AttituneError {
    const text = stderr.trim().slice(-500);
    return new AttituneError('operation-failed', `${what} in ${this.node}${text ? `: ${text}` : '.'}`);
  }
}

function limits({ timeoutMs, signal }: Command): Pick<Command, 'timeoutMs' | 'signal'> {
  return { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) };
}

function decode(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}
