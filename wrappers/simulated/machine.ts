import type { Random } from '../../core/model/random.js';
import type { CpuShare } from './cpu-share.js';
import type { SimulationKernel } from './kernel.js';
import type { Processor } from './processor.js';
import { FileTree } from './file-tree.js';
import { SimulatedProcess } from './process.js';
import type { SimulatedService } from './service.js';

/** A program's ear on a port. */
export interface Listener {
  readonly process: SimulatedProcess;
  readonly service: SimulatedService;
}

/** Folders that are in memory, so that they begin empty at each boot. */
const TEMPORARY = ['/run', '/tmp'];

/**
 * What programs run on: a host, or the inside of a guest. Files, processes and listening ports; its share of the CPU;
 * and whether the network reaches it now.
 */
export class SimulatedMachine {
  readonly name: string;
  readonly address: string;
  readonly kernel: SimulationKernel;
  readonly random: Random;
  readonly files: FileTree;
  readonly share: CpuShare;
  /** The CPU that the share is on now; it changes when a guest migrates. */
  processor: Processor | undefined;
  powered = true;
  /** Its own network is up. */
  networked = true;
  /** The network of the host around it is up. */
  linked = true;
  readonly #processes = new Map<number, SimulatedProcess>();
  readonly #listeners = new Map<number, Listener>();
  #nextPid = 100;

  constructor(description: {
    readonly name: string;
    readonly address: string;
    readonly kernel: SimulationKernel;
    readonly random: Random;
    readonly share: CpuShare;
    readonly processor: Processor;
    /** What is on its disks already. */
    readonly files?: FileTree;
  }) {
    this.name = description.name;
    this.address = description.address;
    this.kernel = description.kernel;
    this.random = description.random;
    this.share = description.share;
    this.files = description.files ?? new FileTree();
    this.processor = description.processor;
    this.processor.shares.add(this.share);
  }

  get reachable(): boolean {
    return this.powered && this.networked && this.linked;
  }

  /** Makes a process, in the group of its parent; what it does is up to its software. */
  spawn(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
    parent?: SimulatedProcess,
  ): SimulatedProcess {
    const process = new SimulatedProcess({ machine: this, pid: this.#nextPid++, argv, env, parent });
    this.#processes.set(process.pid, process);
    return process;
  }
  /** Ends a process group at once. */
  killGroup(group: number): void {
    for (const process of this.processes) if (process.group === group) process.exit(137);
  }

  process(pid: number): SimulatedProcess | undefined {
    return this.#processes.get(pid);
  }
  get processes(): readonly SimulatedProcess[] {
    return [...this.#processes.values()];
  }

  listener(port: number): Listener | undefined {
    return this.#listeners.get(port);
  }
  /** `false` if another process listens on that port. */
  listen(port: number, process: SimulatedProcess, service: SimulatedService): boolean {
    this.kernel.catchUp();
    const present = this.#listeners.get(port);
    if (present && present.process !== process) return false;
    this.#listeners.set(port, { process, service });
    return true;
  }
  /** Takes no new connections for a process any more. */
  unlisten(process: SimulatedProcess): void {
    this.kernel.catchUp();
    for (const [port, listener] of this.#listeners) if (listener.process === process) this.#listeners.delete(port);
  }

  /** CPU time that it used so far, in seconds. */
  usedSeconds(): number {
    this.kernel.catchUp();
    return this.share.usedSeconds;
  }
  /** Uses CPU steadily until the returned function is called. */
  demand(cpus: number): () => void {
    const release = this.change(() => this.share.demand(cpus));
    return () => this.change(release);
  }
  /** Stands still (`true`) or goes on. What is sent to it meanwhile waits. */
  pause(paused: boolean): void {
    this.change(() => {
      this.share.paused = paused;
    });
  }
  /** Runs only a part of the time, as a hypervisor makes a guest that it migrates; 0: all the time. */
  slowDown(throttle: number): void {
    if (this.share.throttle === throttle) return;
    this.change(() => {
      this.share.throttle = throttle;
    });
  }
  /** Moves to another host's CPU. */
  moveTo(processor: Processor): void {
    this.change(() => this.processor?.shares.delete(this.share));
    this.processor = processor;
    this.change(() => processor.shares.add(this.share));
  }

  /** Drops the work of a process that ended. Called by the process. */
  forget(process: SimulatedProcess): void {
    this.#processes.delete(process.pid);
    this.unlisten(process);
    const dropped = this.change(() => this.share.remove(process));
    for (const job of dropped) job.drop(this.kernel.now);
  }

  /** All processes die at once; what is in memory and in temporary folders is gone, the files on the disks stay. */
  reset(): void {
    for (const process of this.processes) process.exit(137);
    for (const folder of TEMPORARY) {
      this.files.remove(folder);
      this.files.makeFolder(folder);
    }
  }

  /** All processes die at once, without a word: the power is off. */
  powerOff(): void {
    this.powered = false;
    for (const process of this.processes) process.exit(137);
    const processor = this.processor;
    this.change(() => processor?.shares.delete(this.share));
    this.processor = undefined;
  }

  /** Makes a change to the CPU at the clock's time. */
  change<T>(change: () => T): T {
    this.kernel.catchUp();
    const result = this.processor ? this.processor.change(this.kernel.now, change) : change();
    this.kernel.wake();
    return result;
  }
}
