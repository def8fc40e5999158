import { readFile } from 'node:fs/promises';
import si from 'systeminformation';
import { SystemClock, type Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { CpuCounter } from './counter.js';
import type { Meminfo } from './proc.js';

/** The machine on which the manager runs, as the probes see it. */
export interface LocalMachine {
  cpu(): Promise<CpuCounter>;
  /** One counter for each core, in the kernel's order. */
  cores(): Promise<readonly CpuCounter[]>;
  memory(): Promise<Meminfo>;
  /** Text of a file; rejects with `operation-failed`. */
  readFile(path: string, signal?: AbortSignal): Promise<string>;
}

/** systeminformation repeats its former answer when it is asked again within 200 ms. */
const CPU_SETTLES_MS = 250;
const BYTES_PER_MIB = 1024 * 1024;

/**
 * Reads through systeminformation, so that it also works where there is no `/proc`. That tells CPU time since it was last
 * asked by anybody in this process: the differences are summed up here, so that there must be one instance per process.
 */
export class SystemInformationMachine implements LocalMachine {
  readonly #clock: Clock;
  readonly #whole = new Sum();
  #each: readonly Sum[] = [];
  #askedAt = -Infinity;
  #latest: Promise<Counted> | undefined;

  constructor(clock: Clock = new SystemClock()) {
    this.#clock = clock;
  }

  async cpu(): Promise<CpuCounter> {
    return (await this.#count()).whole;
  }

  async cores(): Promise<readonly CpuCounter[]> {
    return (await this.#count()).each;
  }

  async memory(): Promise<Meminfo> {
    const { total, available } = await si.mem();
    if (!(total > 0))
      throw new AttituneError(
        'operation-failed',
        'The operating system does not tell how much memory this machine has.',
      );
    return { totalMiB: total / BYTES_PER_MIB, availableMiB: available / BYTES_PER_MIB };
  }

  async readFile(path: string, signal?: AbortSignal): Promise<string> {
    try {
      return await readFile(path, { encoding: 'utf8', ...(signal ? { signal } : {}) });
    } catch (error) {
      throw AttituneError.from(error, 'operation-failed', `${path} cannot be read`);
    }
  }

  #count(): Promise<Counted> {
    const sinceAsked = this.#clock.now() - this.#askedAt;
    if (this.#latest && sinceAsked >= 0 && sinceAsked < CPU_SETTLES_MS) return this.#latest;
    this.#askedAt = this.#clock.now();
    this.#latest = this.#ask(this.#askedAt);
    return this.#latest;
  }

  async #ask(at: number): Promise<Counted> {
    const { rawCurrentLoad, rawCurrentLoadIdle, cpus } = await si.currentLoad();
    const { length } = cpus;
    // a machine may get cores while it runs
    if (this.#each.length !== length) this.#each = cpus.map(() => new Sum());
    this.#whole.add(rawCurrentLoad, rawCurrentLoadIdle);
    this.#each.forEach((sum, index) => sum.add(cpus[index]?.rawLoad ?? 0, cpus[index]?.rawLoadIdle ?? 0));
    return {
      whole: this.#whole.counter('this machine', at, Math.max(1, length)),
      each: this.#each.map((sum, index) => sum.counter(`core ${index} of ${length}`, at, 1)),
    };
  }
}

interface Counted {
  readonly whole: CpuCounter;
  readonly each: readonly CpuCounter[];
}

/** Differences, in milliseconds, added up. */
class Sum {
  #busyMs = 0;
  #idleMs = 0;

  add(busyMs: number, idleMs: number): void {
    this.#busyMs += busyMs;
    this.#idleMs += idleMs;
  }

  counter(source: string, at: number, capacity: number): CpuCounter {
    return {
      source,
      at,
      busySeconds: this.#busyMs / 1000,
      totalSeconds: (this.#busyMs + this.#idleMs) / 1000,
      capacity,
    };
  }
}
