import { AttituneError } from '../../../model/errors.js';
import { parseDurationMs } from '../../../model/quantity.js';
import type { Plan } from '../../../placement/cluster.js';
import { planGroup } from '../../../placement/queue-groups.js';
import { countingSoftware } from '../placing.js';
import { queueGroups } from '../queue-groups.js';
import type { Goals, PlanGround, PlanParameters } from './goal.js';

/** Groups of users with queues, whose machines come and go on demand. */
export const GROUP_GOALS: Goals = {
  group: {
    description:
      'Tells whether a group grows by one of the class "of", gives one back, or makes way for a group below its share.',
    parameters: { of: '', coolDown: '30 s' },
    reads: 'system',
    plan: planOwn,
  },
};

function planOwn({ system, cluster, scope }: PlanGround, { of = '', coolDown = '' }: PlanParameters): Plan {
  const groups = queueGroups(system, cluster, parseDurationMs(coolDown));
  const machines = groups.map(({ next }) => next.className);
  const own = groups[machines.indexOf(of)];
  if (!own)
    throw new AttituneError(
      'unknown-class',
      `plan:group needs the class of a group's machines, and "${of}" is that of none; there are ${machines.join(', ') || 'none: give queues the attributes "machines" and "share"'}.`,
    );
  const seen = machines.reduce((all, className) => countingSoftware(system, all, className), cluster);
  const node = scope.this;
  const idle = node && own.machines.find(({ name }) => name === node.name || name === system.nodeOf(node)?.name)?.name;
  return planGroup(seen, groups, own, {
    constraints: system.deployment.constraints,
    ...(idle === undefined ? {} : { idle }),
  });
}
