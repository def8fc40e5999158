import { AttituneError } from '../../core/model/errors.js';
import type { BasicHttp, ScxmlEngine } from '../../diagrams/statechart/index.js';
import type { W3cTest } from './manifest.js';
import { LoneChart } from './run-chart.js';

export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** Runs one test of W3C's: it passes by ending in its final state `pass`. */
export async function runW3cTest({ id, file }: W3cTest, engine: ScxmlEngine, http?: BasicHttp): Promise<Outcome> {
  try {
    const chart = new LoneChart(file, engine, http);
    const result = await chart.toTheEnd();
    const at = [...chart.session.configuration].join(' ');
    chart.session.stop();
    if (result?.status === 'final' && result.finalState === 'pass') return { name: id, passed: true };
    return { name: id, passed: false, reason: result?.error?.message ?? `it stands in ${at}` };
  } catch (error) {
    return { name: id, passed: false, reason: AttituneError.from(error).message };
  }
}
