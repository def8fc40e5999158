import type { Cluster, Plan } from '../cluster.js';
import { planPlacement, type PlacementLimits } from '../plan-placement.js';

export interface CloserOptions {
  readonly limits: PlacementLimits;
  readonly seed: number;
}

/**
 * Brings VMs that talk to each other closer: traffic times distance becomes smaller, as far as hosts have room and the
 * gain is worth the migrations. One unit of gain is 1 Gbit/s less over a distance of 1.
 */
export function planCloser(cluster: Cluster, { limits, seed }: CloserOptions): Plan {
  const goal = 'closer';
  const nothing = (why: string): Plan => ({ goal, answer: 'nothing-to-do', moves: [], rejected: [], why });
  if (!cluster.network)
    return nothing('the deployment tells no distances: give hosts a site or a rack, or <distances>');
  if (cluster.network.traffic.length === 0) return nothing('no traffic between VMs is known');
  return planPlacement(cluster, { goal, objectives: [{ type: 'network' }], limits, search: { seed } });
}
