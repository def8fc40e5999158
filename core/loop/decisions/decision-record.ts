import type { AdministrationEvent } from '../../model/administration.js';
import type { Cluster, ClusterHost, ClusterVm, Demand, Move, Plan, Rejection } from '../../placement/cluster.js';
import { migrationCost } from '../../placement/stability/index.js';
import { quantileOf } from './distribution.js';

/**
 * What a decision was made on and what was expected of it, as JSON: the data of a journal entry of kind `decision`. Hosts
 * and VMs that it is about stand in it in full, all others as numbers of them, so that it is as small on 1000 hosts as
 * on three.
 */
export interface DecisionRecord {
  /** As the diagram gave them, defaults filled in. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The diagram that asked. */
  readonly diagram?: string;
  /** What led to it. */
  readonly event?: Pick<AdministrationEvent, 'name' | 'component' | 'arg' | 'at' | 'since' | 'why'>;
  /** The plan; of its rejections as many as {@link MOST} says. */
  readonly plan: Plan;
  /** How many candidates each rule spoke against. */
  readonly rejectedBy: Readonly<Record<string, number>>;
  /** Absent for goals that look at no load. */
  readonly cluster?: ClusterExcerpt;
  /** Absent where nothing moves. */
  readonly predicted?: Predicted;
  /** Set where it was not simply carried out. */
  readonly gate?: GateRecord;
}

export interface GateRecord {
  /** `asked`: it waits, or waited, for an administrator. */
  readonly outcome: 'recommended' | 'held' | 'asked';
  readonly because: string;
  /** Of `asked`: until when. */
  readonly until?: number;
}

export interface ClusterExcerpt {
  readonly at: number;
  readonly hosts: readonly ClusterHost[];
  readonly vms: readonly ClusterVm[];
  /** CPU of those hosts over a window of readings, as shares of their capacity. */
  readonly readings: Readonly<Record<string, Demand>>;
  readonly others: OthersSummary;
}

/** The hosts and VMs that a decision is not about. CPU is a share of the host's capacity, in [0, 1]. */
export interface OthersSummary {
  readonly hosts: number;
  readonly vms: number;
  /** Hosts without a fresh reading. */
  readonly unknown: number;
  readonly closed: number;
  readonly cpu?: { readonly min: number; readonly p50: number; readonly p90: number; readonly max: number };
}

/** What a migration is expected to take, by the model that plans count its cost with. */
export interface PredictedMigration {
  readonly durationMs: number;
  readonly downtimeMs: number;
}

export interface Predicted {
  /** CPU of the hosts between which something moves, as shares of their capacity. */
  readonly hosts: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
  readonly moves: readonly (Pick<Move, 'vm' | 'from' | 'to'> & Partial<PredictedMigration>)[];
}

/** So many of each are kept in full. */
export const MOST = { rejections: 60, hosts: 24, vms: 48 } as const;

export interface DecisionGround {
  readonly parameters: Readonly<Record<string, string>>;
  readonly diagram?: string | undefined;
  readonly event?: AdministrationEvent | undefined;
  /** Absent for goals that look at no load. */
  readonly cluster?: Cluster | undefined;
  /** CPU of a host over a window of readings, as shares. */
  readonly demand: (host: string) => Demand | undefined;
  readonly gate?: GateRecord | undefined;
}

/** The record of a decision; pure. */
export function decisionRecord(plan: Plan, ground: DecisionGround): DecisionRecord {
  const { parameters, diagram, event, cluster, demand, gate } = ground;
  const moves = plan.moves.length > 0 ? plan.moves : (plan.recommended ?? []);
  return {
    parameters,
    ...(diagram === undefined ? {} : { diagram }),
    ...(event ? { event: excerptOf(event) } : {}),
    plan: { ...plan, rejected: mostTelling(plan.rejected) },
    rejectedBy: countsOf(plan.rejected),
    ...(cluster ? { cluster: clusterExcerpt(cluster, plan, moves, event?.component, demand) } : {}),
    ...(cluster && moves.length > 0 ? { predicted: predictedOf(cluster, moves) } : {}),
    ...(gate ? { gate } : {}),
  };
}

function excerptOf({
  name,
  component,
  arg,
  at,
  since,
  why,
}: AdministrationEvent): NonNullable<DecisionRecord['event']> {
  return {
    ...{ name, component, at, why },
    ...(arg === undefined ? {} : { arg }),
    ...(since === undefined ? {} : { since }),
  };
}

