import { AttituneError } from '../model/errors.js';
import { parseDurationMs, parseRatio } from '../model/quantity.js';
import type { Constraint } from '../model/deployment.js';
import type { Cluster, Plan } from '../placement/cluster.js';
import { planRelief } from '../placement/relieve.js';
import { planReturn } from '../placement/return-home.js';
import type { MoveLimits } from '../placement/rules.js';

/** Parameters of a `plan:` operation, as the diagram wrote them. */
export type PlanParameters = Readonly<Record<string, string>>;

interface Goal {
  readonly description: string;
  /** What it takes, with the default of each. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly plan: (cluster: Cluster, host: string, limits: MoveLimits, parameters: PlanParameters) => Plan;
}

/** The goals of `plan:GOAL`. */
export const GOALS: Readonly<Record<string, Goal>> = {
  relieve: {
    description: 'Moves the one VM that frees most of a hot host, if another host has room.',
    parameters: { host: 'this', below: '80 %', coolDown: '30 s', minimumGain: '10 %' },
    plan: (cluster, host, limits, { minimumGain = '10 %' }) =>
      planRelief(cluster, { ...limits, host, minimumGain: parseRatio(minimumGain) }),
  },
  return: {
    description: 'Brings back one VM that had been moved away from this host, if there is room for it again.',
    parameters: { host: 'this', below: '60 %', coolDown: '30 s' },
    plan: (cluster, host, limits) => planReturn(cluster, { ...limits, host }),
  },
};

/** Plans for a goal; pure. Throws `unknown-operation` for an unknown goal, `value` or `unknown-attribute` for wrong parameters. */
export function planFor(
  goal: string,
  cluster: Cluster,
  subject: string | undefined,
  constraints: readonly Constraint[],
  given: PlanParameters,
): Plan {
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
  const parameters = { ...known.parameters, ...given };
  const host = parameters['host'] === 'this' ? subject : parameters['host'];
  if (host === undefined || !cluster.hosts.some(({ name }) => name === host)) {
    throw new AttituneError(
      'unknown-host',
      `plan:${goal} needs a host, and "${host ?? 'this'}" is none; give it with <param name="host" expr="…"/>.`,
    );
  }
  const limits: MoveLimits = {
    below: parseRatio(parameters['below'] ?? '80 %'),
    coolDownMs: parseDurationMs(parameters['coolDown'] ?? '30 s'),
    constraints,
  };
  return known.plan(cluster, host, limits, parameters);
}
