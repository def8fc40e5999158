import type { PeerReadings } from '../model/peer.js';

/** Time constants of the kernel's load averages, in milliseconds. */
const WINDOWS_MS = { cpuLoadOne: 60_000, cpuLoadFive: 300_000, cpuLoadFifteen: 900_000 } as const;
type LoadAverage = keyof typeof WINDOWS_MS;
const AVERAGES = Object.keys(WINDOWS_MS) as readonly LoadAverage[];

/** What is left of a change after so many time constants is nothing any more. */
const FORGOTTEN_AFTER = 6;
const LONGEST_MS = FORGOTTEN_AFTER * WINDOWS_MS.cpuLoadFifteen;

/** A VM that came or went. */
interface Passage {
  readonly vm: string;
  readonly at: number;
  /** By how much the load changed; absent for one that came and is here: its load is what it is now. */
  readonly change?: number;
}

/**
 * Load averages tell what was: a minute after a VM has gone, a third of its load is still in the one-minute average, and
 * two thirds of what has come. A peer that decided on that would give away one VM too many, and take one too many in. What
 * is known to have come and gone is put right here: an average is what it was when the VM passed, damped, so a change of
 * `load` that is `t` old still lacks `load · exp(-t / window)`.
 */
export class LoadLag {
  #passages: readonly Passage[] = [];

  /** A VM came at that time. */
  came(vm: string, at: number): void {
    this.#passages = [...this.#passages, { vm, at }];
  }

  /** A VM went, which used so many CPUs. */
  went(vm: string, load: number, at: number): void {
    // what it was when it came is known no better than what it was when it went
    const before = this.#passages.map((one) =>
      one.vm === vm && one.change === undefined ? { ...one, change: load } : one,
    );
    this.#passages = [...before, { vm, at, change: -load }];
  }

  /** The load averages as they come to with the VMs that are here now; `loadOf` tells what one of these uses. */
  settled(
    measured: Pick<PeerReadings, LoadAverage>,
    loadOf: (vm: string) => number | undefined,
    now: number,
  ): Pick<PeerReadings, LoadAverage> {
    this.#passages = this.#passages.filter(({ at }) => now - at < LONGEST_MS);
    const changes = this.#passages.map(({ vm, at, change }) => ({
      ageMs: Math.max(0, now - at),
      load: change ?? loadOf(vm) ?? 0,
    }));
    const [one, five, fifteen] = AVERAGES.map((average) => {
      const missing = changes.reduce((sum, { ageMs, load }) => sum + load * Math.exp(-ageMs / WINDOWS_MS[average]), 0);
      return Math.max(0, measured[average] + missing);
    });
    return { cpuLoadOne: one ?? 0, cpuLoadFive: five ?? 0, cpuLoadFifteen: fifteen ?? 0 };
  }
}
