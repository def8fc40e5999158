import type { AttituneError } from '../../../core/model/errors.js';
import type { Chart, StateNode, InvokeNode } from '../chart/chart.js';
import type { EcmascriptDataModel } from '../ecmascript/data-model.js';
import type { EventView } from '../ecmascript/event-view.js';

/** An event on its way through a session. */
export interface ChartEvent extends EventView {
  /** Of an `error.*`: what happened, in the form in which the session fails with it if nobody handles it. */
  readonly cause?: AttituneError | undefined;
  /** {@link Invocation.instance} that it comes from; unlike `invokeid` it is not passed on by `autoforward`. */
  readonly invocation?: number | undefined;
  /** True where it is the last that comes from there. */
  readonly ends?: boolean;
  /** True where nobody is to hear it once its invocation was cancelled. */
  readonly whilePending?: boolean;
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

/** An operation that was called, or a diagram that was started, and has not ended. */
export interface Invocation {
  readonly id: string;
  /** Tells it from an earlier one of the same id, whose last events may still be on their way. */
  readonly instance: number;
  readonly state: StateNode;
  readonly node: InvokeNode;
}

/** What a macrostep wants done in the world, in order. */
export type Effect =
  | {
      readonly kind: 'send';
      readonly sendId: string;
      readonly delayMs: number;
      /** Fixed when it is written down before it is done; milliseconds since the epoch. */
      readonly dueAt?: number;
      /** Empty for the session itself, else `#_parent`, `#_scxml_ID` or `#_INVOKEID`. */
      readonly target: string;
      readonly event: ChartEvent;
    }
  | {
      readonly kind: 'post';
      readonly sendId: string;
      readonly delayMs: number;
      /** Fixed when it is written down before it is done; milliseconds since the epoch. */
      readonly dueAt?: number;
      readonly url: string;
      readonly message: OutgoingMessage;
    }
  | {
      readonly kind: 'emit';
      readonly sendId: string;
      readonly delayMs: number;
      /** Fixed when it is written down before it is done; milliseconds since the epoch. */
      readonly dueAt?: number;
      readonly event: { readonly name: string; readonly component?: string; readonly arg?: string };
    }
  | { readonly kind: 'cancel'; readonly sendId: string }
  | {
      readonly kind: 'invoke';
      readonly invokeId: string;
      readonly instance: number;
      readonly src: string;
      readonly params: Readonly<Record<string, unknown>>;
      readonly state: string;
      /** Fixed when it is written down before it is done. */
      readonly key?: string;
      /** True where it may have been done before a crash. */
      readonly resumed?: boolean;
    }
  | {
      readonly kind: 'start';
      readonly invokeId: string;
      readonly instance: number;
      readonly node: InvokeNode;
      readonly src: string | undefined;
      readonly content: unknown;
      readonly params: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'forward'; readonly invokeId: string; readonly event: ChartEvent }
  | { readonly kind: 'cancelInvoke'; readonly invokeId: string }
  | { readonly kind: 'log'; readonly label: string; readonly value: unknown }
  | { readonly kind: 'assign'; readonly path: string; readonly value: unknown; readonly state: string };

/** What `<send>` gives to the Basic HTTP Event I/O Processor (SCXML C.2). */
export interface OutgoingMessage {
  readonly event: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly content: unknown;
}

/** Ends a session as if its last state were left: what `<onexit>` holds runs. Known by its identity. */
export const CANCEL: ChartEvent = { name: 'cancel.invoke', type: 'platform' };

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
  /** Whether an event can be sent to `#_parent`, or to another session by `#_scxml_ID`. Absent: to none. */
  readonly canReach?: (target: string) => boolean;
  /** True where messages can be sent by HTTP. */
  readonly hasHttp?: boolean;
  /** Microsteps that one macrostep may take. */
  readonly mostMicrosteps: number;
}

export type StepResult = readonly [ChartState, readonly Effect[]];
