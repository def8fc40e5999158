import { SystemClock, delay } from '../../core/model/clock.js';

/** Looks until there is something to see, in real time; what fails meanwhile is the cause of the error in the end. */
export async function eventually<T>(
  look: () => Promise<T | undefined | false>,
  withinMs: number,
  what: string,
): Promise<T> {
  const clock = new SystemClock();
  const deadline = clock.now() + withinMs;
  let last: unknown;
  while (clock.now() < deadline) {
    try {
      const seen = await look();
      if (seen) return seen;
    } catch (error) {
      last = error;
    }
    await delay(clock, 100);
  }
  throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
}
