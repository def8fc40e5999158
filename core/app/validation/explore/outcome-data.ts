import { outcomeUses, type OutcomeUses } from '../../../../diagrams/statechart/checking/index.js';
import { isScxmlDiagram } from '../../../../diagrams/statechart/index.js';
import type { Diagram } from '../../../model/diagram.js';
import { ERROR_CODES, type ErrorCode } from '../../../model/errors.js';
import type { CallFacts } from './scripted-wrappers.js';

type Scalar = string | number | boolean | null;

/** Combinations of values that are tried for one operation; more would be another diagram. */
const MOST_COMBINATIONS = 12;

/** A text that is like none that a diagram compares with. */
const OTHER = 'something else';

/**
 * The data that the answer of an operation may carry: one for each combination of the values that the diagram tells
 * apart, and, where it tells none apart, one that has what the diagram reads.
 */
export function outcomeData(diagram: Diagram, invokeId: string): CallFacts['data'] {
  const uses = isScxmlDiagram(diagram) ? outcomeUses(diagram.chart, `done.invoke.${invokeId}`) : new Map();
  return combinations(uses).map((values) => ({ text: textOf(values, uses), value: dataOf(values) }));
}

/** Codes with which an operation may fail: the usual one, and those that the diagram tells apart. */
export function failureCodes(diagram: Diagram): readonly ErrorCode[] {
  const uses = isScxmlDiagram(diagram) ? outcomeUses(diagram.chart, 'error.execution') : undefined;
  const compared = [...(uses?.get('code') ?? [])].filter(isOperational);
  return [...new Set<ErrorCode>(['operation-failed', ...compared])];
}

/** Codes that come about by themselves while exploring: by time, by leaving a state, by `++` and `--`. */
const BY_THEMSELVES: ReadonlySet<string> = new Set(['operation-timeout', 'cancelled', 'no-capacity', 'cardinality']);

function isOperational(value: Scalar): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value) && !BY_THEMSELVES.has(value);
}

function combinations(uses: OutcomeUses): ReadonlyMap<string, Scalar>[] {
  let all: ReadonlyMap<string, Scalar>[] = [new Map()];
  // a path that is also the beginning of another is filled by that one
  const paths = [...uses.keys()].filter((path) => ![...uses.keys()].some((other) => isInside(other, path)));
  for (const path of paths) {
    const values = valuesOf(path, uses.get(path) ?? new Set());
    const next = all.flatMap((known) => values.map((value) => new Map(known).set(path, value)));
    all = next.slice(0, MOST_COMBINATIONS);
  }
  return all;
}

function valuesOf(path: string, compared: ReadonlySet<Scalar>): readonly Scalar[] {
  if (compared.size === 0) return [path.endsWith('length') ? 1 : (path.split('.').at(-1) ?? '')];
  const values = new Set(compared);
  // two and more are taken for all there are
  if (compared.size > 1) return [...values];
  if ([...compared].some((value) => typeof value === 'string')) values.add(OTHER);
  else values.add(biggest(compared) + 1);
  return [...values];
}

function biggest(values: ReadonlySet<Scalar>): number {
  return Math.max(0, ...[...values].filter((value) => typeof value === 'number'));
}

function isInside(path: string, outer: string): boolean {
  return path !== outer && (outer === '' || path.startsWith(`${outer}.`));
}

function textOf(values: ReadonlyMap<string, Scalar>, uses: OutcomeUses): string {
  const told = [...values].filter(([path]) => (uses.get(path)?.size ?? 0) > 0);
  if (told.length === 0) return 'succeeds';
  return `succeeds with ${told.map(([path, value]) => `${path || 'data'} ${JSON.stringify(value)}`).join(', ')}`;
}

/** `moves.0.vm` = x as `{moves: [{vm: x}]}`. */
function dataOf(values: ReadonlyMap<string, Scalar>): unknown {
  if (values.size === 0) return undefined;
  const own = values.get('');
  if (own !== undefined) return own;
  const heads = new Map<string, Map<string, Scalar>>();
  for (const [path, value] of values) {
    const [head = '', ...rest] = path.split('.');
    heads.set(head, (heads.get(head) ?? new Map<string, Scalar>()).set(rest.join('.'), value));
  }
  const length = heads.get('length')?.get('');
  if (typeof length === 'number') return Array.from({ length: Math.max(0, length) }, () => ({}));
  const entries = [...heads].map(([head, inner]) => [head, dataOf(inner)] as const);
  if (entries.every(([head]) => /^\d+$/.test(head))) {
    const list: unknown[] = [];
    for (const [head, value] of entries) list[Number(head)] = value;
    return Array.from(list, (value) => value ?? {});
  }
  return Object.fromEntries(entries);
}
