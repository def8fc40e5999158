import type { HttpClient, HttpResponse } from '../../core/model/executor.js';
import { AttituneError } from '../../core/model/errors.js';
import type { SimulationKernel } from './kernel.js';
import { endpointOf, type RequestModel } from './request-model.js';

/** Answers for the addresses of simulated machines, after the response time that they have now. */
export class SimulatedHttpClient implements HttpClient {
  readonly #kernel: SimulationKernel;
  readonly #model: RequestModel;

  constructor(kernel: SimulationKernel, model: RequestModel) {
    this.#kernel = kernel;
    this.#model = model;
  }

  /** Rejects with `host-unreachable` where nothing listens or answers, with `cancelled` when aborted. */
  get(url: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const endpoint = endpointOf(url);
      const { signal, timeoutMs } = options;
      const onAbort = () =>
        reject(new AttituneError('cancelled', `GET ${url} was cancelled.`, { cause: signal?.reason }));
      if (signal?.aborted) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#kernel.catchUp();
      this.#model.send(endpoint, timeoutMs, ({ status, body, failure, elapsedMs }) => {
        signal?.removeEventListener('abort', onAbort);
        if (status === undefined) {
          reject(new AttituneError('host-unreachable', `GET ${url}: ${failure ?? 'no answer'}.`));
        } else {
          resolve({ status, body, elapsedMs });
        }
      });
    });
  }
}
