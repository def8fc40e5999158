import type { Balancer } from './balancer.js';

/** What a program offers on a port: how much CPU time a request takes, and what then becomes of it. */
export interface SimulatedService {
  /** Mean CPU time of one request, in milliseconds. */
  readonly cpuMs: number;
  /** How CPU times are distributed; exponential where nothing is said. */
  readonly distribution?: 'exponential' | 'constant';
  /** Called when the CPU work of a request is done. */
  answer(path: string): ServiceAnswer;
}

/** A response, or a balancer that passes the request on. */
export type ServiceAnswer = { readonly status: number; readonly body: string } | { readonly balancer: Balancer };
