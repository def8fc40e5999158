import type { Constraint } from '../../model/deployment.js';
import type { Cluster, ClusterVm } from '../cluster.js';

/** A list of VMs never changes, so who has which name is looked up once. */
const indexes = new WeakMap<readonly ClusterVm[], ReadonlyMap<string, readonly number[]>>();

/** The VMs that a constraint is about, as indexes: of its class, of its name, or of its group. */
export function membersOf(cluster: Cluster, { of }: Pick<Constraint, 'of'>): readonly number[] {
  let index = indexes.get(cluster.vms);
  if (!index) {
    index = byName(cluster.vms);
    indexes.set(cluster.vms, index);
  }
  return index.get(of) ?? [];
}

/** True of a VM that a constraint on VMs is about. */
export function isMember(vm: ClusterVm, { of }: Pick<Constraint, 'of'>): boolean {
  return vm.className === of || vm.name === of || vm.groups?.includes(of) === true;
}

function byName(vms: readonly ClusterVm[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  const add = (name: string, vm: number) => {
    const members = found.get(name);
    if (!members) found.set(name, [vm]);
    // a VM may have one name in several ways
    else if (members.at(-1) !== vm) members.push(vm);
  };
  vms.forEach(({ className, name, groups }, vm) => {
    add(className, vm);
    add(name, vm);
    if (groups) for (const group of groups) add(group, vm);
  });
  return found;
}

/** The hosts that `on` of a pin or a ban names. */
export function hostsNamed({ on }: Pick<Constraint, 'on'>): readonly string[] {
  return on === undefined ? [] : on.split(/\s+/).filter((name) => name !== '');
}
