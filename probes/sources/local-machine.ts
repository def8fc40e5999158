import { readFile } from 'node:fs/promises';
import si from 'systeminformation';
import { SystemClock, type Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { CpuCounter } from './counter.js';
import type { Meminfo } from './proc.js';

/** The machine on which the manager runs, as the probes see it. */
export interface LocalMachine {
  cpu(): Promise<CpuCounter>;
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
  #busySeconds = 0;
  #totalSeconds = 0;
  #askedAt = -Infinity;
  #latest: Promise<CpuCounter> | undefined;

  constructor(clock: Clock = new SystemClock()) {
    this.#clock = clock;
  }

  cpu(): Promise<CpuCounter> {
    const sinceAsked = this.#clock.now() - this.#askedAt;
    if (this.#latest && sinceAsked >= 0 && sinceAsked < CPU_SETTLES_MS) return this.#latest;
    this.#askedAt = this.#clock.now();
    this.#latest = this.#askCpu(this.#askedAt);
    return this.#latest;
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

  async #askCpu(at: number): Promise<CpuCounter> {
    const { rawCurrentLoad, rawCurrentLoadIdle, cpus } = await si.currentLoad();
    this.#busySeconds += rawCurrentLoad / 1000;
    this.#totalSeconds += (rawCurrentLoad + rawCurrentLoadIdle) / 1000;
    return {
      source: 'this machine',
      at,
      busySeconds: this.#busySeconds,
      totalSeconds: this.#totalSeconds,
      capacity: Math.max(1, cpus.length),
    };
  }
}
