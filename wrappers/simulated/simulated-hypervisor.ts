import { delay } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type {
  ConnectionChange,
  Domain,
  DomainDescription,
  DomainEvent,
  DomainStatistics,
  HostCapabilities,
  Hypervisor,
  MigrationOptions,
  MigrationOutcome,
  MigrationTarget,
  Subscription,
} from '../../core/model/hypervisor.js';
import { askGuestAgent } from './guest-agent.js';
import { migrate } from './migration.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { SimulatedHost } from './simulated-host.js';

/** A connection to the hypervisor of a simulated host. */
export class SimulatedHypervisor implements Hypervisor {
  readonly host: string;
  readonly uri: string;
  readonly #cluster: SimulatedCluster;
  readonly #host: SimulatedHost;
  readonly #endings = new Set<() => void>();
  #closed = false;

  constructor(cluster: SimulatedCluster, host: SimulatedHost) {
    this.#cluster = cluster;
    this.#host = host;
    this.host = host.name;
    this.uri = host.uri;
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

  list(): Promise<readonly Domain[]> {
    return this.#call(() => [
      ...[...this.#host.domains.values()].map((domain) => domain.asDomain()),
      // a guest that is on its way here is listed as libvirt does it: there, but not running
      ...[...this.#host.incoming.values()].map((domain) => ({ ...domain.asDomain(), state: 'paused' as const })),
    ]);
  }

  create(description: DomainDescription): Promise<Domain> {
    return this.#call(() => this.#cluster.create(this.#host, description).asDomain());
  }

  shutdown(name: string): Promise<void> {
    return this.#call(() => {
      this.#cluster.shutdown(this.#domain(name, 'running', 'shut down'));
    });
  }

  destroy(name: string): Promise<void> {
    return this.#call(() => {
      this.#host.remove(this.#host.domain(name), 'destroyed');
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
        ...domain.asDomain(),
        cpuSeconds: domain.cpuSeconds,
        vcpus: domain.description.vcpus,
        memoryMiB: domain.description.memoryMiB,
        maxMemoryMiB: domain.description.memoryMiB,
        residentMiB: domain.description.memoryMiB,
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
    return this.#subscription(this.#host.onLoss((reason) => listener({ connected: false, reason })));
  }

  migrate(name: string, target: MigrationTarget, options?: MigrationOptions): Promise<MigrationOutcome> {
    return this.#call(() => migrate(this.#cluster, this.#host.domain(name), target, options));
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
    if (domain.state !== state || (domain.interruptMigration && state === 'paused')) {
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
    this.#host.assertReachable();
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
