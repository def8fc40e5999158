import { loadavg } from 'node:os';
import type { MachineReader } from '../../agent/machine-reader.js';
import { delay, type Clock } from '../../model/clock.js';
import type { ServerSummary } from '../../model/messages.js';
import { rateBetween, type CpuCounter } from '../../../probes/sources/counter.js';
import type { LocalMachine } from '../../../probes/sources/local-machine.js';

/** A rate needs two readings: the first answer takes as long as this. */
const FIRST_RATE_MS = 400;

/** This machine, by what the probes read it by. */
export class LocalMachineReader implements MachineReader {
  #whole: CpuCounter | undefined;
  #each: readonly CpuCounter[] = [];

  constructor(
    private readonly machine: LocalMachine,
    private readonly clock: Clock,
  ) {}

  async server(signal: AbortSignal): Promise<ServerSummary> {
    const [cpu, memory] = await Promise.all([this.#cpu(signal), this.machine.memory()]);
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    return {
      load: [one, five, fifteen],
      cpu,
      memoryTotalMiB: memory.totalMiB,
      memoryFreeMiB: memory.availableMiB,
    };
  }

  async cores(signal: AbortSignal): Promise<readonly number[]> {
    if (this.#each.length === 0) {
      this.#each = await this.machine.cores();
      await delay(this.clock, FIRST_RATE_MS, signal);
    }
    const former = this.#each;
    this.#each = await this.machine.cores();
    return this.#each.map((counter, index) => rateBetween(former[index], counter) ?? 0);
  }

  async #cpu(signal: AbortSignal): Promise<number> {
    if (!this.#whole) {
      this.#whole = await this.machine.cpu();
      await delay(this.clock, FIRST_RATE_MS, signal);
    }
    const former = this.#whole;
    this.#whole = await this.machine.cpu();
    return rateBetween(former, this.#whole) ?? 0;
  }
}
