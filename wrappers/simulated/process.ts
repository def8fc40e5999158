import { constants } from 'node:os';
import type { TimerHandle } from '../../core/model/clock.js';
import type { FileTree } from './file-tree.js';
import type { SimulationKernel } from './kernel.js';
import type { SimulatedService } from './service.js';

/** Signals that do not end a program that says nothing about them. */
const HARMLESS: ReadonlySet<NodeJS.Signals> = new Set(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH']);

/** What a process, and the software in it, sees of the machine that it runs on. */
export interface ProcessHome {
  readonly kernel: SimulationKernel;
  readonly powered: boolean;
  readonly files: FileTree;
  readonly processes: readonly SimulatedProcess[];
  /** Makes one more process, on the same machine. */
  spawn(argv: readonly string[], env: Readonly<Record<string, string>>, parent?: SimulatedProcess): SimulatedProcess;
  /** False where the port is taken. */
  listen(port: number, process: SimulatedProcess, service: SimulatedService): boolean;
  /** Uses CPU until the function that it returns is called. */
  demand(cpus: number): () => void;
  /** Gives up the ports that the process listens on. */
  unlisten(process: SimulatedProcess): void;
  /** Takes a process that has ended out of the table. */
  forget(process: SimulatedProcess): void;
}

/** A program that runs on a simulated machine. Everything that it set up ends with it. */
export class SimulatedProcess {
  readonly machine: ProcessHome;
  readonly pid: number;
  /** The process group: the first process of a command, and what that started. */
  readonly group: number;
  /** The process that made it; it ends with that one where its software says so. */
  readonly parent: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Requests that this program has begun and not yet answered. */
  requests = 0;
  /** Set by its software: `true` where it deals with a signal itself. `SIGKILL` never gets here. */
  onSignal: ((signal: NodeJS.Signals) => boolean) | undefined;
  exitCode: number | undefined;
  readonly #atExit: (() => void)[] = [];
  readonly #timers = new Set<TimerHandle>();

  constructor(description: {
    readonly machine: ProcessHome;
    readonly pid: number;
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly parent?: SimulatedProcess | undefined;
  }) {
    this.machine = description.machine;
    this.pid = description.pid;
    this.group = description.parent?.group ?? description.pid;
    this.parent = description.parent?.pid ?? 1;
    this.startedAt = description.machine.kernel.clock.now();
    this.argv = description.argv;
    this.env = description.env;
  }

  get alive(): boolean {
    return this.exitCode === undefined;
  }

  /** Calls `action` after `ms`, unless the process has ended by then. */
  after(ms: number, action: () => void): void {
    const clock = this.machine.kernel.clock;
    const handle = clock.setTimeout(() => {
      this.#timers.delete(handle);
      action();
    }, ms);
    this.#timers.add(handle);
  }

  /** Uses CPU steadily until the returned function is called, or the process ends. */
  demand(cpus: number): () => void {
    const release = this.machine.demand(cpus);
    this.#atExit.push(release);
    return release;
  }

  /** Calls `action` when the process ends, by itself or by force. */
  onExit(action: () => void): void {
    if (this.alive) this.#atExit.push(action);
    else action();
  }

  /** Sends it a signal. */
  signal(signal: NodeJS.Signals): void {
    if (!this.alive || (signal !== 'SIGKILL' && this.onSignal?.(signal))) return;
    if (!HARMLESS.has(signal)) this.exit(128 + constants.signals[signal]);
  }

  /** Ends it; what it was doing is lost. */
  exit(code: number): void {
    if (!this.alive) return;
    this.exitCode = code;
    for (const handle of this.#timers) this.machine.kernel.clock.clearTimeout(handle);
    this.#timers.clear();
    for (const action of this.#atExit.splice(0)) action();
    this.machine.forget(this);
  }
}
