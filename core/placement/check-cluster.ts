import type { AttituneError } from '../model/errors.js';
import { checkContradictions } from './check/contradictions.js';
import { Faults } from './check/faults.js';
import { checkNames } from './check/names.js';
import { checkNumbers } from './check/numbers.js';
import type { Cluster } from './cluster.js';

export { pathName, type ClusterPath } from './check/faults.js';

export interface CheckOptions {
  /**
   * True of a cluster that runs: constraints may be on VMs that are not there yet, contradict each other or be broken, and
   * memory may be promised twice; a plan mends that or tells why it can't. A file is to be right. Default: false.
   */
  readonly live?: boolean;
}

/**
 * Everything that is wrong with a cluster, at once: names that are used twice or that nothing has, numbers that cannot be,
 * hard constraints that contradict each other, memory that is promised twice. An empty cluster is right: there is nothing
 * to do in it. The details of each error hold its `path` in the document (`vms[3].memoryMiB`), and the same as `keys`.
 */
export function checkCluster(cluster: Cluster, options: CheckOptions = {}): readonly AttituneError[] {
  const live = options.live === true;
  const faults = new Faults();
  checkNames(cluster, live, faults);
  checkNumbers(cluster, faults);
  // with a wrong name or number, what follows from it would be told as well
  if (!live && faults.errors.length === 0) checkContradictions(cluster, faults);
  return faults.errors;
}
