/** Time constants of the kernel's load averages, in milliseconds. */
const WINDOWS_MS = [60_000, 300_000, 900_000] as const;

/** Load averages over 1, 5 and 15 minutes: exponentially damped means of the number of runnable threads, as Linux keeps them. */
export class LoadAverage {
  #at: number;
  #values: [number, number, number] = [0, 0, 0];

  constructor(at: number) {
    this.#at = at;
  }

  /** The averages at `at`, if `runnable` threads wanted to run since the last call. */
  sample(at: number, runnable: number): readonly [number, number, number] {
    const elapsedMs = at - this.#at;
    this.#at = at;
    const [one, five, fifteen] = WINDOWS_MS.map((window, index) => {
      const keep = Math.exp(-elapsedMs / window);
      return (this.#values[index] ?? 0) * keep + runnable * (1 - keep);
    });
    this.#values = [one ?? 0, five ?? 0, fifteen ?? 0];
    return this.#values;
  }
}
