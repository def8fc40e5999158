/** So many of the last messages are compared. */
const REMEMBERED = 64;

/**
 * How far the clock of another machine is from the one here, from when its messages were sent and when they came: what
 * none of the last messages was faster than is taken for the difference of the clocks (with the way, which no message can
 * do without). What one took longer than that is how old it is. The idea is that of the clock filter of RFC 5905, section
 * 10, one way. Pure.
 */
export class ClockOffset {
  readonly #delays: number[] = [];
  #next = 0;

  /** Notes a message; returns what is to be added to times of the other clock to have them in this one's. */
  note(sentAt: number, arrivedAt: number): number {
    this.#delays[this.#next] = arrivedAt - sentAt;
    this.#next = (this.#next + 1) % REMEMBERED;
    return Math.min(...this.#delays);
  }
}
