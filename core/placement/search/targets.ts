import type { HostOrder } from './host-order.js';
import type { SearchState } from './state.js';

/** With so many hosts at most, every one is tried as a target. */
const ALL_UP_TO = 64;
/** With more, so many of the least pressure. */
const COLDEST = 32;

/** Hosts that are worth trying for a VM: those under least pressure, those that it is drawn to, and its home. */
export class Targets {
  readonly #coldest: number[] = [];

  constructor(
    private readonly state: SearchState,
    private readonly order: HostOrder,
  ) {}

  /** To be called before a round of {@link of}: which hosts are the coldest now. */
  look(): void {
    const { hosts } = this.order;
    const { accepting } = this.state.problem;
    const wanted = hosts.length <= ALL_UP_TO ? hosts.length : COLDEST;
    this.#coldest.length = 0;
    for (let place = hosts.length - 1; place >= 0 && this.#coldest.length < wanted; place -= 1) {
      const host = hosts[place]!;
      if (accepting[host] === 1) this.#coldest.push(host);
    }
  }

  of(vm: number): readonly number[] {
    const { hostOf, problem } = this.state.assignment;
    const home = problem.start[vm]!;
    const extra = new Set<number>();
    if (home >= 0 && hostOf[vm] !== home) extra.add(home);
    for (const term of this.state.terms) if (term.draws) for (const host of term.draws(vm)) extra.add(host);
    if (extra.size === 0) return this.#coldest;
    for (const host of this.#coldest) extra.add(host);
    return [...extra];
  }

  /** The best of them that gains, or `undefined`. */
  best(vm: number, than = 0): { readonly to: number; readonly delta: number } | undefined {
    const { state } = this;
    const from = state.assignment.hostOf[vm]!;
    let to = -1;
    let best = than;
    for (const host of this.of(vm)) {
      if (host === from || !state.hasRoom(vm, host)) continue;
      const delta = state.delta(vm, host);
      if (delta < best - 1e-12 && state.mayGo(vm, host)) {
        best = delta;
        to = host;
      }
    }
    return to < 0 ? undefined : { to, delta: best };
  }
}
