import type { DataRecord } from '../ecmascript/data-places.js';
import type { ChartRecord } from './chart-record.js';
import type { Graph } from './graph.js';

/** What `SessionCheckpoint.state` holds. */
export interface SessionsRecord {
  readonly session: SessionRecord;
  /** The next number of the order in which timers are set and effects carried out. */
  readonly next: number;
}

/** One session between two macrosteps, with the diagrams that it invoked. */
export interface SessionRecord {
  readonly id: string;
  /** Of its diagram. */
  readonly hash: string;
  readonly chart: ChartRecord;
  readonly data: DataRecord;
  /** {@link Messages}. */
  readonly messages: Graph;
  readonly attempts: number;
  readonly childrenStarted: number;
  /** When it began to carry out what it has not carried out yet. */
  readonly turn: number;
  readonly busy: boolean;
  readonly children: readonly ChildRecord[];
}

export interface ChildRecord {
  readonly invokeId: string;
  readonly instance: number;
  /** True where it was cancelled and has not ended yet. */
  readonly left: boolean;
  /** State and number of its `<invoke>`. */
  readonly state: string;
  readonly index: number;
  readonly src: string | null;
  /** The text of a document that was computed. */
  readonly content: string | null;
  readonly session: SessionRecord;
}
