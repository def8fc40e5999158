import type { Association } from '../../model/deployment.js';
import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Journal } from '../journal.js';
import { resolvePath, type Scope } from './scope.js';
import type { Transaction } from '../transaction/transaction.js';

/** Parameters of both: the name of the association, and a component or a path to some. */
export const BINDING_PARAMETERS = ['association', 'to'] as const;

/** What a change of bindings may use. */
export interface BindingGround {
  readonly system: SystemRepresentation;
  readonly journal: Journal;
  readonly cause: number | undefined;
  readonly scope: Scope;
  readonly transaction?: Transaction | undefined;
}

export interface RebindResult {
  readonly association: string;
  readonly bindings: readonly { readonly from: string; readonly to: string }[];
}

/**
 * The built-in operations `bind` and `unbind`: each of `sources` with each component that `to` reaches, all of them or
 * none. Throws `value`, `unknown-component`, and what Fractal forbids: `illegal-binding`, `illegal-life-cycle`.
 */
export function rebind(
  operation: 'bind' | 'unbind',
  sources: readonly Component[],
  parameters: Readonly<Record<string, string>>,
  ground: BindingGround,
): RebindResult {
  const { association, targets } = endsOf(operation, sources, parameters, ground);
  const pairs = sources.flatMap((from) => targets.map((to) => ({ from, to })));
  const done: typeof pairs = [];
  try {
    for (const pair of pairs) {
      if (operation === 'bind') bind(association, pair.from, pair.to, ground.system);
      else pair.from.unbind(association, pair.to);
      done.push(pair);
    }
  } catch (error) {
    for (const { from, to } of done.reverse()) {
      if (operation === 'bind') from.unbind(association, to, { reverting: true });
      else from.bind(association, to);
    }
    throw error;
  }
  const [record, words] =
    operation === 'bind' ? (['bound', 'bound to'] as const) : (['unbound', 'unbound from'] as const);
  for (const { from, to } of pairs) {
    ground.transaction?.[record](association, from.name, to.name);
    ground.journal.append('component', from.name, `${association} ${words} ${to.name}`, { cause: ground.cause });
  }
  return { association, bindings: pairs.map(({ from, to }) => ({ from: from.name, to: to.name })) };
}

function endsOf(
  operation: 'bind' | 'unbind',
  sources: readonly Component[],
  parameters: Readonly<Record<string, string>>,
  { system, scope }: BindingGround,
): { readonly association: string; readonly targets: readonly Component[] } {
  const { association, to } = parameters;
  if (association && to) {
    const path = to.split('.').map((segment) => segment.trim());
    return { association, targets: resolvePath(system, scope, path) };
  }
  const called = `${sources.map(({ name }) => name).join(', ')}.${operation}`;
  throw new AttituneError(
    'value',
    `${called} needs the parameters "association", the name of one, and "to", a component or a path to some.`,
  );
}

/** The bounds of the client are its own to hold; those of the server stand in the association. */
function bind(name: string, from: Component, to: Component, system: SystemRepresentation): void {
  const association = system.associationsFrom(from.className).find((candidate) => candidate.name === name);
  if (association) {
    requireEnd(association, from, to);
    requireRoom(association, from, to);
  }
  from.bind(name, to);
}

function requireEnd({ name, from: source, to: target }: Association, from: Component, to: Component): void {
  if (target === to.className) return;
  throw new AttituneError(
    'illegal-binding',
    `${from.name}.${name} cannot be bound to ${to.name}, which is of ${to.className}: "${name}" leads from ${source} to ${target}.`,
  );
}

function requireRoom({ name, from: source, fromCardinality }: Association, from: Component, to: Component): void {
  const { upper } = fromCardinality;
  const others = to.incoming.filter((binding) => binding.name === name && binding.from !== from);
  if (others.length < upper) return;
  throw new AttituneError(
    'illegal-binding',
    `${to.name} takes at most ${upper} ${source} by "${name}" and has ${others.map((binding) => binding.from.name).join(', ')}: unbind one first.`,
  );
}
