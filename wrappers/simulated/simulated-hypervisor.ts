import { delay } from '../../core/model/clock.js';
import { checkCpuWeight } from '../../core/model/cpu-weight.js';
import { AttituneError } from '../../core/model/errors.js';
import type {
  ConnectionChange,
  CpuComparison,
  Domain,
  DomainDescription,
  DomainDetails,
  DomainEvent,
  DomainSize,
  DomainStatistics,
  HostCapabilities,
  HostNetwork,
  Hypervisor,
  MigrationOptions,
  MigrationOutcome,
  MigrationProgress,
  MigrationTarget,
  Subscription,
} from '../../core/model/hypervisor.js';
import { compareModels, modelAtStart } from './cpu-models.js';
import { defineDomain, reboot, scaleDomain, setAutostart, shutDown, undefineDomain } from './domain-life.js';
import { createDomain, startDomain } from './domain-start.js';
import { askGuestAgent } from './guest-agent.js';
import { migrate } from './migration.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { SimulatedHost } from './simulated-host.js';
import { SimulatedStorage } from './simulated-storage.js';

/**
 * A connection to the hypervisor of a simulated host. It comes back by itself when a host that was cut off is heard
 * again; until then all calls reject with `host-unreachable`.
 */
export class SimulatedHypervisor implements Hypervisor {
  readonly host: string;
  readonly uri: string;
  readonly storage: SimulatedStorage;
  readonly #cluster: SimulatedCluster;
  readonly #host: SimulatedHost;
  readonly #endings = new Set<() => void>();
  #closed = false;

