import type { Component } from '../model/component.js';
import { forbidsWhole } from '../model/growing.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import type { Plan, Rejection } from '../placement/cluster.js';

/** Which of some components may go: the youngest that no lower bound needs. `least` keeps that many at any rate. */
export function planSpare(system: SystemRepresentation, components: readonly Component[], least: number): Plan {
  const goal = 'spare';
  if (components.length <= least) {
    const why = `there are ${components.length}, and ${least} are to stay`;
    return { goal, answer: 'nothing-to-do', moves: [], rejected: [], why };
  }
  const rejected: Rejection[] = [];
  for (const component of [...components].reverse()) {
    const detail = forbidsWhole(system, component);
    if (detail === undefined) {
      const why = `${component.name} is the youngest of ${components.length} that may go`;
      return { goal, answer: 'remove', moves: [], rejected, component: component.name, why };
    }
    rejected.push({ vm: component.name, rule: 'cardinality', detail });
  }
  const why = rejected.map(({ vm, detail }) => `${vm}: ${detail}`).join('; ');
  return { goal, answer: 'infeasible', moves: [], rejected, why };
}
