import type { Plan } from '../../placement/cluster.js';

/** What `attitune plan --json` prints. The measures of `before` and `after` have the same names. */
export function planJson(plan: Plan): Readonly<Record<string, unknown>> {
  const { goal, answer, moves, rejected, before = {}, after = before, elapsedMs = 0, why } = plan;
  const { conflict, wake, powerOff, left } = plan;
  return {
    feasible: answer !== 'infeasible',
    moves,
    before,
    after,
    rejected,
    elapsedMs,
    goal,
    answer,
    why,
    ...(conflict ? { conflict } : {}),
    ...(wake ? { wake } : {}),
    ...(powerOff ? { powerOff } : {}),
    ...(left ? { left } : {}),
  };
}
