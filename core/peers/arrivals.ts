import type { Clock } from '../model/clock.js';

/** As `coolDown` of `ask-for-help`. */
const COOL_DOWN_MS = 300_000;

/** What has just come stays for a while, so that nothing goes to and fro. */
export class Arrivals {
  readonly #clock: Clock;
  readonly #cameAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(vm: string): void {
    this.#cameAt.set(vm, this.#clock.now());
  }

  /** Whether it came so lately that it is not given on. */
  stays(vm: string): boolean {
    const at = this.#cameAt.get(vm);
    if (at === undefined) return false;
    if (this.#clock.now() - at < COOL_DOWN_MS) return true;
    this.#cameAt.delete(vm);
    return false;
  }
}
