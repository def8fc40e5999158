/**
 * What a search makes smaller: one file for each kind of objective, each a term whose value follows a move in constant
 * time (or in the number of its partners). To add one, add its file, its type and its line in the table here.
 */
import { percent } from '../cluster.js';
import type { Assignment } from '../problem.js';
import { BalanceTerm } from './balance.js';
import { ConsolidateTerm } from './consolidate.js';
import { EnergyTerm } from './energy.js';
import { EvacuateTerm } from './evacuate.js';
import type { BalanceMeasure } from './measures.js';
import { NetworkTerm } from './network.js';
import { RelieveTerm } from './relieve.js';
import type { Objective } from './term.js';

export { BalanceTerm } from './balance.js';
export { GANETI_MEASURES, type BalanceMeasure } from './measures.js';

/**
 * `relieve`: hosts above the limit; `balance`: spread of load over hosts; `consolidate`: hosts in use; `energy`: power
 * drawn; `network`: traffic times distance; `evacuate`: VMs on the named hosts; `moves`: VMs moved.
 * Values are in hosts: a share of a host's CPU, a host in use, the power of a loaded host, a link's worth of traffic.
 */
export type ObjectiveType = 'relieve' | 'balance' | 'consolidate' | 'energy' | 'network' | 'evacuate' | 'moves';

/** One thing that a plan is to make smaller. Several are weighed against each other by their weights. */
export interface ObjectiveRequest {
  readonly type: ObjectiveType;
  /** Absent: 1. Of `moves`: what each VM moved costs besides its migration. */
  readonly weight?: number;
  /** Of `relieve` and `evacuate`: the hosts that it is about; absent: all (`relieve`), none (`evacuate`). */
  readonly hosts?: readonly string[];
  /** Of `balance`: the measures whose spread over the hosts counts, with their weights; absent: `cpu` and `memory` alike. */
  readonly measures?: Readonly<Partial<Record<BalanceMeasure, number>>>;
  /**
   * The goal holds where the main measure of the objective is not above this: hot hosts (absent: 0), the balance's
   * score, hosts in use, watts, links' worth of traffic × distance, VMs left (absent: 0). Absent elsewhere: it holds
   * where nothing makes it better.
   */
  readonly enough?: number;
  /**
   * Of `relieve`: the fraction of CPU from which on a host is hot; it is then brought below `limits.below`, which may be
   * lower, so that what sways between the two moves nothing. Absent: `limits.below`.
   */
  readonly above?: number;
  /** Of `relieve`: the `networkLoad` that fills a host's link, for Sandpiper's volume; absent: the network is not looked at. */
  readonly networkCapacity?: number;
}

/** What plans hold unless told otherwise. */
const CPU_AND_MEMORY: Readonly<Partial<Record<BalanceMeasure, number>>> = { cpu: 1, memory: 1 };

/** Objectives of an assignment as it is when this is called; `moves` is no term of its own, and counted with the cost of moves. */
export function compileObjectives(
  assignment: Assignment,
  requests: readonly ObjectiveRequest[],
  /** Hosts that may be switched off; absent: all. */
  mayBeOff?: ReadonlySet<string>,
): readonly Objective[] {
  return requests.flatMap((request) =>
    request.type === 'moves' ? [] : [COMPILERS[request.type](assignment, request, mayBeOff)],
  );
}

const COMPILERS: Readonly<
  Record<
    Exclude<ObjectiveType, 'moves'>,
    (assignment: Assignment, request: ObjectiveRequest, mayBeOff?: ReadonlySet<string>) => Objective
  >
> = {
  relieve: (assignment, { weight = 1, hosts = [], enough = 0, above, networkCapacity }) => {
    const term = new RelieveTerm(weight, assignment, indexes(assignment, hosts), {
      ...(above === undefined ? {} : { above }),
      ...(networkCapacity === undefined ? {} : { networkCapacity }),
    });
    const { cluster, cpuCapacity } = assignment.problem;
    const hot = () =>
      Array.from({ length: cluster.hosts.length }, (_, host) => host).filter((host) => term.isHot(host));
    const load = (host: number) => percent(assignment.cpuOn[host]! / cpuCapacity[host]!);
    return {
      term,
      measures: () => ({ hotHosts: hot().length, highestCpu: highestCpu(assignment) }),
      holds: () => hot().length <= enough,
      told: () => {
        const found = hot();
        if (found.length === 0) return 'no host is hot';
        if (found.length > TOLD) return `${found.length} hosts are hot`;
        return found.map((host) => `${cluster.hosts[host]!.name} is at ${load(host)}`).join(', ');
      },
      unmet: () => ({ cool: hot().map((host) => cluster.hosts[host]!.name) }),
    };
  },
  balance: (assignment, { weight = 1, measures = CPU_AND_MEMORY, enough }) => {
    const term = new BalanceTerm(weight, assignment, measures);
    return {
      term,
      measures: () => ({
        score: term.score(),
        ...Object.fromEntries(Object.entries(term.deviations()).map(([name, value]) => [`${name}Deviation`, value])),
      }),
      holds: () => enough !== undefined && term.score() <= enough,
      told: () => `the spread of load is ${digits(term.score())}`,
    };
  },
  consolidate: (assignment, { weight = 1, enough }) => {
    const term = new ConsolidateTerm(weight, assignment);
    return {
      term,
      measures: () => ({ hostsInUse: term.used() }),
      holds: () => enough !== undefined && term.used() <= enough,
      told: () => `${term.used()} hosts are in use`,
    };
  },
  energy: (assignment, { weight = 1, enough }, mayBeOff) => {
    const term = new EnergyTerm(weight, assignment, mayBeOff);
    return {
      term,
      measures: () => ({ watts: term.watts() }),
      holds: () => enough !== undefined && term.watts() <= enough,
      told: () => `the hosts draw ${Math.round(term.watts())} W`,
    };
  },
  network: (assignment, { weight = 1, enough }) => {
    const term = new NetworkTerm(weight, assignment);
    return {
      term,
      measures: () => ({ trafficDistance: term.value() }),
      holds: () => enough !== undefined && term.value() <= enough,
      told: () => `traffic times distance is ${digits(term.value())}`,
    };
  },
  evacuate: (assignment, { weight = 1, hosts = [], enough = 0 }) => {
    const term = new EvacuateTerm(weight, assignment, indexes(assignment, hosts));
    const { vms } = assignment.problem.cluster;
    return {
      term,
      measures: () => ({ vmsLeft: term.left().length }),
      holds: () => term.left().length <= enough,
      told: () => {
        const left = term.left().length;
        const counted = left === 0 ? 'no VM runs' : left === 1 ? 'one VM is' : `${left} VMs are`;
        return `${counted} on ${hosts.join(', ')}`;
      },
      unmet: () => ({ leave: hosts, left: term.left().map((vm) => vms[vm]!.name) }),
    };
  },
};

/** More hosts than these are counted only. */
const TOLD = 3;

function indexes({ problem }: Assignment, names: readonly string[]): readonly number[] {
  return names.flatMap((name) => problem.hostIndex.get(name) ?? []);
}

function highestCpu({ cpuOn, problem }: Assignment): number {
  const shares = Array.from(cpuOn, (cpu, host) => cpu / problem.cpuCapacity[host]!);
  return shares.reduce((highest, share) => (share > highest ? share : highest), 0);
}

/** Three digits that count. */
export function digits(value: number): string {
  // a sum that ought to be 0 is seldom exactly that
  return String(Math.abs(value) < 1e-9 ? 0 : Number(value.toPrecision(3)));
}
