import type { InspectionEvent } from 'xstate';
import type { Chart, InvokeNode } from '../chart/chart.js';
import type { Program } from '../ecmascript/program.js';
import type { ChartEvent, OutgoingMessage } from '../interpreter/chart-state.js';

/** What an engine's sessions have in common. */
export interface SessionOptions {
  /** How long one expression or script may run. */
  readonly timeLimitMs: number;
  readonly mostMicrosteps: number;
  readonly unhandledErrors: 'fail' | 'ignore';
  /** XState's inspector. */
  readonly inspect: ((event: InspectionEvent) => void) | undefined;
}

/** A session as others see it. */
export interface Receiver {
  /** `fromOutside`: it comes from no session of the engine. */
  receive(event: ChartEvent, fromOutside?: boolean): void;
}

/** Where an invoked diagram comes from. */
export interface DocumentSource {
  readonly node: InvokeNode;
  /** Which invocation of it. */
  readonly instance: number;
  readonly src: string | undefined;
  /** The value of `<content>`, where it is computed. */
  readonly content: unknown;
}

/** What sessions ask of their engine. */
export interface SessionHost {
  readonly options: SessionOptions;
  /** Running sessions by id, invoked ones included. */
  readonly sessions: Map<string, Receiver>;
  /** Messages by HTTP; absent while it is not opened. */
  readonly http: HttpLink | undefined;
  program(chart: Chart, names: readonly string[]): Program;
  /** The diagram to start for an `<invoke>` in `parent`. Throws what is wrong with it. */
  document(source: DocumentSource, parent: Chart): Chart;
}

/** The Basic HTTP Event I/O Processor as sessions see it. */
export interface HttpLink {
  /** Where a session receives messages. */
  locationOf(sessionId: string): string;
  /** Sends a message. Rejects with an `AttituneError` where the receiver cannot be reached or refuses it. */
  post(url: string, message: OutgoingMessage): Promise<void>;
}
