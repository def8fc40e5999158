import { posix } from 'node:path';
import { delay, type Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Command, CommandResult, Executor, FileContent } from '../../core/model/executor.js';
import type { SimulatedMachine } from './machine.js';
import type { SimulatedProcess } from './process.js';
import { readProcess } from './process-files.js';
import type { ProgramTable } from './software.js';

/** What an executor needs to know of the world. */
export interface ExecutorParts {
  readonly node: string;
  readonly clock: Clock;
  readonly programs: ProgramTable;
  /** What one call takes. */
  readonly callMs: number;
  /** The machine, at each call; rejects where it cannot be reached now. */
  readonly machine: () => Promise<SimulatedMachine>;
}

/** Runs simulated programs on a simulated machine: its files and processes are in memory. */
export class SimulatedExecutor implements Executor {
  readonly node: string;
  readonly #parts: ExecutorParts;

  constructor(parts: ExecutorParts) {
    this.node = parts.node;
    this.#parts = parts;
  }

  async run(command: Command): Promise<CommandResult> {
    const { argv, signal, timeoutMs } = command;
    const what = `${argv[0]} on ${this.node}`;
    const cancelled = () => new AttituneError('cancelled', `${what} was cancelled.`, { cause: signal?.reason });
    if (signal?.aborted) throw cancelled();
    const machine = await this.#reach();
    let stdout = '';
    let stderr = '';
    const process = this.#launch(
      machine,
      command,
      'run',
      (text) => (stdout += text),
      (text) => (stderr += text),
    );
    return new Promise((resolve, reject) => {
      const { clock } = this.#parts;
      const end = (settle: () => void) => {
        clock.clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const kill = (error: AttituneError) => {
        end(() => reject(error));
        machine.killGroup(process.group);
      };
      const onAbort = () => kill(cancelled());
      const timer =
        timeoutMs === undefined
          ? undefined
          : clock.setTimeout(
              () =>
                kill(
                  new AttituneError('operation-timeout', `${what} did not end within ${timeoutMs} ms and was killed.`),
                ),
              timeoutMs,
            );
      signal?.addEventListener('abort', onAbort, { once: true });
      process.onExit(() =>
        end(() => {
          if (machine.powered) resolve({ exitCode: process.exitCode ?? 0, stdout, stderr });
          else reject(new AttituneError('operation-failed', `${what} was lost: ${machine.name} went off.`));
        }),
      );
    });
  }

  async start(command: Command & { readonly logFile?: string }): Promise<{ readonly pid: number }> {
    const machine = await this.#reach();
    const { logFile } = command;
    const log = (text: string) => {
      if (logFile !== undefined) machine.files.append(logFile, text);
    };
    log('');
    return { pid: this.#launch(machine, command, 'start', log, log).pid };
  }

  async signal(pid: number, signal: NodeJS.Signals): Promise<boolean> {
    const process = (await this.#reach()).process(pid);
    process?.signal(signal);
    return process !== undefined;
  }

  async isRunning(pid: number): Promise<boolean> {
    return (await this.#reach()).process(pid) !== undefined;
  }

  async put(path: string, content: string, mode = 0o644): Promise<void> {
    this.#write(await this.#reach(), path, content, mode);
  }

  async get(path: string): Promise<string | undefined> {
    const machine = await this.#reach();
    return path.startsWith('/proc/') ? readProcess(machine, path) : machine.files.read(path);
  }

  async ensure(files: readonly FileContent[]): Promise<readonly string[]> {
    const machine = await this.#reach();
    const differed = files.filter(
      ({ path, content, mode = 0o644 }) => machine.files.read(path) !== content || machine.files.mode(path) !== mode,
    );
    for (const { path, content, mode = 0o644 } of differed) this.#write(machine, path, content, mode);
    return differed.map(({ path }) => path);
  }

  async #reach(): Promise<SimulatedMachine> {
    await delay(this.#parts.clock, this.#parts.callMs);
    return this.#parts.machine();
  }

  #write({ files }: SimulatedMachine, path: string, content: string, mode: number): void {
    for (let folder = posix.dirname(path); folder !== '/' && folder !== '.'; folder = posix.dirname(folder)) {
      if (files.read(folder) === undefined) continue;
      throw new AttituneError(
        'operation-failed',
        `${path} could not be written on ${this.node}: ${folder} is a file, not a folder.`,
      );
    }
    files.write(path, content, mode);
  }

  #launch(
    machine: SimulatedMachine,
    { argv, env = {}, cwd = '/', input = '' }: Command,
    mode: 'run' | 'start',
    out: (text: string) => void,
    err: (text: string) => void,
  ): SimulatedProcess {
    if (!this.#parts.programs.has(argv, machine)) {
      throw new AttituneError(
        'operation-failed',
        `${argv[0]} could not be run on ${this.node}: there is no such program.`,
      );
    }
    return this.#parts.programs.launch(machine, { argv, env, cwd, input, mode, out, err });
  }
}
