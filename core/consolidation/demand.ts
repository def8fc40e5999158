import { SeededRandom } from '../model/random.js';

/** Seconds from one sample of a trace to the next, and from one decision to the next. */
export const INTERVAL_SECONDS = 300;
export const SAMPLES = 288;
/** The first decision is made 300.1 s after the start, since the workload begins at 0.1 s. */
export const WORKLOAD_STARTS = 0.1;
/** Decisions of a day. */
export const TICKS = SAMPLES - 1;

/**
 * What each VM asks for, as fractions of its nominal speed: recorded samples in per cent, linear in between. The last
 * sample counts twice.
 */
export class Demand {
  readonly #traces: readonly Uint8Array[];

  constructor(traces: readonly Uint8Array[]) {
    this.#traces = traces;
  }

  get vms(): number {
    return this.#traces.length;
  }

  /** Writes the demand of all VMs at a time, in seconds. */
  at(seconds: number, fractions: Float64Array): void {
    const sample = Math.floor(seconds / INTERVAL_SECONDS);
    const into = seconds - sample * INTERVAL_SECONDS;
    for (let vm = 0; vm < this.#traces.length; vm += 1) {
      const trace = this.#traces[vm]!;
      const from = trace[sample]! / 100;
      const to = (sample + 1 < SAMPLES ? trace[sample + 1]! : trace[sample]!) / 100;
      fractions[vm] = from + ((to - from) / INTERVAL_SECONDS) * into;
    }
  }
}

/** The traces in another order, which gives them to VMs of other types; the same order for the same seed. */
export function shuffled(traces: readonly Uint8Array[], seed: number): readonly Uint8Array[] {
  const random = new SeededRandom(seed);
  const order = [...traces];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
