import { suggest } from '../../xml/index.js';
import type { Cluster } from '../cluster.js';
import { hostsNamed, membersOf } from '../constraints/members.js';
import { isOf } from '../constraints/limits.js';
import type { ClusterPath, Faults } from './faults.js';

/** Names that are empty or used twice, or that nothing has. `live`: a constraint may be on VMs and hosts that are not there yet. */
export function checkNames(cluster: Cluster, live: boolean, faults: Faults): void {
  const hosts = checkUnique(cluster.hosts, 'hosts', 'host', faults);
  const vms = checkUnique(cluster.vms, 'vms', 'VM', faults);
  const knownHost = (name: string, path: ClusterPath, message: string) => {
    if (!hosts.has(name)) faults.add('unknown-host', path, `${message}${suggest(name, [...hosts])}`);
  };
  cluster.vms.forEach(({ name, host }, at) => {
    if (host !== '') knownHost(host, ['vms', at, 'host'], `${name} is on ${host}, which is no host of the cluster.`);
  });
  (cluster.constraints ?? []).forEach((constraint, at) => {
    const { type, of } = constraint;
    const path = ['constraints', at];
    for (const name of hostsNamed(constraint))
      knownHost(
        name,
        [...path, 'on'],
        `the constraint ${type} of ${of} names ${name}, which is no host of the cluster.`,
      );
    if ((type === 'pin' || type === 'ban') && hostsNamed(constraint).length === 0)
      faults.add('constraint', path, `the constraint ${type} of ${of} names no host. Say which with "on".`);
    if (type === 'reserve' || type === 'online') {
      const families = new Set(cluster.hosts.flatMap(({ family }) => (family === undefined ? [] : [family])));
      if (!live && !cluster.hosts.some((host) => isOf(host, constraint)))
        faults.add(
          'unknown-host',
          [...path, 'of'],
          `the constraint ${type} is of ${of}, which is no host and no family of hosts.${suggest(of, [...hosts, ...families])}`,
        );
    } else if (!live && membersOf(cluster, constraint).length === 0) {
      const known = new Set(cluster.vms.flatMap(({ name, className, groups = [] }) => [name, className, ...groups]));
      faults.add(
        'unknown-component',
        [...path, 'of'],
        `the constraint ${type} is of ${of}, which is no VM, class or group of the cluster.${suggest(of, [...known])}`,
      );
    }
  });
  checkNetworkNames(cluster, hosts, vms, faults);
}

function checkNetworkNames(
  cluster: Cluster,
  hosts: ReadonlySet<string>,
  vms: ReadonlySet<string>,
  faults: Faults,
): void {
  const { network } = cluster;
  if (!network) return;
  network.distances.forEach(({ between }, at) => {
    between.forEach((name, end) => {
      if (hosts.has(name)) return;
      const message = `${name} is no host of the cluster.${suggest(name, [...hosts])}`;
      faults.add('unknown-host', ['network', 'distances', at, 'between', end], message);
    });
    if (between[0] === between[1])
      faults.add(
        'value',
        ['network', 'distances', at, 'between'],
        `${between[0]} has no distance to itself. Name two hosts.`,
      );
  });
  network.traffic.forEach(({ between }, at) => {
    between.forEach((name, end) => {
      if (vms.has(name) || hosts.has(name)) return;
      const message = `${name} is no VM and no host of the cluster.${suggest(name, [...vms, ...hosts])}`;
      faults.add('unknown-component', ['network', 'traffic', at, 'between', end], message);
    });
  });
}

function checkUnique(
  items: readonly { readonly name: string }[],
  list: string,
  kind: string,
  faults: Faults,
): ReadonlySet<string> {
  const first = new Map<string, number>();
  items.forEach(({ name }, at) => {
    const before = first.get(name);
    if (name === '') faults.add('value', [list, at, 'name'], `a ${kind} has no name.`);
    else if (before === undefined) first.set(name, at);
    else
      faults.add(
        'duplicate-name',
        [list, at, 'name'],
        `the ${kind} ${name} is there already, as ${list}[${before}]. Each has a name of its own.`,
      );
  });
  return new Set(first.keys());
}
