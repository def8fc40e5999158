import { AttituneError } from '../../core/model/errors.js';
import type { HttpClient, HttpResponse } from '../../core/model/executor.js';

const BODY_LIMIT_BYTES = 1024 * 1024;

/** HTTP over real sockets. Each request has a connection of its own, so that none meets one that the server is closing. */
export class UndiciHttpClient implements HttpClient {
  /** Loaded when it is needed: many commands of ours ask nothing, and it takes long. */
  #loaded: ReturnType<typeof load> | undefined;

  async get(
    url: string,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<HttpResponse> {
    const { timeoutMs, signal } = options;
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    try {
      const { request, dispatcher } = await (this.#loaded ??= load());
      const { statusCode, body } = await request(url, {
        dispatcher,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      return { status: statusCode, body: await body.text(), elapsedMs: performance.now() - startedAt };
    } catch (error) {
      if (signal?.aborted)
        throw new AttituneError('cancelled', `The request to ${url} was cancelled.`, { cause: error });
      const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
      throw new AttituneError('host-unreachable', `${url} does not answer: ${reason}.`, { cause: error });
    }
  }

  /** Ends requests that are under way. */
  async close(): Promise<void> {
    await (await this.#loaded)?.dispatcher.destroy();
  }
}

async function load() {
  const { Agent, request } = await import('undici');
  return { request, dispatcher: new Agent({ pipelining: 0, maxResponseSize: BODY_LIMIT_BYTES }) };
}

/** Why a request got no answer, in short: `ECONNREFUSED`, `other side closed` … */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  if (code && /^E[A-Z]+$/.test(code)) return code;
  return error.message || first?.message || code || error.name;
}
