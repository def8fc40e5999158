import type { StateNode } from '../chart/chart.js';
import type { EcmascriptDataModel } from '../ecmascript/data-model.js';
import type { ChartEvent, ChartState } from '../interpreter/chart-state.js';
import type { PendingWork } from './pending-work.js';
import type { DocumentSource, Receiver } from './session-host.js';

/** A diagram that was invoked and runs. */
export interface ChildSession extends Receiver {
  /** Ends it from outside; what its `<onexit>` holds runs. */
  cancel(): void;
  /** Ends it at once. */
  stop(): void;
  /** What it was started from. */
  readonly source: DocumentSource | undefined;
  /** What a checkpoint is made of. */
  view(): SessionView;
}

/** A session as it is when a checkpoint is taken. */
export interface SessionView {
  readonly id: string;
  readonly hash: string;
  readonly states: readonly StateNode[];
  readonly state: ChartState;
  readonly data: EcmascriptDataModel;
  readonly queue: readonly ChartEvent[];
  readonly effects: PendingWork;
  readonly childrenStarted: number;
  readonly children: readonly ChildView[];
}

export interface ChildView {
  readonly invokeId: string;
  readonly left: boolean;
  readonly source: DocumentSource;
  readonly view: SessionView;
}
