import type { Rejection } from '../cluster.js';
import { digits } from '../objectives/index.js';
import type { HardRule } from '../problem.js';
import { HostOrder } from '../search/host-order.js';
import { EPSILON, type SearchState } from '../search/state.js';

/** Rejections of one plan. */
const MOST = 200;
/** Targets that are told for each VM. */
const TARGETS = 4;
/** Hosts whose VMs are of interest where no host is worse than the others. */
const HOSTS = 3;

/**
 * Why not: for the VMs of a plan, and for those of the hosts under most pressure, the most promising targets that were
 * not taken, each with the rule that is against it; or that it is second best, or gains too little.
 * `state` is as it is without any move of the plan: what is told is why the first look did not end otherwise.
 */
export function rejections(
  state: SearchState,
  rules: readonly HardRule[],
  stays: readonly Rejection[],
  chosen: ReadonlyMap<number, number>,
): readonly Rejection[] {
  const { assignment, problem } = state;
  const order = new HostOrder(state);
  const hosts = new Set(order.hosts.slice(0, HOSTS));
  const told: Rejection[] = stays
    .filter(({ vm }) => hosts.has(assignment.hostOf[problem.vmIndex.get(vm) ?? -1] ?? -1))
    .slice(0, MOST / 2);
  const others = [...hosts].flatMap((host) => assignment.vmsOn(host).filter((vm) => !chosen.has(vm)));
  for (const vm of [...chosen.keys(), ...others]) {
    if (told.length >= MOST) break;
    if (problem.movable[vm] === 0) continue;
    const from = assignment.hostOf[vm]!;
    const tried = order.hosts.filter((host) => host !== from && host !== chosen.get(vm)).reverse();
    for (const host of tried.slice(0, TARGETS)) {
      if (told.length < MOST) told.push(rejection(state, rules, vm, host, chosen.get(vm)));
    }
  }
  return told;
}

function rejection(
  state: SearchState,
  rules: readonly HardRule[],
  vm: number,
  host: number,
  taken: number | undefined,
): Rejection {
  const { hosts, vms } = state.problem.cluster;
  const [name, to] = [vms[vm]!.name, hosts[host]!.name];
  const broken = rules.find((rule) => rule.concerns?.has(vm) !== false && !rule.allows(vm, host));
  if (broken) return { vm: name, to, rule: broken.rule, detail: broken.why(vm, host) };
  const gain = -state.delta(vm, host);
  if (taken !== undefined) {
    const best = -state.delta(vm, taken);
    const detail =
      gain < best - EPSILON
        ? `to ${hosts[taken]!.name} it gains ${digits(best)}, to ${to} ${digits(gain)}`
        : `${hosts[taken]!.name} fits better with the other moves than ${to}`;
    return { vm: name, to, rule: 'second-best', detail };
  }
  if (gain > EPSILON) {
    const detail = `after the moves that were chosen it is not needed: it would gain ${digits(gain)} by itself`;
    return { vm: name, to, rule: 'second-best', detail };
  }
  const worth = state.worth(vm, host);
  const detail = `${name} to ${to} gains ${digits(worth.gain)} and costs ${digits(worth.cost)}`;
  return { vm: name, to, rule: 'no-gain', detail };
}
