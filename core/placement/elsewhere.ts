import type { Constraint } from '../model/deployment.js';
import {
  afterMove,
  byMemory,
  type Cluster,
  type ClusterHost,
  type ClusterVm,
  type Move,
  type Plan,
  type Rejection,
} from './cluster.js';
import { breaks, freeMemory, rejectRoom } from './rules.js';

export interface ElsewhereOptions {
  /** What needs another host than the one it is on; software has no memory of its own. */
  readonly components: readonly ClusterVm[];
  /** The hosts that each may be on, by its name: those of its family. */
  readonly hostsOf: ReadonlyMap<string, readonly string[]>;
  readonly constraints: readonly Constraint[];
}

/**
 * Another host for what has stopped or failed: never the one it is on. Load is no reason to refuse, for what does not run
 * has no load that could be measured; among hosts with room, fewest broken soft constraints count, then free memory.
 */
export function planElsewhere(cluster: Cluster, options: ElsewhereOptions): Plan {
  const names = options.components.map(({ name }) => name).join(', ');
  const goal = `another host for ${names || 'nothing'}`;
  if (options.components.length === 0) {
    return { goal, answer: 'nothing-to-do', moves: [], rejected: [], why: 'there is nothing to be placed' };
  }
  const moves: Move[] = [];
  const rejected: Rejection[] = [];
  let predicted = cluster;
  for (const component of [...options.components].sort(byMemory)) {
    const soft = (host: ClusterHost) =>
      options.constraints.filter((constraint) => breaks(predicted, component, host, constraint)).length;
    const free = (host: ClusterHost) => freeMemory(predicted, host);
    const allowed = options.hostsOf.get(component.name) ?? [];
    const fitting: ClusterHost[] = [];
    for (const host of predicted.hosts) {
      if (host.name === component.host || !allowed.includes(host.name)) continue;
      const refused = rejectRoom(predicted, component, host, options.constraints);
      if (refused) rejected.push(refused);
      else fitting.push(host);
    }
    const [best] = fitting.sort((a, b) => soft(a) - soft(b) || free(b) - free(a));
    if (!best) {
      const detail = `there is no host but ${component.host || 'none'} for ${component.name}`;
      if (!rejected.some(({ vm }) => vm === component.name))
        rejected.push({ vm: component.name, rule: 'not-accepting', detail });
      continue;
    }
    const why = `${best.name} has ${Math.floor(free(best))} MiB free for ${component.name}`;
    moves.push({ vm: component.name, from: component.host, to: best.name, gain: 0, why });
    predicted = afterMove(predicted, component, best.name);
  }
  const why = [...moves.map((move) => move.why), ...rejected.map(({ detail }) => detail)].join('; ');
  return { goal, answer: moves.length > 0 ? 'move' : 'infeasible', moves, rejected, why };
}
