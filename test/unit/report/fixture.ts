import type { MigrationRecord } from '../../../core/model/administration.js';
import type { RequestSample } from '../../../core/model/load.js';
import type { Expectation } from '../../../core/model/scenario.js';
import type { RunRecord } from '../../../core/app/report/report.js';

export const START = 1_700_000_000_000;

export const PHASES = [
  { name: 'calm', from: START, to: START + 10_000 },
  { name: 'rush', from: START + 10_000, to: START + 30_000 },
];

/** A request due `seconds` after the start. */
export function request(seconds: number, elapsedMs: number, more: Partial<RequestSample> = {}): RequestSample {
  return { at: START + seconds * 1000, elapsedMs, phase: seconds < 10 ? 'calm' : 'rush', ...more };
}

/** A migration that starts `seconds` after the start. */
export function migration(seconds: number, more: Partial<MigrationRecord> = {}): MigrationRecord {
  return {
    vm: 'Machine_1',
    from: 'host1',
    to: 'host2',
    startedAt: START + seconds * 1000,
    elapsedMs: 3000,
    downtimeMs: 40,
    cause: 'host1 was overloaded',
    ...more,
  };
}

export function expectation(that: string, comparison: Expectation['comparison'], to: string, line = 1): Expectation {
  return { that, comparison, to, place: { file: 'test.scenario.xml', line, column: 5 } };
}

export function run(more: Partial<RunRecord> = {}): RunRecord {
  return { phases: PHASES, requests: [], migrations: [], durationMs: 30_000, ...more };
}
