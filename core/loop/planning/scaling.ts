import type { Component } from '../../model/component.js';
import { forbidsWhole } from '../../model/growing.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Plan, Rejection } from '../../placement/cluster.js';

/** Attribute of the components of a class: when it last grew or shrank, in milliseconds since the epoch. */
export const SCALED_AT = 'scaledAt';

export interface ScalingLimits {
  /** Now. */
  readonly at: number;
  /** Scaling rests this long after it was done. */
  readonly coolDownMs: number;
}

/** Whether one more may join some components: not above `most`, and not within the cool-down. */
export function planGrowth(components: readonly Component[], limits: ScalingLimits & { readonly most: number }): Plan {
  const goal = 'grow';
  const count = components.length;
  const none = { goal, answer: 'nothing-to-do', moves: [], rejected: [] } as const;
  if (count >= limits.most) return { ...none, why: `there are ${count}, and at most ${limits.most} are wanted` };
  const resting = restingSince(components, limits);
  if (resting !== undefined) return { ...none, why: resting };
  return { goal, answer: 'grow', moves: [], rejected: [], why: `there are ${count}, and one more may join` };
}

/** Which of some components may go: the youngest that no lower bound needs; not below `least`, and not within the cool-down. */
export function planSpare(
  system: SystemRepresentation,
  components: readonly Component[],
  limits: ScalingLimits & { readonly least: number },
): Plan {
  const goal = 'spare';
  const none = { goal, answer: 'nothing-to-do', moves: [], rejected: [] } as const;
  if (components.length <= limits.least)
    return { ...none, why: `there are ${components.length}, and at least ${limits.least} are wanted` };
  const resting = restingSince(components, limits);
  if (resting !== undefined) return { ...none, why: resting };
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

/** Why components that were scaled lately stay as they are, or `undefined`. */
export function restingSince(components: readonly Component[], { at, coolDownMs }: ScalingLimits): string | undefined {
  const last = Math.max(
    -Infinity,
    ...components.map(({ attributes }) => Number(attributes.get(SCALED_AT) ?? NaN)).filter(Number.isFinite),
  );
  const since = at - last;
  return since < coolDownMs ? `it was scaled ${seconds(since)} ago and rests for ${seconds(coolDownMs)}` : undefined;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
