import { AttituneError } from '../../../core/model/errors.js';
import type { ErrorCode, SourcePlace } from '../../../core/model/errors.js';
import { isDescendant } from '../chart/chart.js';
import type { Chart, StateNode, InvokeNode } from '../chart/chart.js';
import { plainData } from '../ecmascript/plain-data.js';
import type { ChartState } from '../interpreter/chart-state.js';
import type { Renaming } from './migration.js';

/** The interpreter's state as JSON: states by their ids. */
export interface ChartRecord {
  readonly status: ChartState['status'];
  readonly configuration: readonly string[];
  readonly history: readonly (readonly [string, readonly string[]])[];
  readonly initialised: readonly string[];
  readonly invocations: readonly {
    readonly id: string;
    readonly instance: number;
    readonly state: string;
    readonly index: number;
  }[];
  readonly nextId: number;
  readonly finalState?: string;
  readonly error?: ErrorRecord;
}

export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place?: SourcePlace;
  readonly details: unknown;
}

export function writeChartState(state: ChartState): ChartRecord {
  const { status, configuration, history, initialised, invocations, nextId, finalState, error } = state;
  return {
    status,
    configuration: configuration.map(({ id }) => id),
    history: [...history].map(([node, values]) => [node.id, values.map(({ id }) => id)] as const),
    initialised: [...initialised].map(({ id }) => id),
    invocations: invocations.map(({ id, instance, state: owner, node }) => ({
      ...{ id, instance, state: owner.id, index: owner.invokes.indexOf(node) },
    })),
    nextId,
    ...(finalState === undefined ? {} : { finalState }),
    ...(error ? { error: writeError(error) } : {}),
  };
}

/** Throws `diagram-changed` where a state is gone, or those that are active cannot be so together. */
export function readChartState(record: ChartRecord, renaming: Renaming, output: unknown): ChartState {
  const { chart, stateOf } = renaming;
  const configuration = [...new Set(record.configuration.map(stateOf))].sort((a, b) => a.order - b.order);
  if (record.status === 'running' && !isLegal(configuration, chart)) throw renaming.illegal(configuration);
  return {
    status: record.status,
    configuration,
    history: new Map(record.history.map(([id, values]) => [stateOf(id), values.map(stateOf)])),
    initialised: new Set(record.initialised.map(stateOf)),
    invocations: record.invocations.map(({ id, instance, state, index }) => ({
      ...{ id, instance, state: stateOf(state), node: invokeOf(renaming, state, index) },
    })),
    nextId: record.nextId,
    ...(record.finalState === undefined ? {} : { finalState: stateOf(record.finalState).id }),
    ...(output === undefined ? {} : { output }),
    ...(record.error ? { error: readError(record.error) } : {}),
  };
}

/** The `<invoke>` of a state by its number. */
export function invokeOf(renaming: Renaming, state: string, index: number): InvokeNode {
  const node = renaming.stateOf(state).invokes[index];
  if (!node) throw renaming.refused(`its state "${state}" no longer invokes what it did`);
  return node;
}

/** SCXML 3.13: one child of each compound state, all regions of each parallel one, and all ancestors. */
function isLegal(configuration: readonly StateNode[], chart: Chart): boolean {
  const active = new Set(configuration);
  const count = (children: readonly StateNode[]) => children.filter((child) => active.has(child)).length;
  return (
    count(chart.root.children) === 1 &&
    configuration.every((state) => {
      if (state.kind === 'history' || state.kind === 'scxml') return false;
      const { parent } = state;
      if (!parent || (parent.kind !== 'scxml' && !active.has(parent)) || !isDescendant(state, parent)) return false;
      if (state.kind === 'compound') return count(state.children) === 1;
      return state.kind !== 'parallel' || count(state.children) === state.children.length;
    })
  );
}

export function writeError({ code, message, place, details }: AttituneError): ErrorRecord {
  return { code, message, ...(place ? { place } : {}), details: plainData(details, () => undefined) };
}

export function readError({ code, message, place, details }: ErrorRecord): AttituneError {
  return new AttituneError(code, message, { place, details: details as Readonly<Record<string, unknown>> });
}
