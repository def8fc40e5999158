/** Time constants of the kernel's load averages, in milliseconds. */
const WINDOWS_MS = [60_000, 300_000, 900_000] as const;
/** How often Linux samples what is runnable (LOAD_FREQ of its kernel/sched/loadavg.c). */
const SAMPLE_MS = 5000;

/**
 * Load averages over 1, 5 and 15 minutes: exponentially damped means of the number of runnable threads, as Linux keeps
 * them, but of the mean of each sampling period rather than of one moment in it.
 */
export class LoadAverage {
  #at: number;
  #values: readonly [number, number, number] = [0, 0, 0];
  /** Thread-milliseconds since the last sample, and how long that is ago. */
  #runnableMs = 0;
  #elapsedMs = 0;

  constructor(at: number) {
    this.#at = at;
  }

  /** Until `at`, `runnable` threads wanted to run. */
  pass(at: number, runnable: number): void {
    const elapsedMs = at - this.#at;
    if (this.#elapsedMs + elapsedMs > SAMPLE_MS) {
      this.#values = this.values;
      this.#runnableMs = this.#elapsedMs = 0;
    }
    this.#at = at;
    this.#runnableMs += elapsedMs * runnable;
    this.#elapsedMs += elapsedMs;
  }

  get values(): readonly [number, number, number] {
    if (this.#elapsedMs === 0) return this.#values;
    const mean = this.#runnableMs / this.#elapsedMs;
    const [one, five, fifteen] = this.#values;
    const damped = (value: number, windowMs: number) => {
      const keep = Math.exp(-this.#elapsedMs / windowMs);
      return value * keep + mean * (1 - keep);
    };
    return [damped(one, WINDOWS_MS[0]), damped(five, WINDOWS_MS[1]), damped(fifteen, WINDOWS_MS[2])];
  }
}
