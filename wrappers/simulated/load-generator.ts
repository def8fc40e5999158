import { exponential, type Random } from '../../core/model/random.js';
import type { LoadGenerator, LoadPhase, LoadRequest, LoadRun, RequestSample } from '../../core/model/load.js';
import { AttituneError } from '../../core/model/errors.js';
import type { SimulationKernel } from './kernel.js';
import { endpointOf, type RequestModel, type RequestResult } from './request-model.js';

/** Open-loop load on the request model: requests come at the phase's rate, whatever becomes of those before. */
export class SimulatedLoadGenerator implements LoadGenerator {
  readonly #kernel: SimulationKernel;
  readonly #model: RequestModel;
  readonly #random: Random;
  readonly #arrivals: 'poisson' | 'even';
  readonly #runs = new Set<SimulatedLoadRun>();

  constructor(kernel: SimulationKernel, model: RequestModel, random: Random, arrivals: 'poisson' | 'even') {
    this.#kernel = kernel;
    this.#model = model;
    this.#random = random;
    this.#arrivals = arrivals;
  }

  /** Throws `value` for a URL or a rate that makes no sense. */
  start(request: LoadRequest): LoadRun {
    for (const phase of request.phases) {
      if (!(phase.requestsPerSecond >= 0) || !(phase.durationMs >= 0) || phase.requestsPerSecond === Infinity) {
        throw new AttituneError('value', `Load phase "${phase.name}" needs a rate and a duration of 0 or more.`);
      }
    }
    const run = new SimulatedLoadRun(this.#kernel, this.#model, request, (rate) =>
      this.#arrivals === 'even' ? 1 / rate : exponential(this.#random, rate),
    );
    this.#runs.add(run);
    void run.done.then(() => this.#runs.delete(run));
    this.#kernel.catchUp();
    run.begin();
    return run;
  }

  /** Ends every run at once, without waiting for answers: the simulation is over. */
  abandon(): void {
    for (const run of [...this.#runs]) run.abandon();
  }
}

class SimulatedLoadRun implements LoadRun {
  readonly done: Promise<void>;
  readonly samples: RequestSample[] = [];
  readonly #kernel: SimulationKernel;
  readonly #model: RequestModel;
  readonly #request: LoadRequest;
  readonly #endpoint: ReturnType<typeof endpointOf>;
  readonly #interval: (rate: number) => number;
  #settle: () => void = () => undefined;
  #phase: LoadPhase | undefined;
  #open = 0;
  #over = false;

  constructor(kernel: SimulationKernel, model: RequestModel, request: LoadRequest, interval: (rate: number) => number) {
    this.#kernel = kernel;
    this.#model = model;
    this.#request = request;
    this.#interval = interval;
    this.#endpoint = endpointOf(request.url);
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get phase(): string | undefined {
    return this.#phase?.name;
  }

  begin(): void {
    this.#enter(0, this.#kernel.now);
  }

  stop(): void {
    this.#over = true;
    this.#phase = undefined;
    this.#check();
  }

  abandon(): void {
    this.#open = 0;
    this.stop();
  }

  #enter(index: number, at: number): void {
    if (this.#over) return;
    const phase = this.#request.phases[index];
    this.#phase = phase;
    if (!phase) {
      this.stop();
      return;
    }
    const endsAt = at + phase.durationMs;
    this.#next(phase, at, endsAt);
    this.#kernel.at(endsAt, () => this.#enter(index + 1, endsAt));
  }

  #next(phase: LoadPhase, from: number, endsAt: number): void {
    if (phase.requestsPerSecond === 0) return;
    const at = from + 1000 * this.#interval(phase.requestsPerSecond);
    if (at >= endsAt) return;
    this.#kernel.at(at, () => {
      if (this.#over) return;
      this.#open += 1;
      this.#model.send(this.#endpoint, this.#request.timeoutMs, (result) => this.#finished(phase, at, result));
      this.#next(phase, at, endsAt);
    });
  }

  #finished(phase: LoadPhase, at: number, result: RequestResult): void {
    this.#open -= 1;
    const failure =
      result.failure ?? (result.status !== undefined && result.status >= 400 ? `HTTP ${result.status}` : undefined);
    this.samples.push({
      at,
      elapsedMs: result.elapsedMs,
      phase: phase.name,
      ...(failure === undefined ? {} : { failure }),
      ...(result.worker === undefined ? {} : { worker: result.worker }),
    });
    this.#check();
  }

  #check(): void {
    if (this.#over && this.#open === 0) this.#settle();
  }
}
