import type { LoadRequest, RequestSample } from '../../core/model/load.js';

/** What the worker thread of a load is given. */
export interface LoadTask extends LoadRequest {
  readonly connections: number;
}

/** What it sends, several times a second. */
export interface LoadBatch {
  readonly samples: readonly RequestSample[];
  /** Absent once the last phase is over. */
  readonly phase?: string;
  /** True in the last one. */
  readonly done: boolean;
}
