import { spawn } from 'node:child_process';
import { chmod, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import type { Command, CommandResult, Executor } from '../../../core/model/executor.js';
import { EXEC_TO_LOG_SCRIPT, GET_SCRIPT, PUT_SCRIPT, missingProgram, script } from './shell-scripts.js';

export interface LocalExecutorOptions {
  /** Where this runs things, for messages. */
  readonly node: string;
  /** Comes before every command, such as `['nsenter', '--net=/run/netns/host1', '--']`; files then go through it too. */
  readonly prefix?: readonly string[];
  /** How long a command has after a polite signal before it is killed. Default 2 s. */
  readonly graceMs?: number;
}

const OUTPUT_LIMIT = 16 * 1024 * 1024;
let temporaryFiles = 0;

/** Runs things on this machine, or, with a prefix, in namespaces of it. Process ids are those of this machine. */
export class LocalExecutor implements Executor {
  readonly node: string;
  readonly #prefix: readonly string[];
  readonly #graceMs: number;

  constructor({ node, prefix = [], graceMs = 2000 }: LocalExecutorOptions) {
    this.node = node;
    this.#prefix = prefix;
    this.#graceMs = graceMs;
  }

  async run(command: Command): Promise<CommandResult> {
    const { argv, signal, timeoutMs } = command;
    const what = `${argv[0]} on ${this.node}`;
    if (signal?.aborted)
      throw new AttituneError('cancelled', `${what} was cancelled before it began.`, { cause: signal.reason });
    // many commands of ours run nothing here, and it takes long to load
    const { execa } = await import('execa');
    const [file, ...args] = this.#argv(argv);
    const child = execa(file, args, {
      ...surroundings(command),
      ...(command.input === undefined ? { stdin: 'ignore' as const } : { input: command.input }),
      // a process group of its own, so that what the command started ends with it
      detached: true,
      reject: false,
      stripFinalNewline: false,
      maxBuffer: OUTPUT_LIMIT,
    });
    let ended: 'operation-timeout' | 'cancelled' | undefined;
    let force: NodeJS.Timeout | undefined;
    const end = (why: 'operation-timeout' | 'cancelled') => {
      if (ended) return;
      ended = why;
      killGroup(child.pid, 'SIGTERM');
      force = setTimeout(() => {
        killGroup(child.pid, 'SIGKILL');
        // a daemon that left the group may hold the output open for ever: nobody waits for that
        child.stdout.destroy();
        child.stderr.destroy();
      }, this.#graceMs);
    };
    const onAbort = () => end('cancelled');
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => end('operation-timeout'), timeoutMs);
    try {
      const result = await child;
      if (ended === 'operation-timeout') {
        throw new AttituneError(
          'operation-timeout',
          `${what} did not end within ${timeoutMs} ms and was killed.${tail(result.stderr)}`,
        );
      }
      if (ended === 'cancelled')
        throw new AttituneError('cancelled', `${what} was cancelled.`, { cause: signal?.reason });
      if (result.isMaxBuffer)
        throw new AttituneError('operation-failed', `${what} wrote more than ${OUTPUT_LIMIT} bytes.`);
      if (result.exitCode === undefined && result.signal === undefined) {
        throw new AttituneError(
          'operation-failed',
          `${what} could not be run: ${result.originalMessage ?? 'unknown reason'}.`,
          { cause: result },
        );
      }
      if (this.#prefix.length > 0 && missingProgram(result.exitCode ?? 0, result.stderr)) {
        throw new AttituneError('operation-failed', `${what} could not be run:${tail(result.stderr)}`);
      }
      // as a shell tells a death by a signal
      return { exitCode: result.exitCode ?? 128, stdout: result.stdout, stderr: result.stderr };
    } finally {
      clearTimeout(timer);
      if (force) {
        clearTimeout(force);
        // what ignored the polite signal while its leader took it
        killGroup(child.pid, 'SIGKILL');
      }
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async start(command: Command & { readonly logFile?: string }): Promise<{ readonly pid: number }> {
    const logFile = command.logFile ?? '/dev/null';
    if (this.#prefix.length > 0) {
      const argv = this.#argv(script(EXEC_TO_LOG_SCRIPT, logFile, command.cwd ?? '', ...command.argv));
      return { pid: await this.#spawnDetached(argv, { ...command, cwd: undefined }, 'ignore') };
    }
    await mkdir(dirname(logFile), { recursive: true });
    const log = await open(logFile, 'a');
    try {
      return { pid: await this.#spawnDetached(command.argv, command, log.fd) };
    } finally {
      await log.close();
    }
  }

  async signal(pid: number, signal: NodeJS.Signals): Promise<boolean> {
    return (await this.isRunning(pid)) && kill(pid, signal);
  }

  async isRunning(pid: number): Promise<boolean> {
    if (!kill(pid, 0)) return false;
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
    } catch (error) {
      // gone meanwhile; on systems without /proc the signal's answer stands
      return (error as NodeJS.ErrnoException).code !== 'ENOENT' || process.platform !== 'linux';
    }
  }

  async put(path: string, content: string, mode = 0o644): Promise<void> {
    try {
      if (this.#prefix.length > 0) {
        const { exitCode, stderr } = await this.run({
          argv: script(PUT_SCRIPT, path, mode.toString(8)),
          input: content,
        });
        if (exitCode !== 0)
          throw new AttituneError('operation-failed', `${path} could not be written on ${this.node}:${tail(stderr)}`);
        return;
      }
      await mkdir(dirname(path), { recursive: true });
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${++temporaryFiles}.tmp`);
      try {
        await writeFile(temporary, content, { mode });
        await chmod(temporary, mode); // writeFile's mode is subject to the umask
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
    } catch (error) {
      throw AttituneError.from(error, 'operation-failed', `${path} could not be written on ${this.node}`);
    }
  }

  async get(path: string): Promise<string | undefined> {
    if (this.#prefix.length > 0) {
      const { exitCode, stdout, stderr } = await this.run({ argv: script(GET_SCRIPT, path) });
      if (exitCode === 44) return undefined;
      if (exitCode !== 0)
        throw new AttituneError('operation-failed', `${path} could not be read on ${this.node}:${tail(stderr)}`);
      return stdout;
    }
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw AttituneError.from(error, 'operation-failed', `${path} could not be read on ${this.node}`);
    }
  }

  #argv(argv: readonly [string, ...string[]]): [string, ...string[]] {
    return [...this.#prefix, ...argv] as [string, ...string[]];
  }

  #spawnDetached(
    argv: readonly [string, ...string[]],
    command: Pick<Command, 'env'> & { readonly cwd?: string | undefined },
    output: number | 'ignore',
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      const [file, ...args] = argv;
      const child = spawn(file, args, { ...surroundings(command), detached: true, stdio: ['ignore', output, output] });
      child.once('error', (error) =>
        reject(AttituneError.from(error, 'operation-failed', `${file} could not be started on ${this.node}`)),
      );
      child.once('spawn', () => {
        child.unref();
        resolve(child.pid as number);
      });
    });
  }
}

function surroundings({
  env,
  cwd,
}: {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
}) {
  return { ...(cwd === undefined ? {} : { cwd }), env: { ...process.env, ...env } };
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    if ((error as NodeJS.ErrnoException).code === 'EPERM') {
      if (signal === 0) return true;
      throw new AttituneError('not-root', `Process ${pid} belongs to another user: it cannot be sent ${signal}.`, {
        cause: error,
      });
    }
    throw AttituneError.from(error, 'operation-failed', `signal ${signal} to process ${pid}`);
  }
}

function killGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (leader !== undefined) process.kill(-leader, signal);
  } catch {
    // it has ended, or became another user's: there is nothing more to do
  }
}

function tail(stderr: string | undefined): string {
  const text = (stderr ?? '').trim();
  return text ? ` ${text.slice(-500)}` : '';
}
