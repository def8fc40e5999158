import type { HostOrder } from './host-order.js';
import { EPSILON, type SearchState } from './state.js';

/** With so many hosts at most, every one is tried as a target. */
const ALL_UP_TO = 64;
/** With more, so many of the least pressure that have room. */
const COLDEST = 32;

export interface Target {
  readonly to: number;
  readonly delta: number;
}

/** Hosts that are worth trying for a VM: those under least pressure, those that it is drawn to, and its home. */
export class Targets {
  readonly #wanted: number;

  constructor(
    private readonly state: SearchState,
    private readonly order: HostOrder,
  ) {
    const { length } = order.hosts;
    this.#wanted = length <= ALL_UP_TO ? length : COLDEST;
  }

  /** The most promising first; each has room for the VM as far as sums go. */
  *of(vm: number, wanted = this.#wanted): Iterable<number> {
    const { state } = this;
    const { hosts } = this.order;
    const from = state.assignment.hostOf[vm]!;
    const bound = state.isBound(vm);
    let found = 0;
    for (let place = hosts.length - 1; place >= 0 && found < wanted; place -= 1) {
      const host = hosts[place]!;
      // of one that may be on few hosts only, these are looked for
      if (host === from || !(bound ? state.mayGo(vm, host) : state.hasRoom(vm, host))) continue;
      found += 1;
      yield host;
    }
    for (const host of state.drawsOf(vm)) if (host !== from && state.hasRoom(vm, host)) yield host;
  }

  /** The best of them, where it adds less than `than` to the value. */
  best(vm: number, than = -EPSILON, wanted?: number): Target | undefined {
    const { state } = this;
    let to = -1;
    let least = than;
    for (const host of this.of(vm, wanted)) {
      const delta = state.delta(vm, host);
      if (delta < least - TIE && state.mayGo(vm, host)) {
        least = delta;
        to = host;
      }
    }
    return to < 0 ? undefined : { to, delta: least };
  }
}

/** Of targets that are alike, the first is taken, whatever the rounding. */
const TIE = 1e-12;
