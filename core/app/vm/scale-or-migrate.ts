import { scaleVm, type VmScaling, type VmScalingResult } from '../../../wrappers/vm/scale-vm.js';
import { resizedMemoryMiB, resizedVcpus } from '../../model/resize.js';
import { AttituneError } from '../../model/errors.js';
import type { VmHost } from '../../../wrappers/hosts/index.js';
import { findVm, isOff } from './find-vm.js';
import type { Fleet, Task } from './fleet.js';
import { moveVms } from './move-vms.js';
import { choose } from './place.js';

export interface ScaleOutcome extends VmScalingResult {
  readonly host: string;
  /** The host that it was migrated away from, since there was no room on it. */
  readonly from?: string;
}

/** Sizes as an administrator writes them: `512 MiB`, `+1`. */
export type SizeChange = Pick<VmScaling, 'memory' | 'vcpus'>;

/**
 * Scales a virtual machine within its maximum. Where its host has no room and `migrate` is set, it is first migrated to
 * the host with most free memory that has room for its new size.
 */
export async function scaleOrMigrate(
  fleet: Fleet,
  name: string,
  change: SizeChange,
  migrate: boolean,
  task: Task,
): Promise<ScaleOutcome> {
  const { host, domain } = await findVm(fleet, name);
  const scaling = { domain: name, ...change, queue: fleet.migrations };
  try {
    return { ...(await scaleVm({ ...scaling, host })), host: host.name };
  } catch (error) {
    if (!migrate || !AttituneError.is(error, 'no-capacity') || isOff(domain)) throw error;
    task.say(error.message);
  }
  const { to, memoryMiB } = await roomier(fleet, host, name, change, task);
  const [moved] = await moveVms(fleet, [{ name, from: host, to, memoryMiB }], {}, task);
  if (moved?.error) throw moved.error;
  return { ...(await scaleVm({ ...scaling, host: to })), host: to.name, from: host.name };
}

/** The host that has room for what it shall have, and the memory that it shall have. */
async function roomier(
  fleet: Fleet,
  from: VmHost,
  name: string,
  { memory, vcpus }: SizeChange,
  task: Task,
): Promise<{ readonly to: VmHost; readonly memoryMiB: number }> {
  const { description } = await from.hypervisor.describe(name);
  const need = {
    name,
    memoryMiB: memory === undefined ? description.memoryMiB : resizedMemoryMiB(memory, description.memoryMiB),
    vcpus: vcpus === undefined ? description.vcpus : resizedVcpus(vcpus, description.vcpus),
  };
  const { host, why } = await choose({ ...fleet, hosts: fleet.hosts.filter((each) => each !== from) }, need);
  task.say(`${name} goes to ${host.name}: ${why.join('; ')}.`);
  return { to: host, memoryMiB: need.memoryMiB };
}
