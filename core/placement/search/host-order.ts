import type { SearchState } from './state.js';

/**
 * Hosts by pressure, hottest first, kept so with each move: the two hosts that it changed find their new places. What
 * other hosts' pressure changed by comes with {@link refresh}.
 */
export class HostOrder {
  readonly hosts: number[];
  readonly #place: Int32Array;
  readonly #keys: Float64Array;

  constructor(private readonly state: SearchState) {
    const count = state.problem.hosts;
    this.hosts = Array.from({ length: count }, (_, host) => host);
    this.#place = new Int32Array(count);
    this.#keys = new Float64Array(count);
    this.refresh();
  }

  refresh(): void {
    for (const host of this.hosts) this.#keys[host] = this.#pressure(host);
    this.hosts.sort((a, b) => this.#keys[b]! - this.#keys[a]! || a - b);
    for (const [place, host] of this.hosts.entries()) this.#place[host] = place;
  }

  moved(from: number, to: number): void {
    for (const host of [from, to]) {
      if (host < 0) continue;
      this.#keys[host] = this.#pressure(host);
      this.#settle(host);
    }
  }

  #settle(host: number): void {
    const key = this.#keys[host]!;
    let place = this.#place[host]!;
    while (place > 0 && this.#keys[this.hosts[place - 1]!]! < key) this.#swap(place, (place -= 1));
    while (place < this.hosts.length - 1 && this.#keys[this.hosts[place + 1]!]! > key) this.#swap(place, (place += 1));
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.hosts[one]!, this.hosts[other]!];
    this.hosts[one] = b;
    this.hosts[other] = a;
    this.#place[b] = one;
    this.#place[a] = other;
  }

  #pressure(host: number): number {
    let sum = 0;
    for (const term of this.state.terms) if (term.pressure) sum += term.weight * term.pressure(host);
    return Number.isNaN(sum) ? 0 : sum;
  }
}
