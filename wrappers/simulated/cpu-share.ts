import { CPU_WEIGHTS } from '../../core/model/cpu-weight.js';
import { Heap } from '../../core/model/heap.js';

/** A piece of CPU work of one request; `finish` is called at the simulated instant at which it is done. */
export interface CpuJob {
  /** The process that works; its jobs are dropped with it. */
  readonly owner: unknown;
  readonly finish: (at: number) => void;
  /** Called instead of `finish` when the job is dropped: its process or its machine is gone. */
  readonly drop: (at: number) => void;
}

interface QueuedJob {
  readonly job: CpuJob;
  /** The share's virtual time at which the job is done. */
  readonly doneAt: number;
  readonly order: number;
}

/**
 * What one VM, or the software of a host, has of its host's CPU: jobs that share it equally (processor sharing), and a
 * steady demand (an idling guest, a booting one, a migration). Its virtual time is the CPU time that each of its jobs
 * has had, so that a job is done at a virtual time that never changes while others come and go (the fluid virtual time
 * of fair queueing: Parekh and Gallager, 1993).
 */
export class CpuShare {
  readonly name: string;
  /** At most this many CPUs at once: a VM's vCPUs. `Infinity` for a host's own software. */
  cpus: number;
  paused = false;
  /** Beside others, where there is not enough for all; absent: as many threads as want to run. */
  weight: number | undefined;
  /** The part of the time in which it is kept from running, in [0, 1). */
  throttle = 0;
  /** CPU time used so far, in seconds. */
  usedSeconds = 0;
  readonly #jobs = new Heap<QueuedJob>((a, b) => a.doneAt < b.doneAt || (a.doneAt === b.doneAt && a.order < b.order));
  readonly #demands = new Map<object, number>();
  #steady = 0;
  #virtual = 0;
  #order = 0;

  constructor(name: string, cpus: number) {
    this.name = name;
    this.cpus = cpus;
  }

  get jobs(): number {
    return this.#jobs.size;
  }

  /** How strongly it claims CPU beside others: a thread that wants to run counts as much as the usual weight. */
  get claim(): number {
    return this.weight === undefined || this.appetite === 0 ? this.appetite : this.weight / CPU_WEIGHTS.usual;
  }

  /** How many CPUs it could use right now. */
  get appetite(): number {
    return this.paused ? 0 : Math.min(this.cpus * (1 - this.throttle), this.#jobs.size + this.#steady);
  }

  /** `seconds` of CPU time for a job. */
  push(seconds: number, job: CpuJob): void {
    this.#order += 1;
    this.#jobs.push({ job, doneAt: this.#virtual + seconds, order: this.#order });
  }

  /** Uses CPU steadily until the returned function is called. */
  demand(cpus: number): () => void {
    const key = {};
    this.#demands.set(key, cpus);
    this.#sum();
    return () => {
      this.#demands.delete(key);
      this.#sum();
    };
  }

  /** Lets it run for `seconds` at `rate` CPUs. */
  serve(seconds: number, rate: number): void {
    this.usedSeconds += seconds * rate;
    if (this.#jobs.size > 0) this.#virtual += seconds * this.#perJob(rate);
  }

  /** Seconds until its first job is done at `rate` CPUs; `Infinity` if none will be. */
  untilNext(rate: number): number {
    const next = this.#jobs.peek();
    if (!next || rate <= 0) return Infinity;
    return Math.max(0, next.doneAt - this.#virtual) / this.#perJob(rate);
  }

  /** Takes out the job that is done first. */
  popNext(): CpuJob | undefined {
    const next = this.#jobs.pop();
    if (next) this.#virtual = Math.max(this.#virtual, next.doneAt);
    // the origin is free while nothing runs: keeps the numbers small, and so exact
    if (this.#jobs.size === 0) this.#virtual = 0;
    return next?.job;
  }

  /** Takes out the jobs of one owner, or all. */
  remove(owner?: unknown): readonly CpuJob[] {
    const removed = this.#jobs.removeAll(({ job }) => owner === undefined || job.owner === owner);
    if (this.#jobs.size === 0) this.#virtual = 0;
    return removed.map(({ job }) => job);
  }

  #perJob(rate: number): number {
    return rate / (this.#jobs.size + this.#steady);
  }

  #sum(): void {
    this.#steady = 0;
    for (const cpus of this.#demands.values()) this.#steady += cpus;
  }
}
