import { percent, type Cluster, type ClusterHost, type Move, type Plan, type Rejection } from '../cluster.js';
import { planConsolidation } from '../consolidate/index.js';
import { isOf } from '../constraints/index.js';
import { planPlacement } from '../plan-placement.js';
import { efficiency, PowerState, seconds, type EnergyOptions } from './power-state.js';

export type { EnergyOptions } from './power-state.js';

/** Hosts that are tried in one decision: a search costs time. */
const TRIES = 6;

/**
 * Saves energy: hosts that run nothing are switched off, as long as the others, less `spare` of them, carry the load; where
 * more could be, hosts are emptied; and a host is woken where too few are on, the load
 * has grown, or a hot host finds no relief among those that are on. Nothing is done on missing readings.
 */
export function planEnergy(cluster: Cluster, options: EnergyOptions): Plan {
  const goal = 'energy';
  const state = new PowerState(cluster, options);
  const plain = { goal, moves: [], rejected: [], before: state.measures([]) };
  const { wake, why } = wakes(state);
  if (wake) {
    const text = `${wake.name} is to be woken: ${why}`;
    return { ...plain, answer: 'switch', wake: [wake.name], after: state.measures([]), why: text };
  }
  if (why !== undefined) return { ...plain, answer: 'infeasible', after: state.measures([]), why };
  const unread = cluster.hosts.find((host) => state.isOn(host) && host.cpuUsed === undefined);
  if (unread) {
    const text = `no fresh CPU reading of ${unread.name}, so nothing is switched off`;
    const rejected: Rejection[] = [{ vm: unread.name, rule: 'no-fresh-reading', detail: text }];
    return { ...plain, answer: 'infeasible', rejected, after: state.measures([]), why: text };
  }
  const rejected: Rejection[] = [];
  const off: string[] = [];
  for (const host of state.empty()) {
    const against = state.staysOn(host, off);
    if (against === undefined) off.push(host.name);
    else rejected.push({ vm: host.name, rule: 'constraint', detail: against });
  }
  if (off.length > 0) {
    const text = `${off.join(', ')} ${off.length === 1 ? 'runs' : 'run'} nothing, and the others carry the load of ${state.loadText(off)}`;
    return { ...plain, answer: 'switch', powerOff: off, rejected, after: state.measures(off), why: text };
  }
  return { ...plain, ...emptyHosts(state, rejected) };
}

/**
 * Empties hosts that the others can do without: by the policy of consolidation that is measured on recorded days; where
 * that empties none, one host, if all that is on it fits on others that run something.
 */
function emptyHosts(
  state: PowerState,
  rejected: Rejection[],
): Pick<Plan, 'answer' | 'moves' | 'rejected' | 'why'> & Partial<Plan> {
  const { options } = state;
  return consolidated(state, rejected) ?? emptyOne(state, options, rejected);
}

/** `undefined` where nothing is emptied. Hosts that have to stay on keep their VMs. */
function consolidated(state: PowerState, rejected: readonly Rejection[]) {
  const { cluster, options } = state;
  const { limits, fill } = options;
  const may = new Set(
    state
      .used()
      .filter((host) => state.staysOn(host, []) === undefined)
      .map(({ name }) => name),
  );
  if (may.size === 0) return undefined;
  const open = state.closedWhere((host) => state.isOn(host) && !state.has(host));
  const stays = 'its host stays on';
  const vms = cluster.vms.map((vm) => (may.has(vm.host) || vm.locked !== undefined ? vm : { ...vm, locked: stays }));
  const settings = { emptyBelow: Math.min(0.97, fill / limits.below) };
  const plan = planConsolidation({ ...open, vms }, { goal: 'energy', limits, settings });
  const off: string[] = [];
  for (const host of cluster.hosts) {
    if (may.has(host.name) && leaves(cluster, host, plan) && state.staysOn(host, off) === undefined)
      off.push(host.name);
  }
  const moves = plan.moves.filter(({ from }) => off.includes(from));
  if (moves.length === 0) return undefined;
  return emptied(state, off, moves, [...rejected, ...plan.rejected]);
}

function emptied(state: PowerState, off: readonly string[], moves: readonly Move[], rejected: readonly Rejection[]) {
  const targets = [...new Set(moves.map(({ to }) => to))].join(', ');
  const what = moves.length === 1 ? 'one VM fits' : `${moves.length} VMs fit`;
  const becomes = off.length === 1 ? 'becomes' : 'become';
  const why = `${off.join(', ')} ${becomes} empty: ${what} on ${targets}, and the others carry the load of ${state.loadText(off)}`;
  return { answer: 'move' as const, moves, rejected, powerOff: off, after: state.measures(off), why };
}

