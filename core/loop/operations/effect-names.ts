import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Operation } from './operation-path.js';
import { MOVES_PARAMETER, readPlannedMoves } from './planned-moves.js';
import { reachable, type Scope } from './scope.js';
import { ONLY, selected } from './selection.js';

/** What an operation would change: a phrase, and the components, hosts and classes that it concerns. */
export interface Concerned {
  readonly what: string;
  readonly names: readonly string[];
}

/**
 * What an operation would change now; `undefined` where it reaches nothing, or only looks (`reads` says so of an operation
 * of a component). Pure.
 */
export function concernedBy(
  operation: Exclude<Operation, { readonly kind: 'plan' }>,
  parameters: Readonly<Record<string, string>>,
  { system, scope }: { readonly system: SystemRepresentation; readonly scope: Scope },
  reads: (component: string, operation: string) => boolean,
): Concerned | undefined {
  switch (operation.kind) {
    case 'grow':
      return { what: `${operation.className}++`, names: [operation.className] };
    case 'shrink-class':
      return {
        what: `${operation.className}--`,
        names: ONLY in parameters ? reached([operation.className]) : [operation.className],
      };
    case 'shrink':
      return { what: `${operation.path.join('.')}--`, names: reached(operation.path) };
    case 'call': {
      const components = reached(operation.path).filter((name) => !reads(name, operation.operation));
      if (components.length === 0) return undefined;
      const moves = movesOf(parameters);
      const acted = moves ? moves.map(({ vm }) => vm) : components;
      const hosts = moves ? moves.flatMap(({ from = '', to }) => [from, to]) : [parameters['to'] ?? ''];
      const some = acted.slice(0, 5).join(', ') + (acted.length > 5 ? ` and ${acted.length - 5} more` : '');
      return { what: `${some}.${operation.operation}`, names: [...acted, ...hosts.filter((name) => system.has(name))] };
    }
  }

  function reached(path: readonly string[]): readonly string[] {
    try {
      return selected(reachable(system, scope, path), parameters).components.map(({ name }) => name);
    } catch {
      // what reaches nothing is refused by the operation itself
      return [];
    }
  }
}

/** Of `migrate` with the moves of a plan; what is no list of moves is refused by the operation itself. */
function movesOf(parameters: Readonly<Record<string, string>>) {
  const text = parameters[MOVES_PARAMETER];
  if (text === undefined) return undefined;
  try {
    return readPlannedMoves(text);
  } catch {
    return undefined;
  }
}
