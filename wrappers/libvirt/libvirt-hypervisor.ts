import { SystemClock } from '../../core/model/clock.js';
import type { Clock } from '../../core/model/clock.js';
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
import type { Storage } from '../../core/model/storage.js';
import { compareCpu, domainCpu } from './cpu.js';
import { domainAddresses } from './domain-addresses.js';
import { guardingDisks } from './disk-lock.js';
import { defineDomain, describeDomain, setDomainAutostart, startDomain, undefineDomain } from './domain-definition.js';
import { DomainEvents } from './domain-events.js';
import type { AgentState, MigrationIteration } from './domain-events.js';
import { scaleDomain } from './domain-scaling.js';
import { setDomainCpuWeight } from './domain-scheduler.js';
import { domainStatistics, listDomains } from './domain-statistics.js';
import { domainXml } from './domain-xml.js';
import type { DiskCache } from './domain-xml.js';
import { createDomain, guestAgentCommand, lookupDomain, lookupRunning, resumeDomain, suspendDomain } from './domain.js';
import { migrateDomain } from './migration.js';
import { migrationOf } from './migration-of.js';
import { dhcpLeases, hostNetworks } from './network.js';
import type { DhcpLease } from './network.js';
import { nodeCapabilities, nodeCpuFieldCount, nodeCpuSeconds, nodeMemory } from './node.js';
import type { RpcConnection } from './rpc/connection.js';
import type { KeepaliveOptions } from './rpc/keepalive.js';
import { remoteProcedures } from './rpc/procedures.js';
import { openSession } from './session.js';
import { dialEndpoint } from './transports/index.js';
import type { Dial } from './transports/index.js';
import { LibvirtStorage } from './storage/index.js';
import { parseLibvirtUri } from './uri.js';

/** Before it, software-emulated guests need `unevenMemory` to migrate safely. */
const FIRST_QEMU_THAT_TRACKS_WRITES = 9;

export interface LibvirtOptions {
  /** The host's name in the deployment. */
  readonly host: string;
  /** `qemu:///system`, `qemu+unix:///system?socket=/path`, `qemu+tcp://host[:port]/system` or `test:///default`. */
  readonly uri: string;
  /**
   * Migrate although libvirt cannot see that the disks are shared. Only for hosts that really share them, such as
   * those of the lab: anywhere else it ruins the disks.
   */
  readonly unsafe?: boolean;
  /** Host cache of the disks of new domains; `none` by default, which libvirt asks for before it migrates. */
  readonly diskCache?: DiskCache;
  /** Type of new domains; by default the fastest of the host's capabilities, `kvm` before `qemu`. */
  readonly domainType?: string;
  /** By default 10 s. */
  readonly connectTimeoutMs?: number;
  /** By default a ping after 5 s of silence, and lost after 3 without an answer. */
  readonly keepalive?: KeepaliveOptions;
  /** `max_client_requests` of the daemon's `libvirtd.conf`; 5 by default, as there. */
  readonly maxClientRequests?: number;
  /** By default every 250 ms. */
  readonly progressEveryMs?: number;
  readonly clock?: Clock;
  readonly dial?: Dial;
}

/** A host with libvirt, over one connection to its daemon. */
export class LibvirtHypervisor implements Hypervisor {
  readonly host: string;
  readonly uri: string;
  readonly storage: Storage;
  readonly #options: LibvirtOptions;
  readonly #clock: Clock;
  readonly #connection: RpcConnection;
  readonly #events: DomainEvents;
  #capabilities: Promise<HostCapabilities> | undefined;
  #cpuFieldCount: Promise<number> | undefined;

  private constructor(options: LibvirtOptions, clock: Clock, connection: RpcConnection) {
    this.host = options.host;
    this.uri = options.uri;
    this.#options = options;
    this.#clock = clock;
    this.#connection = connection;
    this.#events = new DomainEvents(connection);
    this.storage = new LibvirtStorage(connection, clock);
  }