/** The one with least to move of which all fits elsewhere. */
function emptyOne(state: PowerState, options: EnergyOptions, rejected: Rejection[]) {
  const { cluster } = state;
  let tries = 0;
  for (const host of state.used()) {
    const against = state.staysOn(host, []);
    if (against !== undefined) {
      rejected.push({ vm: host.name, rule: 'constraint', detail: against });
      continue;
    }
    if (tries++ >= TRIES) break;
    const plan = planPlacement(
      state.closedWhere((one) => one === host || (state.isOn(one) && !state.has(one))),
      {
        goal: 'energy',
        objectives: [{ type: 'evacuate', hosts: [host.name] }],
        limits: { ...options.limits, below: options.fill, minimumGain: 0 },
        search: { seed: options.seed },
      },
    );
    // moving only some of its VMs would cost and save nothing
    if (plan.answer !== 'move' || !leaves(cluster, host, plan)) {
      rejected.push(...plan.rejected);
      continue;
    }
    return emptied(state, [host.name], plan.moves, [...rejected, ...plan.rejected]);
  }
  const reasons = [...new Set(rejected.map(({ detail }) => detail))];
  const answer = tries === 0 ? ('nothing-to-do' as const) : ('no-gain' as const);
  const why = `no host can be spared: ${reasons.slice(0, 6).join('; ') || 'all that are on are needed'}`;
  return { answer, moves: [], rejected, after: state.measures([]), why };
}

function leaves(cluster: Cluster, host: ClusterHost, plan: Plan): boolean {
  const moved = new Set(plan.moves.filter(({ from }) => from === host.name).map(({ vm }) => vm));
  return cluster.vms.every((vm) => vm.host !== host.name || moved.has(vm.name));
}

/** The host to be woken, with the reason; a reason alone: one is needed, and none can be. */
function wakes(state: PowerState): { readonly wake?: ClusterHost; readonly why?: string } {
  const { cluster, options } = state;
  const need = needOf(state);
  if (need === undefined) return {};
  // one that comes already is waited for
  if (cluster.hosts.some(({ powered }) => powered === 'changing')) return {};
  const asleep = cluster.hosts.filter(({ name, powered }) => powered === 'off' && options.switchable.has(name));
  const [wake] = asleep
    .filter((host) => state.since(host) >= options.minimumOffMs && (need.of === undefined || need.of(host)))
    .sort((a, b) => efficiency(a) - efficiency(b) || (a.poweredAt ?? 0) - (b.poweredAt ?? 0));
  if (wake) return { wake, why: need.why };
  if (asleep.length === 0) return {};
  const rests = asleep.map((host) => `${host.name} was switched off ${seconds(state.since(host))} ago`).join(', ');
  return { why: `${need.why}, but hosts stay off for ${seconds(options.minimumOffMs)}, and ${rests}` };
}

interface Need {
  readonly why: string;
  /** Which hosts would help; absent: any. */
  readonly of?: (host: ClusterHost) => boolean;
}

function needOf(state: PowerState): Need | undefined {
  const { cluster, options } = state;
  const { needed, limits, seed } = options;
  if (needed !== undefined && cluster.hosts.some(({ name, powered }) => name === needed && powered === 'off'))
    return { why: 'something has no room on those that are on', of: ({ name }) => name === needed };
  for (const constraint of cluster.constraints ?? []) {
    if (constraint.type !== 'online' || constraint.least === undefined) continue;
    const on = cluster.hosts.filter((host) => isOf(host, constraint) && host.powered !== 'off');
    if (on.length < constraint.least)
      return {
        why: `${on.length} of ${constraint.of} are on, and ${constraint.least} have to be`,
        of: (host) => isOf(host, constraint),
      };
  }
  // more hosts help nothing where each machine has one to itself already
  if (options.spare === 0 && !state.shared()) return undefined;
  const lack = state.lack([], limits.below);
  if (lack !== undefined) return { why: lack };
  const hot = cluster.hosts.filter(
    (host) => state.isOn(host) && (host.cpuUsed ?? 0) >= limits.below * host.cpuCapacity,
  );
  if (hot.length === 0) return undefined;
  const relief = planPlacement(cluster, {
    goal: 'energy',
    objectives: [{ type: 'relieve' }],
    limits: { ...limits, coolDownMs: 0, startUpMs: 0, holdMs: 0, minimumGain: 0 },
    search: { seed },
  });
  if (relief.answer === 'move') return undefined;
  const loads = hot.map((host) => `${host.name} is at ${percent((host.cpuUsed ?? 0) / host.cpuCapacity)}`).join(', ');
  return { why: `${loads}, and none that is on can take anything from there` };
}
