import { AttituneError } from '../../model/errors.js';
import type { Plan } from '../../placement/cluster.js';
import { GOALS } from './goals/index.js';
import type { PlanGround, PlanParameters } from './goals/goal.js';

export { GOALS } from './goals/index.js';
export type { PlanGround, PlanParameters } from './goals/goal.js';

/**
 * Plans for a goal; pure. Throws `unknown-operation` for an unknown goal, `value`, `unknown-attribute` or `unknown-host`
 * for wrong parameters.
 */
export function planFor(goal: string, ground: PlanGround, given: PlanParameters): Plan {
  const known = GOALS[goal];
  if (!known)
    throw new AttituneError(
      'unknown-operation',
      `"plan:${goal}" is no goal; there are ${Object.keys(GOALS)
        .map((name) => `plan:${name}`)
        .join(', ')}.`,
    );
  const wrong = Object.keys(given).find((name) => !(name in known.parameters));
  if (wrong) {
    throw new AttituneError(
      'unknown-attribute',
      `plan:${goal} takes no parameter "${wrong}"; it takes ${Object.keys(known.parameters).join(', ')}.`,
    );
  }
  return known.plan(ground, { ...known.parameters, ...given });
}
