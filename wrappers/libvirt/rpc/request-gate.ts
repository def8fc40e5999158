/** How long a call may take: `short` ones are answered soon, `long` ones when a guest was started, moved, or has answered. */
export type Lane = 'short' | 'long';

/**
 * Keeps the number of calls under way below what the daemon reads from one client (`max_client_requests`): with that
 * many it stops reading, keepalive included, and both sides would take each other for dead. One place more is kept free
 * of long calls, so that statistics and an abort always get through.
 */
export class RequestGate {
  readonly #limits: Readonly<Record<Lane, number>>;
  readonly #waiting: Readonly<Record<Lane, (() => void)[]>> = { short: [], long: [] };
  #underWay = 0;
  #longUnderWay = 0;

  constructor(maxClientRequests: number) {
    this.#limits = { short: Math.max(1, maxClientRequests - 1), long: Math.max(1, maxClientRequests - 2) };
  }

  /** Runs `send` now, or when a place is free. */
  enter(lane: Lane, send: () => void): void {
    this.#waiting[lane].push(send);
    this.#pump();
  }

  /** Frees the place of an answered call. */
  leave(lane: Lane): void {
    this.#underWay -= 1;
    if (lane === 'long') this.#longUnderWay -= 1;
    this.#pump();
  }

  #pump(): void {
    while (this.#underWay < this.#limits.short) {
      const lane = this.#nextLane();
      const send = lane && this.#waiting[lane].shift();
      if (!send) return;
      this.#underWay += 1;
      if (lane === 'long') this.#longUnderWay += 1;
      send();
    }
  }

  #nextLane(): Lane | undefined {
    if (this.#waiting.short.length > 0) return 'short';
    if (this.#waiting.long.length > 0 && this.#longUnderWay < this.#limits.long) return 'long';
    return undefined;
  }
}
