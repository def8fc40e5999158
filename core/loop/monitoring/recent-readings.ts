import type { Reading } from '../../model/administration.js';
import type { Bus } from '../../model/bus.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import { ReadingRing, type Sample } from './reading-ring.js';

/** Readings older than this decide nothing, in periods of the slowest CPU probe. */
const STALE_AFTER_PERIODS = 3;

/** So many readings of each component and measure are remembered. */
const REMEMBERED = 120;

/** The last readings of each component and measure, and nothing that is too old to decide on. */
export class RecentReadings {
  readonly #latest = new Map<string, Reading>();
  readonly #rings = new Map<string, ReadingRing>();

  constructor(bus: Bus) {
    bus.subscribe('reading', (reading) => this.#take(reading));
  }

  /** The value, if it was measured at most `maxAgeMs` before `now` and is a possible one. */
  value(component: string, measure: string, now: number, maxAgeMs: number): number | undefined {
    return this.reading(component, measure, now, maxAgeMs)?.value;
  }

  /** The same with its unit and time. */
  reading(
    component: string,
    measure: string,
    now: number,
    maxAgeMs: number,
  ): (Reading & { readonly value: number }) | undefined {
    const reading = this.#latest.get(key(component, measure));
    if (!reading || !isPossible(reading)) return undefined;
    const age = now - reading.at;
    return age >= 0 && age <= maxAgeMs ? reading : undefined;
  }

  /** The last possible readings, oldest first; at most 120, and none after `now`. */
  window(component: string, measure: string, now: number): readonly Sample[] {
    const samples = this.#rings.get(key(component, measure))?.samples() ?? [];
    return samples.filter(({ at }) => at <= now);
  }

  #take(reading: Reading): void {
    const name = key(reading.component, reading.measure);
    this.#latest.set(name, reading);
    if (!isPossible(reading)) return;
    let ring = this.#rings.get(name);
    if (!ring) this.#rings.set(name, (ring = new ReadingRing(REMEMBERED)));
    ring.push(reading.at, reading.value);
  }
}

function isPossible(reading: Reading): reading is Reading & { readonly value: number } {
  return reading.value !== undefined && Number.isFinite(reading.value) && reading.value >= 0;
}

function key(component: string, measure: string): string {
  return `${measure}\n${component}`;
}

/** How old readings may be for the planner. */
export function staleAfterMs({ probes }: DeploymentDiagram): number {
  const slowest = Math.max(1000, ...probes.filter(({ measure }) => measure === 'cpu').map(({ everyMs }) => everyMs));
  return STALE_AFTER_PERIODS * slowest;
}
