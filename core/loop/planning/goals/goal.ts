import type { Component } from '../../../model/component.js';
import { AttituneError } from '../../../model/errors.js';
import { parseDurationMs, parseRatio } from '../../../model/quantity.js';
import type { SystemRepresentation } from '../../../model/system-representation.js';
import type { Cluster, Plan } from '../../../placement/cluster.js';
import type { MoveLimits } from '../../../placement/rules.js';
import { reachable, resolvePath, type Scope } from '../../operations/scope.js';

/** Parameters of a `plan:` operation, as the diagram wrote them. */
export type PlanParameters = Readonly<Record<string, string>>;

/** What a goal is weighed on. */
export interface PlanGround {
  readonly system: SystemRepresentation;
  readonly cluster: Cluster;
  readonly scope: Scope;
}

/** One goal of `plan:GOAL`; pure. A parameter `of` is a path, or several with commas between them; `host` the name of a host or `this`. */
export interface Goal {
  readonly description: string;
  /** What it takes, with the default of each. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `cluster`: hosts and their load; `system`: only the representation, so that other procedures need not wait for it. */
  readonly reads: 'cluster' | 'system';
  readonly plan: (ground: PlanGround, parameters: PlanParameters) => Plan;
}

/** A table of goals, by name. */
export type Goals = Readonly<Record<string, Goal>>;

/** The host of the parameter `host`. Throws `unknown-host`. */
export function hostOf(goal: string, { cluster, scope }: PlanGround, { host }: PlanParameters): string {
  const name = host === 'this' ? scope.this?.name : host;
  if (name !== undefined && cluster.hosts.some((candidate) => candidate.name === name)) return name;
  throw new AttituneError(
    'unknown-host',
    `plan:${goal} needs a host, and "${name ?? 'this'}" is none; give it with <param name="host" expr="…"/>.`,
  );
}

/** `below`, `coolDown` and the constraints of the deployment. Throws `value`. */
export function limitsOf({ system }: PlanGround, { below = '', coolDown = '' }: PlanParameters): MoveLimits {
  return {
    below: parseRatio(below),
    coolDownMs: parseDurationMs(coolDown),
    constraints: system.deployment.constraints,
  };
}

/** What the paths reach, each with the further segment, without doubles. Throws `unknown-component` where one reaches none. */
export function componentsOf(
  { system, scope }: PlanGround,
  of: string,
  ...more: readonly string[]
): readonly Component[] {
  const reached = of.split(',').flatMap((path) => {
    const origin = resolvePath(system, scope, pathOf(path));
    return more.length === 0 ? origin : reachable(system, scope, [...pathOf(path), ...more]);
  });
  return [...new Set(reached)];
}

/** The one component that a path reaches. Throws `value` where it reaches several. */
export function oneOf(goal: string, ground: PlanGround, of: string): Component {
  const [component, ...others] = componentsOf(ground, of);
  if (component && others.length === 0) return component;
  throw new AttituneError('value', `plan:${goal} is about one component, and "${of}" reaches ${others.length + 1}.`);
}

/** The names of the parameter `except`. */
export function namesOf({ except = '' }: PlanParameters): readonly string[] {
  return except.split(',').map((name) => name.trim());
}

/** The segments of a path. */
export function pathOf(text: string): readonly string[] {
  return text.split('.').map((segment) => segment.trim());
}