  constructor(cluster: SimulatedCluster, host: SimulatedHost) {
    this.#cluster = cluster;
    this.#host = host;
    this.host = host.name;
    this.uri = host.uri;
    this.storage = new SimulatedStorage(cluster.world, cluster.storage, host, (action) => this.#call(action));
  }

  capabilities(): Promise<HostCapabilities> {
    return this.#call(() => ({
      hostUuid: this.#host.uuid,
      architecture: 'x86_64',
      cpus: this.#cpus,
      memoryMiB: this.#host.memoryMiB,
      version: 'AttiTUNe simulation',
      domainTypes: ['kvm'],
    }));
  }

  nodeMemory(): Promise<{ readonly totalMiB: number; readonly freeMiB: number }> {
    return this.#call(() => ({ totalMiB: this.#host.memoryMiB, freeMiB: this.#host.freeMiB }));
  }

  networks(): Promise<readonly HostNetwork[]> {
    return this.#call(() => this.#host.networks);
  }

  list(): Promise<readonly Domain[]> {
    return this.#call(() => this.#host.list());
  }

  describe(name: string): Promise<DomainDetails> {
    return this.#call(() => {
      const domain = this.#host.list().find((one) => one.name === name);
      if (!domain) throw this.#host.unknown(name);
      const definition = this.#host.definitions.get(name);
      const active = this.#host.active(name);
      const described =
        definition?.description ?? (active && { ...active.description, ...active.size, ...asMaximum(active.maximum) });
      if (!described) throw this.#host.unknown(name);
      return { ...domain, description: { ...described, uuid: domain.uuid }, autostart: definition?.autostart ?? false };
    });
  }

  addresses(name: string): Promise<readonly string[]> {
    return this.#call(() => {
      const domain = this.#host.domains.get(name);
      if (!domain && !this.#host.list().some((one) => one.name === name)) throw this.#host.unknown(name);
      const connected = domain?.guest.networked === true && (domain.description.networks ?? []).length > 0;
      return connected ? [domain.guest.address] : [];
    });
  }

  create(description: DomainDescription): Promise<Domain> {
    return this.#call(() => createDomain(this.#cluster, this.#host, description).asDomain());
  }

  define(description: DomainDescription): Promise<Domain> {
    return this.#call(() => defineDomain(this.#cluster.world, this.#host, description));
  }

  start(name: string): Promise<void> {
    return this.#call(() => void startDomain(this.#cluster, this.#host, name));
  }

  undefine(name: string): Promise<void> {
    return this.#call(() => undefineDomain(this.#host, name));
  }

  setAutostart(name: string, autostart: boolean): Promise<void> {
    return this.#call(() => setAutostart(this.#host, name, autostart));
  }

  shutdown(name: string): Promise<void> {
    return this.#call(() => shutDown(this.#cluster.world, this.#domain(name, 'running', 'shut down')));
  }

  reboot(name: string): Promise<void> {
    return this.#call(() => reboot(this.#cluster, this.#domain(name, 'running', 'rebooted')));
  }

  destroy(name: string): Promise<void> {
    return this.#call(() => {
      // without the pages that it still has here, a guest in post-copy cannot go on
      const domain = this.#host.outgoing.get(name) ?? this.#host.domain(name);
      domain.host.remove(domain, 'destroyed');
    });
  }

  suspend(name: string): Promise<void> {
    return this.#call(() => {
      const domain = this.#domain(name, 'running', 'suspended');
      domain.suspend(true);
      this.#host.emit(domain.event('suspended', 'paused'));
    });
  }

  resume(name: string): Promise<void> {
    return this.#call(() => {
      const domain = this.#domain(name, 'paused', 'resumed');
      domain.suspend(false);
      this.#host.emit(domain.event('resumed', 'unpaused'));
    });
  }

  statistics(): Promise<readonly DomainStatistics[]> {
    return this.#call(() =>
      [...this.#host.domains.values()].map((domain) => ({
        name: domain.name,
        uuid: domain.uuid,
        state: domain.state,
        ...domain.size,
        cpuSeconds: domain.cpuSeconds,
        maxMemoryMiB: domain.maximum.memoryMiB,
        residentMiB: domain.size.memoryMiB,
      })),
    );
  }

  nodeCpu(): Promise<{ readonly busySeconds: number; readonly totalSeconds: number; readonly cpus: number }> {
    return this.#call(() => {
      this.#cluster.world.kernel.catchUp();
      const { busySeconds, offeredSeconds } = this.#host.processor;
      return { busySeconds, totalSeconds: offeredSeconds, cpus: this.#cpus };
    });
  }

  onDomainEvent(listener: (event: DomainEvent) => void): Promise<Subscription> {
    return this.#call(() => this.#subscription(this.#host.onDomainEvent(listener)));
  }

  onConnection(listener: (change: ConnectionChange) => void): Subscription {
    return this.#subscription(this.#host.onConnection(listener));
  }

  scale(name: string, size: Partial<DomainSize>): Promise<DomainSize> {
    return this.#call(() => scaleDomain(this.#host, name, size));
  }

  setCpuWeight(name: string, weight: number): Promise<void> {
    return this.#call(() => {
      checkCpuWeight(name, weight);
      const domain = this.#host.active(name);
      if (!domain && !this.#host.definitions.has(name)) throw this.#host.unknown(name);
      if (!domain) throw new AttituneError('domain-state', `${name} on ${this.host} does not run.`);
      domain.guest.change(() => {
        domain.guest.share.weight = weight;
      });
    });
  }

  cpuOf(name: string): Promise<string | undefined> {
    return this.#call(() => {
      const { domains, definitions, cpuModel } = this.#host;
      const running = domains.get(name);
      const definition = definitions.get(name);
      if (!running && !definition) throw this.#host.unknown(name);
      return running?.cpuModel ?? modelAtStart(definition?.description.cpuModel, cpuModel);
    });
  }

  compareCpu(cpu: string): Promise<CpuComparison> {
    return this.#call(() => compareModels(this.#host.cpuModel, cpu));
  }

  migrate(name: string, target: MigrationTarget, options?: MigrationOptions): Promise<MigrationOutcome> {
    return this.#call(() => migrate(this.#cluster, this.#host, name, target, options));
  }

  migrationOf(name: string): Promise<MigrationProgress | undefined> {
    return this.#call(() => {
      if (!this.#host.list().some((one) => one.name === name)) throw this.#host.unknown(name);
      return this.#host.active(name)?.migration?.progress;
    });
  }

  async guestAgent(
    name: string,
    command: { readonly execute: string; readonly arguments?: unknown },
    timeoutMs = 5000,
  ): Promise<unknown> {
    const { clock } = this.#cluster.world.kernel;
    const domain = await this.#call(() => this.#host.domain(name));
    await delay(
      clock,
      domain.agentSilent ? timeoutMs : Math.min(timeoutMs, this.#cluster.world.settings.guestCommandMs),
    );
    return this.#call(() => askGuestAgent(this.#cluster.world, this.#host.domain(name), command));
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const end of [...this.#endings]) end();
    return Promise.resolve();
  }

  get #cpus(): number {
    return Math.max(1, Math.ceil(Math.max(this.#host.limitCpus, this.#cluster.world.settings.physicalCpus)));
  }

  /** Throws `domain-not-found`, or `domain-state` where it is in another state. */
  #domain(name: string, state: 'running' | 'paused', participle: string): SimulatedDomain {
    const domain = this.#host.domain(name);
    if (domain.state !== state || (domain.migration && state === 'paused')) {
      throw new AttituneError(
        'domain-state',
        `${name} on ${this.host} is ${domain.state}: it cannot be ${participle} now.`,
      );
    }
    return domain;
  }

  /** Every call takes a moment, and fails where the connection is closed or the host does not answer. */
  async #call<T>(action: () => T | Promise<T>): Promise<T> {
    this.#assertOpen();
    await delay(this.#cluster.world.kernel.clock, this.#cluster.world.settings.hypervisorCallMs);
    this.#assertOpen();
    return action();
  }

  #assertOpen(): void {
    if (this.#closed)
      throw new AttituneError('host-unreachable', `The connection to ${this.host} (${this.uri}) is closed.`);
    this.#host.assertConnected();
  }

  #subscription(end: () => void): Subscription {
    const unsubscribe = () => {
      this.#endings.delete(unsubscribe);
      end();
    };
    this.#endings.add(unsubscribe);
    return { unsubscribe };
  }
}

const asMaximum = ({ vcpus, memoryMiB }: DomainSize) => ({ maxVcpus: vcpus, maxMemoryMiB: memoryMiB });
