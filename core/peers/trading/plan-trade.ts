import type { PeerVm, TradePart, TradeWay } from '../../model/peer.js';
import { roleAfter, type Situation } from '../choice.js';
import type { TradeStep } from './trade-outcome.js';

/** One peer of an exchange, with what comes and what goes. */
export type Part = Pick<TradePart, 'takes'> & { readonly peer: string; readonly gives?: PeerVm };

/** The ways that each peer answered a survey with. */
export type WaysByPeer = ReadonlyMap<string, readonly TradeWay[]>;

/**
 * The exchanges that make the peer which looks for one content, the cheapest first: with one other peer (a swap, or a gift
 * to one that stays idle), or, where `second` tells who would take what those of `first` give, with two: a cycle, or a
 * chain whose last one keeps what comes.
 */
export function exchanges(
  peer: string,
  own: readonly PeerVm[],
  situation: Situation,
  first: WaysByPeer,
  second: WaysByPeer = new Map(),
): readonly (readonly Part[])[] {
  const byName = new Map(own.map((vm) => [vm.name, vm]));
  const found: Part[][] = [];
  const add = (gives: PeerVm, takes: PeerVm | undefined, others: readonly Part[]) => {
    const after = roleAfter(situation, { minus: [gives], plus: takes ? [takes] : [] });
    if (after === 'overloaded') return;
    found.push([{ peer, gives, ...(takes ? { takes } : {}) }, ...others]);
  };
  for (const [other, ways] of first) {
    for (const { takes, gives } of ways) {
      const vm = byName.get(takes);
      if (!vm) continue;
      const part: Part = { peer: other, takes: vm, ...(gives ? { gives } : {}) };
      add(vm, gives, [part]);
      if (!gives) continue;
      for (const [third, itsWays] of second) {
        if (third === other) continue;
        for (const way of itsWays.filter((each) => each.takes === gives.name)) {
          const last: Part = { peer: third, takes: gives, ...(way.gives ? { gives: way.gives } : {}) };
          add(vm, way.gives, [part, last]);
        }
      }
    }
  }
  return found.sort((a, b) => movesOf(a) - movesOf(b) || memoryOf(a) - memoryOf(b));
}

/** What those of `first` would give for something, once each: what a second survey asks about. */
export function givenInReturn(first: WaysByPeer): readonly PeerVm[] {
  const vms = [...first.values()].flatMap((ways) => ways.flatMap(({ gives }) => gives ?? []));
  return [...new Map(vms.map((vm) => [vm.name, vm])).values()];
}

/**
 * The migrations of an exchange in an order in which each VM fits when it comes, by the memory that is free on each host
 * before; `undefined` where there is none.
 */
export function stepsOf(
  parts: readonly Part[],
  freeMiB: ReadonlyMap<string, number>,
): readonly TradeStep[] | undefined {
  const steps = parts.flatMap(({ peer, gives }) => {
    const target = gives && parts.find(({ takes }) => takes?.name === gives.name);
    return target ? [{ vm: gives.name, from: peer, to: target.peer, memoryMiB: gives.memoryMiB }] : [];
  });
  return orders(steps).find((order) => fits(order, freeMiB));
}

function fits(order: readonly TradeStep[], freeMiB: ReadonlyMap<string, number>): boolean {
  const free = new Map(freeMiB);
  return order.every(({ from, to, memoryMiB }) => {
    const room = (free.get(to) ?? 0) - memoryMiB;
    free.set(to, room);
    free.set(from, (free.get(from) ?? 0) + memoryMiB);
    return room >= 0;
  });
}

function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    orders(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

function movesOf(parts: readonly Part[]): number {
  return parts.filter(({ gives }) => gives).length;
}

function memoryOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { gives }) => sum + (gives?.memoryMiB ?? 0), 0);
}
