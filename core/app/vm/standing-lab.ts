import { labPaths, standingLabHosts } from '../../../wrappers/lab/index.js';
import { SystemClock } from '../../model/clock.js';
import type { HostEntry } from '../../model/deployment.js';

/** The hosts that `attitune lab up` left standing. Rejects with `lab` where there are none. */
export function standingLab(): Promise<readonly HostEntry[]> {
  return standingLabHosts(labPaths(), new SystemClock());
}
