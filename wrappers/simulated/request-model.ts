import type { Random } from '../../core/model/random.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Balancer, BalancerMember } from './balancer.js';
import type { SimulationKernel } from './kernel.js';
import type { SimulatedNetwork } from './network.js';
import type { SimulationSettings } from './options.js';
import type { SimulatedProcess } from './process.js';
import { drawWork } from './service.js';

/** How a request ended. */
export interface RequestResult {
  /** Absent where there was no answer; then `failure` says why. */
  readonly status?: number;
  readonly body: string;
  readonly failure?: string;
  readonly elapsedMs: number;
  readonly worker?: string;
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly path: string;
}

/** What a stage hands back: an answer, or that it was broken off (`refused`, `silent` before, `reset` after it began). */
type StageResult =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly worker?: string }
  | { readonly kind: 'refused' | 'silent' | 'reset' };

const UNAVAILABLE = { kind: 'answer', status: 503, body: 'Service Unavailable' } as const;
const BAD_GATEWAY = { kind: 'answer', status: 502, body: 'Bad Gateway' } as const;

/**
 * The way of a request through the simulated system, as an open network of processor-sharing queues: the CPU work of
 * the program that listens (its machine's share of its host), then, if that is a balancer, of one of its back ends. A
 * request to a guest that stands still waits there, as TCP lets it; one to a dead address waits in vain.
 */
export class RequestModel {
  readonly #kernel: SimulationKernel;
  readonly #network: SimulatedNetwork;
  readonly #random: Random;
  readonly #settings: SimulationSettings;

  constructor(parts: {
    readonly kernel: SimulationKernel;
    readonly network: SimulatedNetwork;
    readonly random: Random;
    readonly settings: SimulationSettings;
  }) {
    this.#kernel = parts.kernel;
    this.#network = parts.network;
    this.#random = parts.random;
    this.#settings = parts.settings;
  }

  /** Sends a request now (in the kernel's time); `done` is called once, at the latest after `timeoutMs`. */
  send(endpoint: Endpoint, timeoutMs: number, done: (result: RequestResult) => void): void {
    const startedAt = this.#kernel.now;
    let open = true;
    const finish = (result: Omit<RequestResult, 'elapsedMs'>, elapsedMs: number) => {
      if (!open) return;
      open = false;
      done({ ...result, elapsedMs });
    };
    this.#kernel.at(startedAt + timeoutMs, () =>
      finish({ body: '', failure: `no answer within ${timeoutMs} ms` }, timeoutMs),
    );
    this.#stage(endpoint, (result, at) => {
      const elapsedMs = at - startedAt + this.#settings.roundTripMs;
      if (result.kind === 'answer') {
        const { status, body, worker } = result;
        finish({ status, body, ...(worker === undefined ? {} : { worker }) }, elapsedMs);
      } else if (result.kind === 'refused') {
        finish({ body: '', failure: `connection to ${endpoint.address}:${endpoint.port} refused` }, elapsedMs);
      } else if (result.kind === 'reset') {
        finish({ body: '', failure: `connection to ${endpoint.address}:${endpoint.port} reset` }, elapsedMs);
      }
      // a silent address ends by the time-out alone
    });
  }

  #stage({ address, port, path }: Endpoint, done: (result: StageResult, at: number) => void): void {
    const connection = this.#network.connect(address, port);
    if (typeof connection === 'string') {
      done({ kind: connection }, this.#kernel.now);
      return;
    }
    const { machine, listener } = connection;
    const { process, service } = listener;
    process.requests += 1;
    const end = (result: StageResult, at: number) => {
      process.requests -= 1;
      done(result, at);
    };
    this.#kernel.submit(machine.processor, machine.share, drawWork(service, this.#random), {
      owner: process,
      drop: (at) => end({ kind: 'reset' }, at),
      finish: (at) => {
        const answer = service.answer(path);
        if (!('balancer' in answer)) end({ kind: 'answer', ...answer }, at);
        else this.#forward(answer.balancer, path, process, new Set(), end);
      },
    });
  }

  #forward(
    balancer: Balancer,
    path: string,
    process: SimulatedProcess,
    tried: Set<BalancerMember>,
    done: (result: StageResult, at: number) => void,
  ): void {
    const member = balancer.choose(this.#kernel.now, tried);
    if (!member) {
      done(UNAVAILABLE, this.#kernel.now);
      return;
    }
    tried.add(member);
    const next = () => {
      balancer.failed(member, this.#kernel.now);
      if (process.alive) this.#forward(balancer, path, process, tried, done);
      else done({ kind: 'reset' }, this.#kernel.now);
    };
    this.#stage({ address: member.address, port: member.port, path }, (result, at) => {
      if (!process.alive) done({ kind: 'reset' }, at);
      else if (result.kind === 'answer') {
        balancer.succeeded(member);
        done(member.route === undefined ? result : { ...result, worker: member.route }, at);
      } else if (result.kind === 'reset') {
        balancer.failed(member, at);
        done(BAD_GATEWAY, at);
      } else if (result.kind === 'refused') {
        next();
      } else {
        this.#kernel.at(at + this.#settings.connectTimeoutMs, next);
      }
    });
  }
}

/** Address, port and path of an `http:` URL. Throws `value`. */
export function endpointOf(url: string): Endpoint {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new AttituneError('value', `"${url}" is not a URL; give one such as http://10.0.0.1:80/.`, { cause });
  }
  if (parsed.protocol !== 'http:') {
    throw new AttituneError('value', `The simulation answers http: only, not "${url}".`);
  }
  return { address: parsed.hostname, port: Number(parsed.port || 80), path: parsed.pathname + parsed.search };
}
