import type { Infrastructure } from '../../model/infrastructure.js';
import type { Scenario } from '../../model/scenario.js';
import { evaluate } from './expectations.js';
import { measures } from './measures.js';
import type { RunRecord, ScenarioReport } from './report.js';
import { summarise } from './summary.js';

/**
 * The report of a run.
 * @throws AttituneError `unknown-measure` or `value` for an expectation that cannot be read
 */
export function buildReport(
  scenario: Pick<Scenario, 'name' | 'expectations'>,
  infrastructure: Infrastructure['kind'],
  run: RunRecord,
): ScenarioReport {
  const expectations = evaluate(scenario.expectations, measures(run));
  return {
    scenario: scenario.name,
    infrastructure,
    passed: expectations.every((result) => result.passed),
    expectations,
    requests: summarise(run.requests, run.phases, run.workers),
    migrations: run.migrations,
    distribution: run.distribution ?? { before: {}, after: {} },
    ...(run.roles ? { roles: run.roles } : {}),
    ...(run.settledMs === undefined ? {} : { settledMs: run.settledMs }),
    durationMs: run.durationMs,
  };
}
