import type { Clock } from '../../model/clock.js';
import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { HostAccess, Infrastructure } from '../../model/infrastructure.js';
import { parseMemoryMiB } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Cluster, ClusterHost, ClusterVm } from '../../placement/cluster.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';

/** The attribute of a host that takes no VMs for a while, and its value: `evacuate` sets it, `reopen` takes it back. */
export const MAINTENANCE = { attribute: 'maintenance', value: 'yes' } as const;

/** Builds the planner's snapshot from the system representation and the fresh readings. */
export class ClusterView {
  readonly #hostMemory = new Map<string, number>();
  readonly #hostCpus = new Map<string, number>();
  readonly #movedAt = new Map<string, number>();

  constructor(
    private readonly system: SystemRepresentation,
    private readonly infrastructure: Infrastructure,
    private readonly readings: RecentReadings,
    private readonly clock: Clock,
    /** A reading that is older decides nothing. */
    private readonly maxAgeMs: number,
  ) {}

  /**
   * Asks every host once for what does not change. A host that does not answer accepts no VMs until it is asked again
   * with {@link learn}; it is returned with the reason.
   */
  async learnHosts(): Promise<ReadonlyMap<string, Error>> {
    const silent = new Map<string, Error>();
    await Promise.all(
      this.infrastructure.hosts().map((host) =>
        this.learn(host).catch((error: unknown) => {
          if (!AttituneError.is(error, 'host-unreachable')) throw error;
          silent.set(host.name, error);
        }),
      ),
    );
    return silent;
  }

  async learn({ name, hypervisor }: HostAccess): Promise<void> {
    this.#hostMemory.set(name, (await hypervisor.capabilities()).memoryMiB);
  }

  /** Remembers the end of a migration, for cool-downs. */
  moved(vm: string, at: number = this.clock.now()): void {
    this.#movedAt.set(vm, at);
  }

  snapshot(): Cluster {
    const now = this.clock.now();
    const cpu = (name: string) => this.readings.value(name, 'cpu', now, this.maxAgeMs);
    const hosts = this.infrastructure.hosts().map((host): ClusterHost => {
      const rate = cpu(host.name);
      const capacity = host.cpuCapacity();
      const memoryMiB = this.#hostMemory.get(host.name);
      const cpus = this.#hostCpus.get(host.name);
      const component = this.system.component(host.name);
      const closed = closedBy(component, memoryMiB);
      return {
        name: host.name,
        cpuCapacity: capacity,
        ...(cpus === undefined ? {} : { cpus }),
        ...(rate === undefined ? {} : { cpuUsed: rate * capacity }),
        memoryMiB: memoryMiB ?? 0,
        accepting: closed === undefined,
        ...(closed === undefined ? {} : { closed }),
        software: [...component.content]
          .filter(({ kind, lifeCycle }) => kind === 'software' && lifeCycle.state !== 'stopped')
          .map(({ name }) => name),
      };
    });
    const vms = this.system.components
      .filter((component) => component.kind === 'vm')
      .map((component): ClusterVm => {
        const rate = cpu(component.name);
        const vcpus = Number(component.attributes.get('vcpus') ?? 1);
        const home = component.attributes.get('home');
        const movedAt = this.#movedAt.get(component.name);
        const host = this.system.hostOf(component);
        return {
          name: component.name,
          className: component.className,
          host: host?.name ?? '',
          vcpus,
          memoryMiB: parseMemoryMiB(component.attributes.get('memory') ?? '0 MiB'),
          // what is on a host that does not answer cannot be moved away from there
          running: component.lifeCycle.state === 'started' && host?.lifeCycle.state === 'started',
          ...(rate === undefined ? {} : { cpuUsed: rate * vcpus }),
          ...(home === undefined ? {} : { home }),
          ...(movedAt === undefined ? {} : { movedAt }),
        };
      });
    return { at: now, hosts, vms };
  }
}

/** Why a host takes no VMs, or `undefined`. */
function closedBy(host: Component, memoryMiB: number | undefined): string | undefined {
  if (host.attributes.get(MAINTENANCE.attribute) === MAINTENANCE.value) return 'it is in maintenance';
  if (host.lifeCycle.state !== 'started') return host.lifeCycle.failure ?? `it is ${host.lifeCycle.state}`;
  return memoryMiB === undefined ? 'its memory is not known' : undefined;
}
