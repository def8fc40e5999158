import { randomUUID } from 'node:crypto';
import { AttituneError } from '../../../core/model/errors.js';
import type { Command, CommandResult, Executor } from '../../../core/model/executor.js';
import {
  GET_SCRIPT,
  IS_RUNNING_SCRIPT,
  MARKED_SCRIPT,
  PUT_SCRIPT,
  SIGNAL_GROUP_SCRIPT,
  SIGNAL_SCRIPT,
  START_SCRIPT,
  script,
  withSurroundings,
} from './shell-scripts.js';
import { SshConnection, type SshDestination } from './ssh-connection.js';

export interface SshExecutorOptions {
  /** How long a command has after a polite signal before it is killed. Default 2 s. */
  readonly graceMs?: number;
}

const OUTPUT_LIMIT = 16 * 1024 * 1024;
/** What `ssh` ends with where it failed itself, and not the command. */
const SSH_FAILED = 255;
/** Calls that do no harm when they are done again are done again so often. */
const ATTEMPTS = 2;

/**
 * Runs things on another host by the system's `ssh`, in one lasting connection. The far end needs a POSIX login shell and
 * coreutils. Each command is in a process group of its own there, which tells its number first and its exit code last, so
 * that it can be ended, and so that a broken connection is not taken for a command that failed.
 */
export class SshExecutor implements Executor {
  readonly #connection: SshConnection;
  readonly #graceMs: number;

  constructor(
    readonly node: string,
    destination: SshDestination,
    { graceMs = 2000 }: SshExecutorOptions = {},
  ) {
    this.#connection = new SshConnection(destination);
    this.#graceMs = graceMs;
  }

