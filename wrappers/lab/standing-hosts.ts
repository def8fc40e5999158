import type { Clock } from '../../core/model/clock.js';
import type { HostEntry } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { LabPaths } from './lab-paths.js';
import { HOST_BRIDGE } from './lab-plan.js';
import { LabLock } from './life/lab-lock.js';
import { LabRecordFile } from './life/lab-state.js';
import { addressOf } from './subnet.js';

/** The end of the range that the lab's own guests have their addresses in from its beginning. */
const FIRST = 201;
const LAST = 250;

/**
 * The hosts of the lab that stands, as those of a deployment: with the pool that they share, their bridge, and addresses
 * that the lab does not give to guests of its own. Rejects with `lab` where none stands.
 */
export async function standingLabHosts(paths: LabPaths, clock: Clock): Promise<readonly HostEntry[]> {
  const { state } = await new LabLock(paths.run, clock).state();
  const record = await new LabRecordFile(paths.run).read();
  if ((state !== 'kept' && state !== 'held') || !record)
    throw new AttituneError('lab', 'No lab stands on this machine. Bring one up: attitune lab up.');
  const { plan } = record;
  const { subnet, managerAddress } = plan;
  const attributes = {
    pool: 'attitune',
    poolPath: paths.disks,
    bridge: HOST_BRIDGE,
    addresses: `${addressOf(subnet, FIRST)}-${addressOf(subnet, LAST)}/${subnet.prefix} via ${managerAddress}`,
  };
  const place = { file: 'lab', line: 1, column: 1 };
  // each host finds its own certificate at the path at which this machine has its own
  return plan.hosts.map(({ name, uri }) => ({ name, uri, attributes: { ...attributes, migrationUri: uri }, place }));
}