  /**
   * Connects to a host. Rejects with `value` for a URI that is not understood, with `host-unreachable` where no daemon
   * answers, with `hypervisor` where the daemon refuses.
   */
  static async connect(options: LibvirtOptions): Promise<LibvirtHypervisor> {
    const clock = options.clock ?? new SystemClock();
    const connection = await openSession({
      host: options.host,
      uri: parseLibvirtUri(options.uri),
      clock,
      dial: options.dial ?? dialEndpoint,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      ...(options.keepalive && { keepalive: options.keepalive }),
      ...(options.maxClientRequests && { maxClientRequests: options.maxClientRequests }),
    });
    return new LibvirtHypervisor(options, clock, connection);
  }

  capabilities(): Promise<HostCapabilities> {
    const capabilities = (this.#capabilities ??= nodeCapabilities(this.#connection));
    capabilities.catch(() => (this.#capabilities = undefined));
    return capabilities;
  }

  list(): Promise<readonly Domain[]> {
    return listDomains(this.#connection);
  }

  describe(name: string): Promise<DomainDetails> {
    return describeDomain(this.#connection, name);
  }

  addresses(name: string): Promise<readonly string[]> {
    return domainAddresses(this.#connection, name);
  }

  async create(description: DomainDescription): Promise<Domain> {
    const xml = await this.#xml(description);
    const disks = () => Promise.resolve(description.disks.map(({ path }) => path));
    return this.#guardingDisks(description.name, disks, () => createDomain(this.#connection, description, xml));
  }

  async define(description: DomainDescription): Promise<Domain> {
    return defineDomain(this.#connection, description, await this.#xml(description));
  }

  start(name: string): Promise<void> {
    return this.#guardingDisks(name, this.#disksOf(name), () => startDomain(this.#connection, name));
  }

  undefine(name: string): Promise<void> {
    return undefineDomain(this.#connection, name);
  }

  setAutostart(name: string, autostart: boolean): Promise<void> {
    return setDomainAutostart(this.#connection, name, autostart);
  }

  scale(name: string, size: Partial<DomainSize>): Promise<DomainSize> {
    return scaleDomain(this.#connection, this.#clock, name, size);
  }

  setCpuWeight(name: string, weight: number): Promise<void> {
    return setDomainCpuWeight(this.#connection, name, weight);
  }

  cpuOf(name: string): Promise<string | undefined> {
    return domainCpu(this.#connection, name);
  }

  compareCpu(cpu: string): Promise<CpuComparison> {
    return compareCpu(this.#connection, cpu);
  }

  /** libvirt's XML document of a domain. */
  async xmlDescription(name: string): Promise<string> {
    const dom = await lookupDomain(this.#connection, name);
    return (await this.#connection.call(remoteProcedures.domainGetXMLDesc, { dom, flags: 0 })).xml;
  }

  async shutdown(name: string): Promise<void> {
    const dom = await lookupRunning(this.#connection, name);
    await this.#connection.call(remoteProcedures.domainShutdown, { dom });
  }

  async reboot(name: string): Promise<void> {
    const dom = await lookupRunning(this.#connection, name);
    await this.#connection.call(remoteProcedures.domainReboot, { dom, flags: 0 });
  }

  async destroy(name: string): Promise<void> {
    const dom = await lookupRunning(this.#connection, name);
    await this.#connection.call(remoteProcedures.domainDestroy, { dom });
  }

  suspend(name: string): Promise<void> {
    return suspendDomain(this.#connection, name);
  }

  resume(name: string): Promise<void> {
    return this.#guardingDisks(name, this.#disksOf(name), () => resumeDomain(this.#connection, name));
  }

  statistics(): Promise<readonly DomainStatistics[]> {
    return domainStatistics(this.#connection);
  }

  async nodeCpu(): Promise<{ readonly busySeconds: number; readonly totalSeconds: number; readonly cpus: number }> {
    const fieldCount = (this.#cpuFieldCount ??= nodeCpuFieldCount(this.#connection));
    fieldCount.catch(() => (this.#cpuFieldCount = undefined));
    const [{ cpus }, seconds] = await Promise.all([
      this.capabilities(),
      fieldCount.then((count) => nodeCpuSeconds(this.#connection, count)),
    ]);
    return { ...seconds, cpus };
  }

  nodeMemory(): Promise<{ readonly totalMiB: number; readonly freeMiB: number }> {
    return nodeMemory(this.#connection);
  }

  networks(): Promise<readonly HostNetwork[]> {
    return hostNetworks(this.#connection);
  }

  /** The addresses that a network of this host's libvirt has given to guests. */
  dhcpLeases(network: string): Promise<readonly DhcpLease[]> {
    return dhcpLeases(this.#connection, network);
  }

  onDomainEvent(listener: (event: DomainEvent) => void): Promise<Subscription> {
    return this.#events.onLifecycle(listener);
  }

  /** Called when the agent of a guest comes or goes; only where the domain has a channel for it. */
  onAgentState(listener: (state: AgentState) => void): Promise<Subscription> {
    return this.#events.onAgentState(listener);
  }

  /** Called when a migration away from here begins one more round of pre-copy. */
  onMigrationIteration(listener: (iteration: MigrationIteration) => void): Promise<Subscription> {
    return this.#events.onMigrationIteration(listener);
  }

  /** Called when a guest reboots. */
  onReboot(listener: (domain: { readonly domain: string; readonly uuid: string }) => void): Promise<Subscription> {
    return this.#events.onReboot(listener);
  }

  /** Called once, when this connection is lost: it does not come back. */
  onConnection(listener: (change: ConnectionChange) => void): Subscription {
    return this.#connection.onClose((reason) => listener({ connected: false, reason }));
  }

  migrate(name: string, target: MigrationTarget, options: MigrationOptions = {}): Promise<MigrationOutcome> {
    const source = {
      host: this.host,
      connection: this.#connection,
      clock: this.#clock,
      completedJobs: this.#events.completedJobs,
      unsafe: this.#options.unsafe ?? false,
      progressEveryMs: this.#options.progressEveryMs ?? 250,
      withTarget: async <T>({ host, uri }: MigrationTarget, use: (connection: RpcConnection) => Promise<T>) => {
        const other = await LibvirtHypervisor.connect({ ...this.#options, host, uri });
        try {
          return await use(other.#connection);
        } finally {
          await other.close();
        }
      },
    };
    return migrateDomain(source, name, target, options);
  }

  migrationOf(name: string): Promise<MigrationProgress | undefined> {
    return migrationOf(this.#connection, name);
  }

  guestAgent(
    name: string,
    command: { readonly execute: string; readonly arguments?: unknown },
    timeoutMs = 5000,
  ): Promise<unknown> {
    return guestAgentCommand(this.#connection, name, command, timeoutMs);
  }

  /** Ends the connection; domains and migrations under way go on without it. */
  close(): Promise<void> {
    this.#connection.close(remoteProcedures.connectClose);
    return Promise.resolve();
  }

  #guardingDisks<T>(name: string, disks: () => Promise<readonly string[]>, call: () => Promise<T>): Promise<T> {
    return guardingDisks(this.#connection, { host: this.host, name, disks }, call);
  }

  #disksOf(name: string): () => Promise<readonly string[]> {
    return async () => (await this.describe(name)).description.disks.map(({ path }) => path);
  }

  async #xml(description: DomainDescription): Promise<string> {
    const { domainType, diskCache } = this.#options;
    const { domainTypes, version } = await this.capabilities();
    const type = domainType ?? domainTypes[0];
    if (type === undefined) {
      throw new AttituneError('hypervisor', `${this.host} can run no virtual machines: install qemu-system-x86 there.`);
    }
    const losesWrites = Number(/^QEMU (\d+)/.exec(version)?.[1] ?? 0) < FIRST_QEMU_THAT_TRACKS_WRITES;
    return domainXml(description, {
      type,
      types: domainTypes,
      ...(diskCache && { diskCache }),
      ...(losesWrites && { unevenMemory: true }),
    });
  }
}
