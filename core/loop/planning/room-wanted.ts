import type { Component } from '../../model/component.js';
import { parseMemoryMiB } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Cluster } from '../../placement/cluster.js';

/** Raised on a host that is switched off and would have room for what has none; its argument is that component. */
export const ROOM_WANTED = 'room.wanted';

/** The host, switched off, whose family may run a component and which is large enough for it; the one that has been off longest. */
export function hostWantedFor(
  system: SystemRepresentation,
  cluster: Cluster,
  component: Component,
): string | undefined {
  const family = system.classOf(component.className).hosts;
  if (family === undefined) return undefined;
  const memoryMiB = component.kind === 'vm' ? parseMemoryMiB(component.attributes.get('memory') ?? '0 MiB') : 0;
  const [host] = cluster.hosts
    .filter(({ powered, family: own }) => powered === 'off' && own === family)
    .filter((one) => one.memoryMiB === 0 || one.memoryMiB - (one.memoryReservedMiB ?? 0) >= memoryMiB)
    .sort((a, b) => (a.poweredAt ?? 0) - (b.poweredAt ?? 0));
  return host?.name;
}
