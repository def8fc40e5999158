import { parseDurationMs, parseRatio } from '../../../model/quantity.js';
import { planConsolidation } from '../../../placement/consolidate/index.js';
import type { Goals } from './goal.js';

/** Goals of the policy that is measured on recorded days. */
export const CONSOLIDATION_GOALS: Goals = {
  consolidate: {
    description:
      'Few hosts in use and none overloaded: relieves those that are, and empties what the others can do without.',
    parameters: { below: '90 %', emptyBelow: '87 %', coolDown: '10 min', hold: '0 s' },
    reads: 'cluster',
    plan: ({ system, cluster }, { below = '', emptyBelow = '', coolDown = '', hold = '' }) => {
      const { classes } = system.deployment;
      const families = new Set(classes.filter(({ name }) => system.kindOf(name) === 'vm').map(({ hosts }) => hosts));
      const used = new Set(cluster.vms.map(({ host }) => host));
      // hosts that can never have a VM need no readings
      const hosts = cluster.hosts.filter(({ name, family }) => families.has(family) || used.has(name));
      return planConsolidation(
        { ...cluster, hosts },
        {
          limits: { below: parseRatio(below), coolDownMs: parseDurationMs(coolDown), holdMs: parseDurationMs(hold) },
          settings: { emptyBelow: parseRatio(emptyBelow) },
        },
      );
    },
  },
};
