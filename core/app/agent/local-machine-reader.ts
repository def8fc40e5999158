import { loadavg } from 'node:os';
import type { MachineReader } from '../../agent/machine-reader.js';
import { boundedRead } from '../../monitoring/bounded-read.js';
import { delay, type Clock } from '../../model/clock.js';
import type { ServerSummary } from '../../model/messages.js';
import { rateBetween, type CpuCounter } from '../../../probes/sources/counter.js';
import type { LocalMachine } from '../../../probes/sources/local-machine.js';

/** A rate needs two readings of a counter, so far apart at least. */
const APART_MS = 300;
const LONGEST_PREPARATION_MS = 3000;

/** This machine, by what the probes read it by. */
export class LocalMachineReader implements MachineReader {
  #whole: CpuCounter | undefined;
  #each: readonly CpuCounter[] = [];

  constructor(
    private readonly machine: LocalMachine,
    private readonly clock: Clock,
  ) {}

  /** Reads the counters once, so that the first rates can be told. Takes a bounded time, and never rejects. */
  async prepare(): Promise<void> {
    const read = async () => {
      [this.#whole, this.#each] = await Promise.all([this.machine.cpu(), this.machine.cores()]);
      await delay(this.clock, APART_MS);
    };
    // what cannot be read is told of with the heartbeats
    await boundedRead(read, LONGEST_PREPARATION_MS, this.clock).catch(() => undefined);
  }

  async server(): Promise<ServerSummary> {
    const [whole, memory] = await Promise.all([this.machine.cpu(), this.machine.memory()]);
    const former = this.#whole;
    this.#whole = whole;
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    return {
      load: [one, five, fifteen],
      cpu: rateBetween(former, whole) ?? 0,
      memoryTotalMiB: memory.totalMiB,
      memoryFreeMiB: memory.availableMiB,
    };
  }

  async cores(): Promise<readonly number[]> {
    const former = this.#each;
    this.#each = await this.machine.cores();
    return this.#each.map((counter, index) => rateBetween(former[index], counter) ?? 0);
  }
}
