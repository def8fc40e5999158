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
  /** Of `relieve`: the `networkLoad` that fills a host's link, for Sandpiper's volume; absent: the network is not looked at. */
  readonly networkCapacity?: number;
}

/** What plans hold unless told otherwise. */
const CPU_AND_MEMORY: Readonly<Partial<Record<BalanceMeasure, number>>> = { cpu: 1, memory: 1 };

/** Objectives of an assignment as it is when this is called; `moves` is no term of its own, and counted with the cost of moves. */
export function compileObjectives(assignment: Assignment, requests: readonly ObjectiveRequest[]): readonly Objective[] {
  return requests.flatMap((request) =>
    request.type === 'moves' ? [] : [COMPILERS[request.type](assignment, request)],
  );
}

const COMPILERS: Readonly<
  Record<Exclude<ObjectiveType, 'moves'>, (assignment: Assignment, request: ObjectiveRequest) => Objective>
> = {
  relieve: (assignment, { weight = 1, hosts = [], enough = 0, networkCapacity }) => {
    const term = new RelieveTerm(weight, assignment, indexes(assignment, hosts), networkCapacity);
    const hot = () => assignment.countOn.reduce((count, _, host) => count + (term.isHot(host) ? 1 : 0), 0);
    return {
      term,
      measures: () => ({ hotHosts: hot(), highestCpu: highestCpu(assignment) }),
      holds: () => hot() <= enough,
      told: () => {
        const { cpuOn, problem } = assignment;
        const load = (host: number) => cpuOn[host]! / problem.cpuCapacity[host]!;
        const names = problem.cluster.hosts.flatMap(({ name }, host) =>
          term.isHot(host) ? [`${name} is at ${percent(load(host))}`] : [],
        );
        return names.length > 3 ? `${names.length} hosts are above their limits` : names.join(', ');
      },
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
  energy: (assignment, { weight = 1, enough }) => {
    const term = new EnergyTerm(weight, assignment);
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
    return {
      term,
      measures: () => ({ vmsLeft: term.left() }),
      holds: () => term.left() <= enough,
      told: () => `${term.left()} VMs are on ${hosts.join(', ')}`,
    };
  },
};

function indexes({ problem }: Assignment, names: readonly string[]): readonly number[] {
  return names.flatMap((name) => problem.hostIndex.get(name) ?? []);
}

function highestCpu({ cpuOn, problem }: Assignment): number {
  const shares = Array.from(cpuOn, (cpu, host) => cpu / problem.cpuCapacity[host]!);
  return shares.reduce((highest, share) => (share > highest ? share : highest), 0);
}

/** Three digits that count. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