  /** Ends the connection; what was started goes on. The next call makes another one. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  async run(command: Command): Promise<CommandResult> {
    const { argv, signal, timeoutMs, input, env, cwd } = command;
    const what = `${argv[0]} on ${this.node}`;
    const cancelled = (when: string) =>
      new AttituneError('cancelled', `${what} was cancelled${when}.`, { cause: signal?.reason });
    const stopIfCancelled = () => {
      if (signal?.aborted === true) throw cancelled(' before it began');
    };
    stopIfCancelled();
    const mark = randomUUID();
    const line = script(MARKED_SCRIPT, mark, cwd ?? '', argv[0], ...withSurroundings(argv, env, undefined));
    const [program, ...args] = await this.#connection.argv(line.map(quoted).join(' '));
    stopIfCancelled();
    // many commands of ours use no ssh, and it takes long to load
    const { execa } = await import('execa');
    const child = execa(program, args, {
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      detached: true,
      reject: false,
      stripFinalNewline: false,
      maxBuffer: OUTPUT_LIMIT,
    });
    const group = groupOf(child.stdout, mark);
    let ended: AttituneError | undefined;
    let force: NodeJS.Timeout | undefined;
    const end = (why: AttituneError) => {
      if (ended) return;
      ended = why;
      void this.#endGroup(group(), 'TERM');
      force = setTimeout(() => {
        void this.#endGroup(group(), 'KILL').finally(() => child.kill('SIGKILL'));
      }, this.#graceMs);
    };
    const onAbort = () => end(cancelled(''));
    signal?.addEventListener('abort', onAbort, { once: true });
    const late = new AttituneError('operation-timeout', `${what} did not end within ${timeoutMs} ms and was killed.`);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => end(late), timeoutMs);
    try {
      const { stdout, stderr, exitCode, isMaxBuffer } = await child;
      if (isMaxBuffer) end(new AttituneError('operation-failed', `${what} wrote more than ${OUTPUT_LIMIT} bytes.`));
      if (!ended) return this.#result(what, { stdout, stderr, exitCode, mark });
      // what ignored the polite signal while its leader took it
      await this.#endGroup(group(), 'KILL');
      throw ended;
    } finally {
      clearTimeout(timer);
      clearTimeout(force);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async start(command: Command & { readonly logFile?: string }): Promise<{ readonly pid: number }> {
    const { argv, env, cwd, logFile = '/dev/null', timeoutMs, signal } = command;
    const { exitCode, stdout, stderr } = await this.run({
      argv: script(START_SCRIPT, logFile, cwd ?? '', argv[0], ...withSurroundings(argv, env, undefined)),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    });
    const pid = Number(stdout.trim());
    if (exitCode !== 0 || !Number.isInteger(pid) || pid <= 0)
      throw this.#failed(`${argv[0]} could not be started`, stderr);
    return { pid };
  }

  async signal(pid: number, signal: NodeJS.Signals): Promise<boolean> {
    const argv = script(SIGNAL_SCRIPT, String(pid), signal.replace(/^SIG/, ''));
    return (await this.run({ argv })).exitCode === 0;
  }

  async isRunning(pid: number): Promise<boolean> {
    return (await this.#again({ argv: script(IS_RUNNING_SCRIPT, String(pid)) })).exitCode === 0;
  }

  async put(path: string, content: string, mode = 0o644): Promise<void> {
    const argv = script(PUT_SCRIPT, path, mode.toString(8));
    const { exitCode, stderr } = await this.#again({ argv, input: content });
    if (exitCode !== 0) throw this.#failed(`${path} could not be written`, stderr);
  }

  async get(path: string): Promise<string | undefined> {
    const { exitCode, stdout, stderr } = await this.#again({ argv: script(GET_SCRIPT, path) });
    if (exitCode === 44) return undefined;
    if (exitCode !== 0) throw this.#failed(`${path} could not be read`, stderr);
    return stdout;
  }

  /** For what does the same when it is done twice: once more where the connection broke. */
  async #again(command: Command): Promise<CommandResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.run(command);
      } catch (error) {
        if (!AttituneError.is(error, 'host-unreachable') || attempt >= ATTEMPTS) throw error;
      }
    }
  }

  #result(
    what: string,
    { stdout, stderr, exitCode, mark }: { stdout: string; stderr: string; exitCode: number | undefined; mark: string },
  ): CommandResult {
    const tail = new RegExp(`\\n${mark} (\\w+)\\n`).exec(stdout);
    const missing = tail?.[1] === 'program' || tail?.[1] === 'folder' ? tail[1] : undefined;
    if (missing !== undefined) throw this.#failed(`${what} could not be run: there is no such ${missing}`, '');
    if (!tail) {
      this.#connection.lost();
      const begun = stdout.includes(mark) ? 'while it ran: what came of it is not known' : 'before it began';
      const code = exitCode === SSH_FAILED || exitCode === undefined ? '' : ` (exit code ${exitCode})`;
      throw new AttituneError(
        'host-unreachable',
        `The connection to ${this.node} was lost${code}, as ${what} was to be run, ${begun}. ${stderr.trim().slice(-500)}`.trim(),
      );
    }
    const begin = stdout.indexOf('\n') + 1;
    // what went on in the background may have written after it
    const said = stdout.slice(begin, tail.index) + stdout.slice(tail.index + tail[0].length);
    return { exitCode: Number(tail[1]), stdout: said, stderr };
  }

  /** Signals a command with all that it started. Never rejects: where the connection is gone, their pipes are broken. */
  async #endGroup(group: number | undefined, signal: 'TERM' | 'KILL'): Promise<void> {
    if (group === undefined) return;
    await this.run({ argv: script(SIGNAL_GROUP_SCRIPT, String(group), signal) }).catch(() => undefined);
  }

  #failed(what: string, stderr: string): AttituneError {
    const text = stderr.trim().slice(-500);
    return new AttituneError('operation-failed', `${what} on ${this.node}${text ? `: ${text}` : '.'}`);
  }
}

/** The process group, which is the first thing that is said, once it was said. */
function groupOf(stdout: NodeJS.ReadableStream, mark: string): () => number | undefined {
  let head = '';
  stdout.on('data', (chunk: Buffer | string) => {
    if (head.length < 200) head += chunk.toString();
  });
  return () => {
    const found = new RegExp(`^${mark} (\\d+)\\n`).exec(head)?.[1];
    return found === undefined ? undefined : Number(found);
  };
}

/** A word for the shell of the far end. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
