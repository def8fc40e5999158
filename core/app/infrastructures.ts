import { SimulatedClock } from '../model/clock.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Store } from '../model/store.js';
import { SeededRandom, type Random } from '../model/random.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';

/** An infrastructure, and how time passes on it. */
export interface RunningTime {
  readonly infrastructure: Infrastructure;
  /** For what is left to chance. */
  readonly random: Random;
  /** Where what outlives the process is kept. */
  readonly store?: Store;
  /** Lets time pass until the promise settles. */
  drive<T>(promise: Promise<T>): Promise<T>;
}

/** Simulated hosts; `speed` is simulated seconds per second, `Infinity` as fast as it goes. */
export function simulated(seed: number, speed: number): RunningTime {
  // it starts at the present, so that what people see has times that they can read
  const clock = new SimulatedClock(Math.floor(Date.now() / 1000) * 1000);
  return {
    infrastructure: new SimulatedInfrastructure({ clock, random: new SeededRandom(seed) }),
    // of its own, so that what peers draw does not change what the simulation draws
    random: new SeededRandom(seed),
    drive: (promise) => clock.runUntil(promise, speed),
  };
}
