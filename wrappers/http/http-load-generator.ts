import { Worker } from 'node:worker_threads';
import { AttituneError } from '../../core/model/errors.js';
import type { LoadGenerator, LoadRequest, LoadRun, RequestSample } from '../../core/model/load.js';
import type { LoadBatch, LoadTask } from './load-messages.js';

/**
 * Load by real requests over kept connections. It runs in a thread of its own, so that neither disturbs the manager's
 * event loop nor is disturbed by it.
 */
export class HttpLoadGenerator implements LoadGenerator {
  readonly #connections: number;

  /** `connections`: at most so many sockets are open at once. */
  constructor({ connections = 256 }: { readonly connections?: number } = {}) {
    this.#connections = connections;
  }

  start(request: LoadRequest): LoadRun {
    return new ThreadedRun({ ...request, connections: this.#connections });
  }
}

class ThreadedRun implements LoadRun {
  readonly done: Promise<void>;
  readonly samples: RequestSample[] = [];
  #phase: string | undefined;
  readonly #worker: Worker;
  #finish: () => void = () => undefined;

  constructor(task: LoadTask) {
    this.#phase = task.phases[0]?.name;
    this.#worker = new Worker(new URL('./load-worker.js', import.meta.url), { workerData: task });
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#worker.on('message', (batch: LoadBatch) => {
        for (const sample of batch.samples) this.samples.push(sample);
        this.#phase = batch.phase;
        if (batch.done) this.stop();
      });
      this.#worker.once('error', (error) => {
        this.#phase = undefined;
        reject(AttituneError.from(error, 'internal', 'the load generator failed'));
      });
      this.#worker.once('exit', () => this.stop());
    });
  }

  get phase(): string | undefined {
    return this.#phase;
  }

  /** Ends at once; requests under way leave no sample. */
  stop(): void {
    this.#phase = undefined;
    this.#finish();
    void this.#worker.terminate();
  }
}
