import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import { parseMemoryMiB } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Cluster } from '../../placement/cluster.js';
import { firstHost } from '../../placement/first-host.js';

/**
 * Puts every component that is on no node yet on one, those with a host told first, in the order in which they were made;
 * each counts for those after it. Throws `no-capacity`.
 */
export function placeAll(system: SystemRepresentation, cluster: Cluster): void {
  let seen = cluster;
  const unplaced = system.components.filter(({ kind }) => kind !== 'host');
  // first those that have to be on a certain host: others find room elsewhere
  const ordered = [true, false].flatMap((told) =>
    unplaced.filter((component) => (beginsOn(system, component) !== undefined) === told),
  );
  for (const component of ordered) {
    if (system.nodeOf(component)) continue;
    placeNew(system, seen, component);
    if (component.kind !== 'vm') continue;
    const host = system.hostOf(component)?.name ?? '';
    seen = { ...seen, vms: seen.vms.map((vm) => (vm.name === component.name ? { ...vm, host } : vm)) };
  }
}

/**
 * Puts a new component on a node: software of an `inside` class into the VM with the fewest of its kind, everything
 * else on the host that the deployment names, or the first of its family that fits. Throws `no-capacity` with the reason for each host.
 */
export function placeNew(system: SystemRepresentation, cluster: Cluster, component: Component): void {
  if (system.nodeOf(component)) return;
  const description = system.classOf(component.className);
  if (description.inside !== undefined) {
    const count = (node: Component) =>
      [...node.content].filter((child) => child.className === component.className).length;
    const [node] = [...system.instances(description.inside)].sort((a, b) => count(a) - count(b));
    if (!node)
      throw new AttituneError(
        'no-capacity',
        `${component.name} needs a ${description.inside} to run inside, and there is none.`,
        { place: description.place },
      );
    system.place(component, node);
    return;
  }
  const told = beginsOn(system, component);
  const family = new Set(
    told === undefined ? system.instances(description.hosts ?? '').map(({ name }) => name) : [told],
  );
  const seen = component.kind === 'vm' ? cluster : countingSoftware(system, cluster, component.className);
  const { host, reasons } = firstHost(
    { ...seen, hosts: cluster.hosts.filter(({ name }) => family.has(name)) },
    {
      name: component.name,
      className: component.className,
      host: '',
      vcpus: Number(component.attributes.get('vcpus') ?? 1),
      memoryMiB:
        component.kind === 'vm' ? parseMemoryMiB(component.attributes.get('memory') ?? '0 MiB', description.place) : 0,
      running: false,
    },
    system.deployment.constraints,
  );
  if (host === undefined) {
    const why = reasons.join('; ') || `the family "${description.hosts ?? ''}" has no hosts`;
    throw new AttituneError('no-capacity', `No host has room for ${component.name}: ${why}.`, {
      place: description.place,
    });
  }
  system.place(component, system.component(host));
}

/** The cluster with the software of a class as what its constraints are about: it takes no memory that is counted. */
export function countingSoftware(system: SystemRepresentation, cluster: Cluster, className: string): Cluster {
  const placed = system.instances(className).flatMap((component) => {
    const host = component.kind === 'software' ? system.hostOf(component)?.name : undefined;
    return host === undefined ? [] : [{ name: component.name, className, host, vcpus: 0, memoryMiB: 0, running: true }];
  });
  return placed.length === 0 ? cluster : { ...cluster, vms: [...cluster.vms, ...placed] };
}

/** The host that the deployment names for it; only its first place, so no constraint. */
function beginsOn(system: SystemRepresentation, component: Component): string | undefined {
  return system.classOf(component.className).instances?.find(({ name }) => name === component.name)?.on;
}
