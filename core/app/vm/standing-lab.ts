import { labPaths, standingLabHosts } from '../../../wrappers/lab/index.js';
import { SystemClock } from '../../model/clock.js';
import type { SelectedHosts } from './host-selection.js';

/** The hosts that `attitune lab up` left standing. Rejects with `lab` where there are none. */
export async function standingLab(): Promise<SelectedHosts> {
  const entries = await standingLabHosts(labPaths(), new SystemClock());
  return { entries, source: 'the lab', unsafe: true };
}
