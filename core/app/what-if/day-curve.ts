import type { Random } from '../../model/random.js';

const DAY_HOURS = 24;
/** When most machines have least to do, and how far theirs lie from it. */
const QUIET_HOUR = 4;
const SHIFT_HOURS = 3;
/** How long a deviation from the curve lasts, from one step to the next, and how large it is. */
const MEMORY = 0.7;
const NOISE = 0.12;

/** Load over a day of one machine, as a multiple of its mean. */
export interface DayCurve {
  /** At a time in hours; to be asked for in the order of time, in equal steps. */
  at(hours: number): number;
}

/**
 * A curve as of people's days: a quiet night, a busy afternoon, and deviations that last a while. How much of the load
 * follows the day, and when its night is, is drawn for each machine.
 */
export function dayCurve(random: Random): DayCurve {
  const swing = 0.3 + 0.6 * random.next();
  const shift = SHIFT_HOURS * (2 * random.next() - 1);
  let deviation = 0;
  return {
    at(hours) {
      const angle = (2 * Math.PI * (hours - QUIET_HOUR - shift)) / DAY_HOURS;
      deviation = MEMORY * deviation + NOISE * (2 * random.next() - 1);
      return Math.max(0, 1 - swing * Math.cos(angle) + deviation);
    },
  };
}
