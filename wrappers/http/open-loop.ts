import { Agent, Pool, type Dispatcher } from 'undici';
import type { LoadPhase, RequestSample } from '../../core/model/load.js';
import type { LoadTask } from './load-messages.js';
import { reasonOf } from './undici-http-client.js';

/** The server closed a kept connection, or lost it, before it answered. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * Requests at a constant rate, whatever becomes of the answers (open loop). The time of an answer counts from when its
 * request was due, not from when it could be sent: what a slow server holds up is not left out (coordinated omission).
 * A GET whose kept connection the server closes without an answer is sent once more over a new one, as RFC 9112, 9.3.1
 * says of clients and browsers do; its time still counts from when it was due.
 */
export class OpenLoop {
  readonly #task: LoadTask;
  readonly #kept: Pool;
  readonly #fresh: Agent;
  readonly #origin: string;
  readonly #path: string;
  readonly #onSample: (sample: RequestSample) => void;
  readonly #underWay = new Set<Promise<void>>();
  #phase: string | undefined;

  constructor(task: LoadTask, onSample: (sample: RequestSample) => void) {
    const url = new URL(task.url);
    this.#task = task;
    this.#onSample = onSample;
    this.#origin = url.origin;
    this.#path = `${url.pathname}${url.search}`;
    const limits = {
      connect: { timeout: task.timeoutMs },
      // these are bounded by each request's own time
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const fresh = Math.max(1, Math.floor(task.connections / 4));
    this.#kept = new Pool(url.origin, { ...limits, connections: Math.max(1, task.connections - fresh), pipelining: 1 });
    this.#fresh = new Agent({ ...limits, connections: fresh, pipelining: 0 });
  }

  get phase(): string | undefined {
    return this.#phase;
  }

  /** Resolves when the last phase is over and its last request has ended. */
  async run(): Promise<void> {
    let startedAt = now();
    for (const phase of this.#task.phases) {
      this.#phase = phase.name;
      await this.#runPhase(phase, startedAt);
      startedAt += phase.durationMs;
      await sleepUntil(startedAt);
    }
    this.#phase = undefined;
    await Promise.all(this.#underWay);
    await Promise.all([this.#kept.destroy(), this.#fresh.destroy()]);
  }

  async #runPhase(phase: LoadPhase, startedAt: number): Promise<void> {
    const total = Math.round((phase.durationMs * phase.requestsPerSecond) / 1000);
    for (let index = 0; index < total; index += 1) {
      const due = startedAt + (index * 1000) / phase.requestsPerSecond;
      if (due > now()) await sleepUntil(due);
      const request = this.#send(phase.name, due).finally(() => this.#underWay.delete(request));
      this.#underWay.add(request);
    }
  }

  async #send(phase: string, due: number): Promise<void> {
    const { timeoutMs } = this.#task;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), Math.max(0, due + timeoutMs - now()));
    let told: { readonly failure?: string; readonly worker?: string };
    try {
      told = await this.#get(this.#kept, controller.signal);
    } catch (error) {
      told = { failure: controller.signal.aborted ? `time-out after ${timeoutMs} ms` : reasonOf(error) };
    } finally {
      clearTimeout(timer);
    }
    this.#onSample({ at: due, elapsedMs: now() - due, phase, ...told });
  }

  async #get(over: Dispatcher, signal: AbortSignal): Promise<{ readonly failure?: string; readonly worker?: string }> {
    let response: Dispatcher.ResponseData;
    try {
      response = await over.request({ origin: this.#origin, path: this.#path, method: 'GET', signal });
    } catch (error) {
      if (over === this.#fresh || signal.aborted || !CLOSED.has((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
      return this.#get(this.#fresh, signal);
    }
    const { statusCode, headers, body } = response;
    await body.arrayBuffer();
    const worker = headers['x-worker'];
    return {
      ...(statusCode >= 400 ? { failure: `HTTP ${statusCode}` } : {}),
      ...(typeof worker === 'string' ? { worker } : {}),
    };
  }
}

/** Milliseconds since the epoch, monotonic and finer than a millisecond. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function sleepUntil(at: number): Promise<void> {
  // a timer may fire up to a millisecond early
  for (let left = at - now(); left > 0; left = at - now()) await new Promise((resolve) => setTimeout(resolve, left));
}
