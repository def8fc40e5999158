import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { HostAccess } from '../model/infrastructure.js';

/** Load averages over 1, 5 and 15 minutes. */
export type Loads = readonly [number, number, number];

/** Time constants of the kernel's load averages, in milliseconds. */
const WINDOWS_MS = [60_000, 300_000, 900_000] as const;

/**
 * Where the load averages of a host come from, the first that there is: its own meter; `/proc/loadavg`, unless it shares
 * its kernel with other hosts, as those of a lab do; else its CPU counters, averaged here as the kernel averages what is
 * runnable. The last tells what is in use, not what waits.
 */
export class LoadSource {
  readonly #host: Pick<HostAccess, 'name' | 'usage' | 'executor' | 'hypervisor'>;
  readonly #clock: Clock;
  #counter: { readonly at: number; readonly busySeconds: number } | undefined;
  #averages: Loads | undefined;

  constructor(host: Pick<HostAccess, 'name' | 'usage' | 'executor' | 'hypervisor'>, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** `undefined` at the first look at mere counters: a rate is the difference of two. */
  async read(): Promise<Loads | undefined> {
    const usage = await this.#host.usage?.();
    if (usage?.load) return usage.load;
    const told = usage ? undefined : await this.#kernel();
    if (told) return told;
    const { busySeconds } = usage ? { busySeconds: usage.cpuBusySeconds } : await this.#host.hypervisor.nodeCpu();
    return this.#average(usage?.at ?? this.#clock.now(), busySeconds);
  }

  async #kernel(): Promise<Loads | undefined> {
    try {
      return parse(this.#host.name, (await this.#host.executor.get('/proc/loadavg')) ?? '');
    } catch (error) {
      // a host without an agent has nobody who could read it
      if (AttituneError.is(error)) return undefined;
      throw error;
    }
  }

  #average(at: number, busySeconds: number): Loads | undefined {
    const before = this.#counter;
    if (before && at <= before.at) return this.#averages;
    this.#counter = { at, busySeconds };
    // counters begin anew with the machine
    if (!before || busySeconds < before.busySeconds) return (this.#averages = undefined);
    const elapsedMs = at - before.at;
    const inUse = ((busySeconds - before.busySeconds) * 1000) / elapsedMs;
    const [one, five, fifteen] = WINDOWS_MS.map((window, index) => {
      const keep = Math.exp(-elapsedMs / window);
      return (this.#averages?.[index] ?? inUse) * keep + inUse * (1 - keep);
    });
    return (this.#averages = [one ?? 0, five ?? 0, fifteen ?? 0]);
  }
}

function parse(host: string, text: string): Loads {
  const [one = NaN, five = NaN, fifteen = NaN] = text.trim().split(/\s+/).slice(0, 3).map(Number);
  if ([one, five, fifteen].every((load) => load >= 0)) return [one, five, fifteen];
  throw new AttituneError('protocol', `/proc/loadavg of ${host} is not what it should be: "${text.slice(0, 80)}".`);
}
