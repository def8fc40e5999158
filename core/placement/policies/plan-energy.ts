import { wattsAt } from '../../model/power.js';
import { percent, type Cluster, type ClusterHost, type Move, type Plan, type Rejection } from '../cluster.js';
import { planConsolidation } from '../consolidate/index.js';
import { isOf, mayPowerOff } from '../constraints/index.js';
import { planPlacement, type PlacementLimits } from '../plan-placement.js';

export interface EnergyOptions {
  readonly limits: PlacementLimits;
  /** Hosts are filled up to this share of their CPU when others are emptied; below `limits.below`, or it would go to and fro. */
  readonly fill: number;
  /** So many hosts more than the load needs stay on. */
  readonly spare: number;
  /** A host that was switched on stays on for this time, and one that was switched off stays off. */
  readonly minimumOnMs: number;
  readonly minimumOffMs: number;
  /** Hosts that can be switched. */
  readonly switchable: ReadonlySet<string>;
  /** One of them that somebody needs: it is woken, whatever the load. */
  readonly needed?: string;
  readonly seed: number;
}

/** Hosts that are tried in one decision: a search costs time. */
const TRIES = 6;

/**
 * Saves energy: hosts that run nothing are switched off, as long as the others, less `spare` of them, carry the load; where
 * more could be, the one host that is emptied most easily is emptied; and a host is woken where too few are on, the load
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

/** What one decision knows of power. */
class PowerState {
  readonly #vms = new Map<string, number>();

  constructor(
    readonly cluster: Cluster,
    readonly options: EnergyOptions,
  ) {
    for (const { host } of cluster.vms) this.#vms.set(host, (this.#vms.get(host) ?? 0) + 1);
  }

  /** It is on and can be used, or will be soon. */
  isOn({ powered, accepting }: ClusterHost): boolean {
    return (powered ?? 'on') === 'on' && accepting;
  }

  /** Hosts without anything, the most wasteful first. */
  empty(): readonly ClusterHost[] {
    return this.cluster.hosts
      .filter((host) => this.isOn(host) && !this.has(host))
      .sort((a, b) => efficiency(b) - efficiency(a));
  }

  /** Hosts with VMs and no software of their own, those with least memory to be moved first, the most wasteful among equals. */
  used(): readonly ClusterHost[] {
    const memory = new Map<string, number>();
    for (const { host, memoryMiB } of this.cluster.vms) memory.set(host, (memory.get(host) ?? 0) + memoryMiB);
    return this.cluster.hosts
      .filter((host) => this.isOn(host) && this.#vms.has(host.name) && !host.software?.length)
      .sort((a, b) => (memory.get(a.name) ?? 0) - (memory.get(b.name) ?? 0) || efficiency(b) - efficiency(a));
  }

  /** The cluster in which nothing is moved to some hosts. */
  closedWhere(closes: (host: ClusterHost) => boolean): Cluster {
    const closed = 'it is to be switched off';
    const hosts = this.cluster.hosts.map((host) => (closes(host) ? { ...host, accepting: false, closed } : host));
    return { ...this.cluster, hosts };
  }

  /** Whether any host has more than one VM. */
  shared(): boolean {
    return this.cluster.hosts.some((host) => this.isOn(host) && (this.#vms.get(host.name) ?? 0) > 1);
  }

  since({ poweredAt }: ClusterHost): number {
    return poweredAt === undefined ? Infinity : this.cluster.at - poweredAt;
  }

  /** Why a host cannot be switched off besides those in `off`, or `undefined`. */
  staysOn(host: ClusterHost, off: readonly string[]): string | undefined {
    const { switchable, minimumOnMs, fill } = this.options;
    if (!switchable.has(host.name)) return `${host.name} cannot be switched`;
    if (this.since(host) < minimumOnMs)
      return `${host.name} was switched on ${seconds(this.since(host))} ago and stays on for ${seconds(minimumOnMs)}`;
    if (!mayPowerOff(this.cluster, host.name, new Set(off)))
      return `${host.name} stays on: a constraint allows no fewer`;
    const lack = this.lack([...off, host.name], fill);
    return lack === undefined ? undefined : `${host.name} is needed: without it ${lack}`;
  }

  /** Why the hosts that are on, without those in `off` and the spare ones, do not carry the load below a limit. */
  lack(off: readonly string[], limit: number): string | undefined {
    const { spare } = this.options;
    const load = this.#load();
    const coming = (host: ClusterHost) => this.isOn(host) || host.powered === 'changing';
    const on = this.cluster.hosts.filter((host) => coming(host) && !off.includes(host.name));
    // the largest ones may be those that are to spare
    const capacities = on.map(({ cpuCapacity }) => cpuCapacity).sort((a, b) => a - b);
    const counted = capacities.slice(0, Math.max(0, capacities.length - spare));
    const capacity = counted.reduce((sum, cpus) => sum + cpus, 0);
    if (counted.length > 0 && load < limit * capacity) return undefined;
    const besides = spare === 0 ? '' : ` besides ${spare} to spare`;
    if (counted.length === 0) return `no host is on${besides}`;
    return `${counted.length === 1 ? '1 host' : `${counted.length} hosts`}${besides} would be at ${percent(load / capacity)}, the limit is ${percent(limit)}`;
  }

  loadText(off: readonly string[]): string {
    const on = this.cluster.hosts.filter((host) => this.isOn(host) && !off.includes(host.name));
    const load = this.#load();
    return `${load.toFixed(1)} CPUs at ${percent(load / on.reduce((sum, { cpuCapacity }) => sum + cpuCapacity, 0))}`;
  }

  /** Hosts that are on, and what all draw, with the load as it is; `off`: those that are to be off. */
  measures(off: readonly string[]): Readonly<Record<string, number>> {
    const on = this.cluster.hosts.filter(({ name, powered }) => powered !== 'off' && !off.includes(name));
    let watts = 0;
    for (const host of this.cluster.hosts) {
      if (!host.power) continue;
      watts += on.includes(host)
        ? wattsAt(host.power, (host.cpuUsed ?? 0) / Math.max(host.cpuCapacity, 1e-9))
        : (host.power.offWatts ?? 0);
    }
    return { hostsOn: on.length, watts: Math.round(watts * 10) / 10 };
  }

  #load(): number {
    return this.cluster.hosts.reduce((sum, host) => sum + (host.powered === 'off' ? 0 : (host.cpuUsed ?? 0)), 0);
  }

  /** Whether anything runs on it. */
  has(host: ClusterHost): boolean {
    return this.#vms.has(host.name) || (host.software?.length ?? 0) > 0;
  }
}

/** Watts at full load for each CPU: less is better; without a curve it is as good as any. */
function efficiency({ power, cpuCapacity }: ClusterHost): number {
  return power && cpuCapacity > 0 ? wattsAt(power, 1) / cpuCapacity : 0;
}

function seconds(ms: number): string {
  return ms === Infinity ? 'long' : `${Math.round(ms / 1000)} s`;
}