/** Of many rejections some of each rule, those of rules with few first: what is rare tells more. */
function mostTelling(rejected: readonly Rejection[]): readonly Rejection[] {
  if (rejected.length <= MOST.rejections) return rejected;
  const byRule = new Map<string, Rejection[]>();
  for (const one of rejected) byRule.set(one.rule, [...(byRule.get(one.rule) ?? []), one]);
  const kept = new Set<Rejection>();
  const rules = [...byRule.values()].sort((a, b) => a.length - b.length);
  rules.forEach((ofRule, index) => {
    const share = Math.floor((MOST.rejections - kept.size) / (rules.length - index));
    for (const one of ofRule.slice(0, share)) kept.add(one);
  });
  return rejected.filter((one) => kept.has(one));
}

function countsOf(rejected: readonly Rejection[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { rule } of rejected) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

function clusterExcerpt(
  { at, hosts, vms }: Cluster,
  plan: Plan,
  moves: readonly Move[],
  subject: string | undefined,
  demand: DecisionGround['demand'],
): ClusterExcerpt {
  const told = mostTelling(plan.rejected);
  const names = new Set([
    ...(subject === undefined ? [] : [subject]),
    ...moves.flatMap(({ vm, from, to }) => [vm, from, to]),
    ...told.flatMap(({ vm, to }) => (to === undefined ? [vm] : [vm, to])),
    ...(plan.wake ?? []),
    ...(plan.powerOff ?? []),
  ]);
  // a VM is understood with its host
  for (const vm of vms) if (names.has(vm.name)) names.add(vm.host);
  const itsHosts = hosts.filter(({ name }) => names.has(name)).slice(0, MOST.hosts);
  const itsVms = vms.filter(({ name }) => names.has(name)).slice(0, MOST.vms);
  const others = hosts.filter((host) => !itsHosts.includes(host));
  return {
    at,
    hosts: itsHosts,
    vms: itsVms,
    readings: Object.fromEntries(
      itsHosts.flatMap(({ name }) => {
        const found = demand(name);
        return found ? [[name, found]] : [];
      }),
    ),
    others: othersSummary(others, vms.length - itsVms.length),
  };
}

function othersSummary(hosts: readonly ClusterHost[], vms: number): OthersSummary {
  const shares = hosts.flatMap(({ cpuUsed, cpuCapacity }) => (cpuUsed === undefined ? [] : [cpuUsed / cpuCapacity]));
  const sorted = shares.sort((a, b) => a - b);
  const quantile = (share: number) => round(quantileOf(sorted, share));
  return {
    hosts: hosts.length,
    vms,
    unknown: hosts.length - shares.length,
    closed: hosts.filter(({ accepting }) => !accepting).length,
    ...(sorted.length === 0
      ? {}
      : { cpu: { min: quantile(0), p50: quantile(0.5), p90: quantile(0.9), max: quantile(1) } }),
  };
}

function predictedOf(cluster: Cluster, moves: readonly Move[]): Predicted {
  const concerned = new Set(moves.flatMap(({ from, to }) => [from, to]));
  const shift = new Map<string, number>();
  const vms = new Map(cluster.vms.map((vm) => [vm.name, vm]));
  for (const { vm, from, to } of moves) {
    const used = vms.get(vm)?.cpuUsed ?? 0;
    shift.set(from, (shift.get(from) ?? 0) - used);
    shift.set(to, (shift.get(to) ?? 0) + used);
  }
  const hosts = cluster.hosts.filter(({ name, cpuUsed }) => concerned.has(name) && cpuUsed !== undefined);
  return {
    hosts: Object.fromEntries(
      hosts.slice(0, MOST.hosts).map(({ name, cpuUsed = 0, cpuCapacity }) => {
        const after = Math.max(0, cpuUsed + (shift.get(name) ?? 0));
        return [name, { before: round(cpuUsed / cpuCapacity), after: round(after / cpuCapacity) }];
      }),
    ),
    moves: moves.slice(0, MOST.vms).map(({ vm, from, to }) => {
      const known = vms.get(vm);
      return { vm, from, to, ...(known && predictedMigration(known, cluster)) };
    }),
  };
}

function round(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

function predictedMigration(vm: ClusterVm, { network }: Cluster): PredictedMigration {
  const { totalMs, downtimeMs } = migrationCost(vm, network);
  return { durationMs: Math.round(totalMs), downtimeMs: Math.round(downtimeMs) };
}
