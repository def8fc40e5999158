import type { Clock } from '../../model/clock.js';
import type { Constraint } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import type { Hypervisor } from '../../model/hypervisor.js';
import type { HostAccess, Infrastructure } from '../../model/infrastructure.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Cluster } from '../../placement/cluster.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';
import { workReadings } from './queue-groups.js';
import { familyPins } from './family-pins.js';
import { hostFacts, type LearntHost } from './host-facts.js';
import { rememberMove } from './move-history.js';
import { NetworkView } from './network-facts.js';
import { PowerView } from './power-facts.js';
import { objectivesOf, type Objective } from './strain.js';
import { vmFacts } from './vm-facts.js';

/** Builds the planner's snapshot from the system representation and the fresh readings. */
export class ClusterView {
  readonly #learnt = new Map<string, LearntHost>();
  readonly #movedAt = new Map<string, number>();
  readonly #objectives: ReadonlyMap<string, readonly Objective[]>;
  readonly #pins: readonly Constraint[];
  readonly #power: PowerView;
  readonly #network: NetworkView;
  #startedAt: number | undefined;

  constructor(
    private readonly system: SystemRepresentation,
    private readonly infrastructure: Infrastructure,
    private readonly readings: RecentReadings,
    private readonly clock: Clock,
    /** A reading that is older decides nothing. */
    private readonly maxAgeMs: number,
    private readonly migrates: (vm: string) => boolean = () => false,
  ) {
    this.#objectives = objectivesOf(system.deployment);
    this.#pins = familyPins(system);
    this.#power = new PowerView(system.deployment);
    this.#network = new NetworkView(system);
  }

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
    const { memoryMiB, cpus, domainTypes } = await hypervisor.capabilities();
    const ownMiB = domainTypes.length === 0 ? 0 : await ownMemory(hypervisor);
    this.#learnt.set(name, { memoryMiB, cpus, ownMiB });
  }

  /** From now on the system is watched: goals that wait until it has come to rest count from here. */
  begin(): void {
    this.#startedAt = this.clock.now();
  }

  /** Remembers the end of a migration, for cool-downs and cycles; `route` where it is known. */
  moved(vm: string, route?: { readonly from: string; readonly to: string }, at: number = this.clock.now()): void {
    this.#movedAt.set(vm, Math.max(at, this.#movedAt.get(vm) ?? -Infinity));
    if (!route || route.from === route.to || !this.system.has(vm)) return;
    const component = this.system.component(vm);
    const rate = this.readings.value(vm, 'cpu', this.clock.now(), this.maxAgeMs);
    const cpu = rate === undefined ? {} : { cpu: rate * Number(component.attributes.get('vcpus') ?? 1) };
    rememberMove(component, { at, ...route, ...cpu });
  }

  snapshot(): Cluster {
    const now = this.clock.now();
    const { readings, maxAgeMs, system } = this;
    const hosts = this.infrastructure.hosts().map((host) => {
      const rate = readings.value(host.name, 'cpu', now, maxAgeMs);
      const component = system.component(host.name);
      return { ...hostFacts(host, component, this.#learnt.get(host.name), rate), ...this.#power.of(component) };
    });
    const vms = system.components
      .filter((component) => component.kind === 'vm')
      .map((component) =>
        vmFacts(component, {
          host: system.hostOf(component),
          readings,
          objectives: this.#objectives,
          now,
          maxAgeMs,
          movedAt: this.#movedAt.get(component.name),
          migrating: this.migrates(component.name),
        }),
      );
    const network = this.#network.at(readings, now);
    const work = workReadings(system, readings, now);
    return {
      at: now,
      ...(this.#startedAt === undefined ? {} : { startedAt: this.#startedAt }),
      hosts,
      vms,
      constraints: [...system.deployment.constraints, ...this.#pins],
      ...(network ? { network } : {}),
      ...(work ? { work } : {}),
    };
  }
}

/** Memory that a host uses for itself: what is not free, without what its domains were promised. */
async function ownMemory(hypervisor: Hypervisor): Promise<number> {
  const [{ totalMiB, freeMiB }, domains] = await Promise.all([hypervisor.nodeMemory(), hypervisor.statistics()]);
  const promised = domains.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  return Math.max(0, Math.round(totalMiB - freeMiB - promised));
}
