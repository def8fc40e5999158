import { exponential, type Random } from '../../core/model/random.js';
import type { Balancer } from './balancer.js';

/** What a program offers on a port: how much CPU time a request takes, and what then becomes of it. */
export interface SimulatedService {
  /** Mean CPU time of one request, in milliseconds. */
  readonly cpuMs: number;
  /** How CPU times are distributed; `exponential` where nothing is said: nearest to what was measured under overload. */
  readonly distribution?: Distribution;
  /** Called when the CPU work of a request is done. */
  answer(path: string): ServiceAnswer;
}

/** A response, or a balancer that passes the request on. */
export type ServiceAnswer = { readonly status: number; readonly body: string } | { readonly balancer: Balancer };

/** `erlang` is the sum of four exponential stages: requests for the same page differ, but not by much. */
export type Distribution = 'exponential' | 'erlang' | 'constant';

const ERLANG_STAGES = 4;

const DRAW: Readonly<Record<Distribution, (random: Random, mean: number) => number>> = {
  constant: (_, mean) => mean,
  exponential: (random, mean) => exponential(random, 1 / mean),
  erlang: (random, mean) => {
    let sum = 0;
    for (let stage = 0; stage < ERLANG_STAGES; stage += 1) sum += exponential(random, ERLANG_STAGES / mean);
    return sum;
  },
};

/** The CPU time of one request, in seconds. */
export function drawWork({ cpuMs, distribution = 'exponential' }: SimulatedService, random: Random): number {
  return DRAW[distribution](random, cpuMs / 1000);
}
