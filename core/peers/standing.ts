import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { PeerHost, PeerReadings, PeerVm } from '../model/peer.js';

/** A host as it was read, all at about the same time. */
export interface Standing {
  /** When the reading began. */
  readonly at: number;
  readonly readings: PeerReadings;
  readonly vms: readonly PeerVm[];
}

export interface StandingReaderOptions {
  readonly host: PeerHost;
  readonly clock: Clock;
  /** What was read within this time is not read again. */
  readonly recentMs: number;
  /** A reading that takes longer has failed. */
  readonly timeoutMs: number;
}

/** How often a reading is begun anew because the host changed meanwhile. */
const ATTEMPTS = 3;

/**
 * Reads the host for decisions: never more often than needed, once for all who ask at the same time, and never from
 * before the last VM came or went.
 */
export class StandingReader {
  readonly #options: StandingReaderOptions;
  #last: Standing | undefined;
  #reading: Promise<Standing> | undefined;
  #changes = 0;

  constructor(options: StandingReaderOptions) {
    this.#options = options;
  }

  /** What was read last, if nothing has changed since. */
  get last(): Standing | undefined {
    return this.#last;
  }

  /** A VM came or went: what was read before says nothing any more. */
  changed(): void {
    this.#changes += 1;
    this.#last = undefined;
  }

  /** Rejects where the host cannot be read, or makes no sense. `fresh`: read now, whatever is known. */
  async current(fresh = false): Promise<Standing> {
    const { clock, recentMs } = this.#options;
    if (!fresh && this.#last && clock.now() - this.#last.at <= recentMs) return this.#last;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Standing> {
    const { clock, host } = this.#options;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const changes = this.#changes;
      const at = clock.now();
      const [readings, vms] = await this.#inTime(Promise.all([host.readings(), host.vms()]));
      mustMakeSense(host.name, readings);
      if (changes !== this.#changes) continue;
      this.#last = { at, readings, vms };
      return this.#last;
    }
    throw new AttituneError('host-unreachable', `${host.name} changes faster than it can be read.`);
  }

  #inTime<T>(reading: Promise<T>): Promise<T> {
    const { clock, host, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        reject(new AttituneError('host-unreachable', `${host.name} was not read within ${timeoutMs} ms.`));
      }, timeoutMs);
      reading
        .then(resolve, (error: unknown) => reject(AttituneError.from(error, 'host-unreachable', host.name)))
        .finally(() => clock.clearTimeout(timer));
    });
  }
}

/** The host as negotiations see it: read as seldom as for all else, and every migration from it is noticed. */
export function watchedHost(host: PeerHost, reader: StandingReader): PeerHost {
  return {
    name: host.name,
    readings: async () => (await reader.current()).readings,
    vms: async () => (await reader.current()).vms,
    migrate: (vm, to, signal) => host.migrate(vm, to, signal).finally(() => reader.changed()),
    adapt: () => host.adapt(),
    ...(host.migrating ? { migrating: async (vm: string) => (await host.migrating?.(vm)) === true } : {}),
  };
}

/** Throws `value` for readings that no machine can have: nothing is decided on those. */
function mustMakeSense(host: string, readings: PeerReadings): void {
  for (const [name, value] of Object.entries(readings) as [string, number][]) {
    // less than nothing can be free where more memory was promised than there is
    if (Number.isFinite(value) && (value >= 0 || name === 'actualFreeMemory')) continue;
    throw new AttituneError('value', `${name} of ${host} was read as ${value}: nothing is decided on that.`);
  }
}
