import type { Component } from '../../core/model/component.js';
import { AttituneError } from '../../core/model/errors.js';
import type { SystemRepresentation } from '../../core/model/system-representation.js';

/** A path such as `$workers.node.address`; `optional` (`${workers?}`) may reach nothing. */
export interface NavigationPath {
  readonly source: string;
  readonly segments: readonly string[];
  readonly optional: boolean;
}

/** A text with paths in it, in order. */
export type NavigationText = readonly (string | NavigationPath)[];

/** From where paths start, and what they may reach. */
export interface NavigationScope {
  readonly component: Component;
  readonly system: SystemRepresentation;
  /** Of the operation: `$param.name`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** An attribute of a component, also those that the component does not keep itself, such as a host's address. */
  readonly attributeOf: (component: Component, name: string) => string | undefined;
}

/** What a path reached: values of attributes, or components. */
export type Reached =
  | { readonly kind: 'values'; readonly values: readonly string[]; readonly own: boolean }
  | { readonly kind: 'components'; readonly components: readonly Component[] };

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
const TOKEN = new RegExp(
  `\\$(?:(\\$)|(${NAME}(?:\\.${NAME})*)|\\{([A-Za-z_][\\w-]*(?:\\.[A-Za-z_][\\w-]*)*)(\\??)\\}|)`,
  'g',
);

/**
 * Parses TUNe's `$` navigation: `$attr`, `$Class.attr`, `$association.attr`, chains `$A.B.attr`, `$node.attr`,
 * `$param.name`; `${…}` where a letter follows, `${…?}` where reaching nothing is right, `$$` for a dollar.
 * Throws `expression` at a dollar that begins none of these.
 */
export function parseNavigation(text: string): NavigationText {
  const parts: (string | NavigationPath)[] = [];
  let literal = '';
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    literal += text.slice(at, match.index);
    at = match.index + match[0].length;
    const path = match[2] ?? match[3];
    if (match[1]) literal += '$';
    else if (path === undefined) {
      const message = `"${text.slice(match.index, match.index + 12)}" begins no path such as $port or \${workers.port}; write $$ for a dollar.`;
      throw new AttituneError('expression', message);
    } else {
      if (literal) parts.push(literal);
      literal = '';
      parts.push({ source: match[0], segments: path.split('.'), optional: match[4] === '?' });
    }
  }
  literal += text.slice(at);
  if (literal || parts.length === 0) parts.push(literal);
  return parts;
}

/** The text with every path resolved now; several results are joined with `;`. Throws `unknown-component`, `unknown-attribute`. */
export function resolveText(text: NavigationText, scope: NavigationScope): string {
  return text
    .map((part) => {
      if (typeof part === 'string') return part;
      const reached = reach(part, scope);
      return (reached.kind === 'values' ? reached.values : reached.components.map(({ name }) => name)).join(';');
    })
    .join('');
}

/** Follows a path from the scope's component. */
export function reach(path: NavigationPath, scope: NavigationScope): Reached {
  const [first = '', ...rest] = path.segments;
  if (first === 'param') return parameter(path, rest, scope);
  const segments = first === 'this' ? rest : path.segments;
  let origins: readonly Component[] = [scope.component];
  for (const segment of segments.slice(0, -1)) origins = step(origins, segment, path, scope);
  const last = segments.at(-1);
  if (last === undefined) return { kind: 'components', components: origins };
  const values = origins.map((origin) => scope.attributeOf(origin, last));
  if (values.length > 0 && values.every((value) => value !== undefined)) {
    return { kind: 'values', values, own: segments.length === 1 };
  }
  if (values.some((value) => value !== undefined))
    throw missing(path, last, origins[values.indexOf(undefined)] as Component);
  if (path.optional && origins.length === 0) return { kind: 'components', components: [] };
  try {
    return { kind: 'components', components: step(origins, last, path, scope) };
  } catch (error) {
    // what names neither an attribute nor a class was most likely meant as an attribute
    if (AttituneError.is(error, 'unknown-component') && error.details['nothing'] !== true)
      throw missing(path, last, origins[0] as Component);
    throw error;
  }
}

function parameter(path: NavigationPath, rest: readonly string[], scope: NavigationScope): Reached {
  const name = rest.join('.');
  const value = Object.hasOwn(scope.parameters, name) ? scope.parameters[name] : undefined;
  if (value !== undefined) return { kind: 'values', values: [value], own: true };
  if (path.optional) return { kind: 'values', values: [], own: false };
  const given = Object.keys(scope.parameters).join(', ') || 'none';
  throw new AttituneError(
    'unknown-attribute',
    `${path.source}: the operation was given no parameter "${name}" (given: ${given}).`,
  );
}

function step(
  origins: readonly Component[],
  segment: string,
  path: NavigationPath,
  { system }: NavigationScope,
): readonly Component[] {
  const reached = [...new Set(origins.flatMap((origin) => system.step(origin, segment)))];
  if (reached.length === 0 && !path.optional) {
    const from = origins.map(({ name }) => name).join(', ') || 'nothing';
    throw new AttituneError(
      'unknown-component',
      `${path.source}: "${segment}" reaches no component from ${from} now.`,
      {
        details: { nothing: true },
      },
    );
  }
  return reached;
}

function missing(path: NavigationPath, name: string, component: Component): AttituneError {
  const there = [...component.attributes.keys()].sort().join(', ') || 'none';
  return new AttituneError(
    'unknown-attribute',
    `${path.source}: ${component.name} has no attribute "${name}" now; it has ${there}.`,
  );
}
