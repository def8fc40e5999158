import type { Clock } from './clock.js';
import type { AttituneError, SourcePlace } from './errors.js';

/** A statechart that was read and compiled. What it does is the engine's own; the loop knows this much. */
export interface Diagram {
  readonly name: string;
  readonly file: string;
  /** SHA-256 of its text, in hexadecimal: a session is only taken up again with the diagram that it was begun with. */
  readonly hash: string;
  /** Every state with an id of the author's, in document order. */
  readonly states: readonly DiagramState[];
  /** Every `<invoke type="attitune">`, for checks before anything runs; `src` is empty where it is computed. */
  readonly calls: readonly {
    readonly src: string;
    readonly invokeId?: string;
    readonly params: readonly string[];
    readonly place: SourcePlace;
  }[];
  /** Event descriptors that its transitions wait for, such as `overloaded` or `done.invoke.move`. */
  readonly hears: readonly string[];
  /** Events it raises for the system with `<send type="attitune">`. */
  readonly raises: readonly string[];
  /** Variables whose first value is a text literal: what `$NAME` of a call is where the deployment gives no parameter. */
  readonly constants?: Readonly<Record<string, string>>;
  /** `path` of every `<at:set>`, whose components it changes; absent: not known. */
  readonly sets?: readonly string[];
  /**
   * True where the states that an event leads to depend on that event alone: no variable ever changes, nothing is
   * delayed, and every state hears the same. One session can then answer for many. Absent: not known.
   */
  readonly memoryless?: boolean;
}

export interface DiagramState {
  readonly id: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly parent?: string;
}

/** Reads and runs diagrams. Implemented by `diagrams/statechart`; the loop knows no other part of it. */
export interface DiagramEngine {
  /** Reads a file. All that is wrong with it comes back at once. */
  read(file: string): { readonly diagram?: Diagram; readonly errors: readonly AttituneError[] };
  start(diagram: Diagram, environment: SessionEnvironment): DiagramSession;
  /**
   * Takes a session up where its last checkpoint left it: timers fire at their due time, or at once where that is past;
   * pending operations are called again with their former key and `resumed` set. Throws `diagram-changed` where the
   * diagram is another one than that of the checkpoint and its author gave no rule for the change.
   */
  resume(diagram: Diagram, checkpoint: SessionCheckpoint, environment: SessionEnvironment): DiagramSession;
}

/** A session at rest between two macrosteps, as JSON. */
export interface SessionCheckpoint {
  readonly format: 1;
  readonly diagramHash: string;
  /** Ids of all active states, for people. */
  readonly configuration: readonly string[];
  /** Delayed events that are still to come, and when, in milliseconds since the epoch. */
  readonly timers: readonly { readonly sendId: string; readonly dueAt: number; readonly event: unknown }[];
  /** Operations that were begun and have not answered. */
  readonly operations: readonly PendingOperation[];
  /** The rest, which only the engine understands: variables, history, queues, child sessions. */
  readonly state: unknown;
}

export interface PendingOperation {
  readonly invokeId: string;
  readonly src: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly key: string;
}

/** What a session may use of the world. */
export interface SessionEnvironment {
  readonly id: string;
  readonly clock: Clock;
  /** Names bound in the diagram's data model: `this`, `arg`, `event` … as plain data. */
  readonly data: Readonly<Record<string, unknown>>;
  /**
   * Calls an operation: `src` and `params` of an `<invoke type="attitune">`. What it resolves with is `_event.data` of
   * `done.invoke.ID`; a rejection becomes `error.execution` with `{code, message}` as data. `signal` is aborted when
   * the state is left or the session stopped.
   */
  readonly invoke: (call: OperationCall) => Promise<unknown>;
  /** `<send type="attitune" event="…">`: an event for the system. */
  readonly emit: (event: { readonly name: string; readonly component?: string; readonly arg?: string }) => void;
  /** `<at:set path="this.pid" expr="…"/>`. */
  readonly assign: (path: string, value: unknown) => void;
  /**
   * Called after each macrostep, and when an operation or timer ended, before any effect of it is carried out: what it
   * stores is what the session is taken up from after a crash. Absent: nothing is kept.
   */
  readonly onCheckpoint?: (checkpoint: SessionCheckpoint) => void;
  /** Called after each macrostep that changed the configuration. */
  readonly onStep: (step: DiagramStep) => void;
  readonly onLog: (label: string, value: unknown) => void;
}

export interface OperationCall {
  readonly invokeId: string;
  readonly src: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Names this call, and a repetition of it after a crash: session, invoke id and attempt. */
  readonly key: string;
  /** True where the manager died during the call, so that nobody knows how far it came. */
  readonly resumed?: boolean;
  readonly signal: AbortSignal;
}

export interface DiagramStep {
  /** Ids of all active states, ancestors included, in document order. */
  readonly configuration: readonly string[];
  /** The external event that was processed; absent for the first step. */
  readonly event?: string;
}

export interface DiagramEvent {
  readonly name: string;
  readonly data?: unknown;
}

export interface DiagramSession {
  readonly id: string;
  readonly configuration: readonly string[];
  send(event: DiagramEvent): void;
  /** Stops it and aborts its pending operations. `done` then settles with `stopped`. */
  stop(): void;
  /** Never rejects. */
  readonly done: Promise<SessionResult>;
  /** What `done` settles with, at once when it has ended. Engines that cannot tell it leave it out. */
  readonly result?: SessionResult | undefined;
}

export interface SessionResult {
  /**
   * `final`: a top-level final state was reached. `failed`: an `error.*` event met no transition, or the engine gave up;
   * `stopped`: it was told to stop.
   */
  readonly status: 'final' | 'failed' | 'stopped';
  readonly finalState?: string;
  readonly data?: unknown;
  readonly error?: AttituneError;
}
