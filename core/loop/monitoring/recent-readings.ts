import type { Reading } from '../../model/administration.js';
import type { Bus } from '../../model/bus.js';
import type { DeploymentDiagram } from '../../model/deployment.js';

/** Readings older than this decide nothing, in periods of the slowest CPU probe. */
const STALE_AFTER_PERIODS = 3;

/** The newest reading of each component and measure, and nothing that is too old to decide on. */
export class RecentReadings {
  readonly #latest = new Map<string, Reading>();

  constructor(bus: Bus) {
    bus.subscribe('reading', (reading) => this.#latest.set(key(reading.component, reading.measure), reading));
  }

  /** The value, if it was measured at most `maxAgeMs` before `now` and is a possible one. */
  value(component: string, measure: string, now: number, maxAgeMs: number): number | undefined {
    const reading = this.#latest.get(key(component, measure));
    if (reading?.value === undefined || !Number.isFinite(reading.value) || reading.value < 0) return undefined;
    const age = now - reading.at;
    return age >= 0 && age <= maxAgeMs ? reading.value : undefined;
  }
}

function key(component: string, measure: string): string {
  return `${measure}\n${component}`;
}

/** How old readings may be for the planner. */
export function staleAfterMs({ probes }: DeploymentDiagram): number {
  const slowest = Math.max(1000, ...probes.filter(({ measure }) => measure === 'cpu').map(({ everyMs }) => everyMs));
  return STALE_AFTER_PERIODS * slowest;
}
