/** Load on an entry point, as a scenario asks for it. Implementations: real HTTP requests, and the simulated queueing model. */
export interface LoadGenerator {
  start(request: LoadRequest): LoadRun;
}

export interface LoadRequest {
  readonly url: string;
  readonly phases: readonly LoadPhase[];
  /** A request with no answer after this long has failed. */
  readonly timeoutMs: number;
}

/** Requests at a constant rate, open loop: a slow answer does not delay the next request. */
export interface LoadPhase {
  readonly name: string;
  readonly durationMs: number;
  readonly requestsPerSecond: number;
}

export interface LoadRun {
  /** Settles when the last phase is over and its last request is answered or has failed. */
  readonly done: Promise<void>;
  /** The name of the phase that runs now. */
  readonly phase: string | undefined;
  /** Every finished request so far, in the order of completion. */
  readonly samples: readonly RequestSample[];
  stop(): void;
}

export interface RequestSample {
  /** When it was due, in milliseconds since the epoch. */
  readonly at: number;
  readonly elapsedMs: number;
  readonly phase: string;
  /** Absent: answered with a status below 400. */
  readonly failure?: string;
  /** Which back end answered, where the balancer tells (header `X-Worker`). */
  readonly worker?: string;
}
