import type { AttituneError } from '../../../core/model/errors.js';
import type { Chart, StateNode } from '../chart/chart.js';
import type { InvokeNode } from '../chart/content.js';
import type { EcmascriptDataModel } from '../ecmascript/data-model.js';
import type { EventView } from '../ecmascript/event-view.js';

/** An event on its way through a session. */
export interface ChartEvent extends EventView {
  /** Of an `error.*`: what happened, in the form in which the session fails with it if nobody handles it. */
  readonly cause?: AttituneError | undefined;
}

/** A session between two macrosteps; its variables are in the data model. Immutable. */
export interface ChartState {
  readonly status: 'running' | 'final' | 'failed' | 'stopped';
  /** Active states, ancestors included and the root left out, in document order. */
  readonly configuration: readonly StateNode[];
  readonly history: ReadonlyMap<StateNode, readonly StateNode[]>;
  /** States whose late-bound data is there. */
  readonly initialised: ReadonlySet<StateNode>;
  readonly invocations: readonly Invocation[];
  /** For ids that the author did not give. */
  readonly nextId: number;
  /** Set with status `final`. */
  readonly finalState?: string;
  readonly output?: unknown;
  /** Set with status `failed`. */
  readonly error?: AttituneError;
}

/** A pending operation. */
export interface Invocation {
  readonly id: string;
  readonly state: StateNode;
  readonly node: InvokeNode;
}

/** What a macrostep wants done in the world, in order. */
export type Effect =
  | { readonly kind: 'send'; readonly sendId: string; readonly delayMs: number; readonly event: ChartEvent }
  | {
      readonly kind: 'emit';
      readonly sendId: string;
      readonly delayMs: number;
      readonly event: { readonly name: string; readonly component?: string; readonly arg?: string };
    }
  | { readonly kind: 'cancel'; readonly sendId: string }
  | {
      readonly kind: 'invoke';
      readonly invokeId: string;
      readonly src: string;
      readonly params: Readonly<Record<string, unknown>>;
      readonly state: string;
    }
  | { readonly kind: 'cancelInvoke'; readonly invokeId: string }
  | { readonly kind: 'log'; readonly label: string; readonly value: unknown }
  | { readonly kind: 'assign'; readonly path: string; readonly value: unknown; readonly state: string };

export const INITIAL_STATE: ChartState = {
  status: 'running',
  configuration: [],
  history: new Map(),
  initialised: new Set(),
  invocations: [],
  nextId: 1,
};

/** What stays the same over a session. */
export interface InterpreterContext {
  readonly chart: Chart;
  readonly data: EcmascriptDataModel;
  readonly sessionId: string;
  /** What becomes of an `error.*` that meets no transition: `fail` ends the session, `ignore` is the standard's way. */
  readonly unhandledErrors: 'fail' | 'ignore';
  /** Microsteps that one macrostep may take. */
  readonly mostMicrosteps: number;
}

export type StepResult = readonly [ChartState, readonly Effect[]];
