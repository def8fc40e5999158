import type { Component } from '../../model/component.js';
import { parseMemoryMiB } from '../../model/quantity.js';
import type { ClusterVm } from '../../placement/cluster.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';
import { demandOf } from './demand.js';
import { pastMoves } from './move-history.js';
import { strainOf, type Objective } from './strain.js';

/** What a VM is seen by. */
export interface VmSight {
  readonly host: Component | undefined;
  readonly readings: RecentReadings;
  readonly objectives: ReadonlyMap<string, readonly Objective[]>;
  readonly now: number;
  /** A reading that is older decides nothing. */
  readonly maxAgeMs: number;
  /** When its last migration ended, as far as this manager knows. */
  readonly movedAt: number | undefined;
  /** It is on its way now. */
  readonly migrating: boolean;
}

/**
 * A VM for the planner. Of its attributes, `groups` (with spaces) are names for constraints besides its own and its class;
 * what runs inside it counts as such names, too. `locked` tells why it must not be moved; `cpuModel` is what its guest was
 * started with. Readings of `network` and `disk`, where a deployment has such probes of its VMs, are shares of what a host
 * can carry; those of `dirty-rate` are MiB a second.
 */
export function vmFacts(component: Component, sight: VmSight): ClusterVm {
  const { host, readings, objectives, now, maxAgeMs } = sight;
  const { attributes } = component;
  const { name } = component;
  const vcpus = Number(attributes.get('vcpus') ?? 1);
  const value = (measure: string) => readings.value(name, measure, now, maxAgeMs);
  const rate = value('cpu');
  const history = pastMoves(component);
  const movedAt = Math.max(sight.movedAt ?? -Infinity, history.at(-1)?.at ?? -Infinity);
  return {
    name,
    className: component.className,
    host: host?.name ?? '',
    vcpus,
    memoryMiB: parseMemoryMiB(attributes.get('memory') ?? '0 MiB'),
    // what is on a host that does not answer cannot be moved away from there
    running: component.lifeCycle.state === 'started' && host?.lifeCycle.state === 'started',
    ...known({
      groups: groupsOf(component),
      cpuUsed: rate === undefined ? undefined : rate * vcpus,
      // what was used before the readings went stale says nothing of now
      demand: rate === undefined ? undefined : demandOf(readings.window(name, 'cpu', now), vcpus),
      networkLoad: value('network'),
      diskLoad: value('disk'),
      dirtyMiBPerSecond: value('dirty-rate'),
      home: attributes.get('home'),
      movedAt: Number.isFinite(movedAt) ? movedAt : undefined,
      moves: history.length > 0 ? history : undefined,
      locked: lockedBy(component, sight.migrating),
      cpuModel: attributes.get('cpuModel') === '' ? undefined : attributes.get('cpuModel'),
      strain: strainOf(component, objectives, readings, now),
    }),
  };
}

/** Values of the attribute `locked` that lock nothing. */
const UNLOCKED: ReadonlySet<string> = new Set(['', 'no', 'false']);

function lockedBy({ attributes }: Component, migrating: boolean): string | undefined {
  const locked = attributes.get('locked')?.trim() ?? '';
  if (locked === 'yes' || locked === 'true') return 'it is locked to its host';
  if (!UNLOCKED.has(locked)) return `it is locked: ${locked}`;
  return migrating ? 'it is migrating' : undefined;
}

function groupsOf({ attributes, content }: Component): readonly string[] | undefined {
  const told = (attributes.get('groups') ?? '').split(/\s+/).filter((group) => group !== '');
  const groups = new Set([...told, ...[...content].map(({ className }) => className)]);
  return groups.size > 0 ? [...groups] : undefined;
}

type Known<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without what is not known. */
function known<T extends object>(facts: T): Known<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Known<T>;
}
