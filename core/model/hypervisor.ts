/**
 * The contract of a hypervisor on one host. Implementations: `wrappers/libvirt` (real) and `wrappers/simulated`;
 * both pass `test/contract/hypervisor.contract.ts`. Names are libvirt's: *destroy* is power off, *shutdown* asks the guest.
 */
import type { Domain, DomainDescription, DomainDetails, DomainEvent, DomainSize, DomainStatistics } from './domain.js';
import type { MigrationOptions, MigrationOutcome, MigrationProgress, MigrationTarget } from './migration.js';
import type { Storage } from './storage.js';

export type * from './domain.js';
export type * from './migration.js';

export interface HostCapabilities {
  readonly hostUuid: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The hypervisor's driver and version, such as `QEMU 7.2.22 / libvirt 9.0.0`. */
  readonly version: string;
  /** Domain types that can run here, `kvm` before `qemu` where both can. */
  readonly domainTypes: readonly string[];
}

/** What a domain can be connected to on a host. */
export interface HostNetwork {
  /** `bridge`: one of the host; `network`: one of the hypervisor, with its own bridge and, mostly, DHCP. */
  readonly kind: 'bridge' | 'network';
  readonly name: string;
  readonly active: boolean;
}

/** How a host's CPU relates to the one that a domain needs. Only `incompatible` forbids a migration. */
export type CpuComparison = 'incompatible' | 'identical' | 'superset';

export interface Subscription {
  unsubscribe(): void;
}

/** The connection was lost (`reason`: an `AttituneError` of code `host-unreachable`), or is there again. */
export type ConnectionChange = { readonly connected: false; readonly reason: Error } | { readonly connected: true };

/**
 * All methods reject with `AttituneError`: `domain-not-found`, `domain-exists`, `domain-state`, `disk-in-use` (where a start
 * or resumption would use a disk of another domain), `host-unreachable`,
 * `migration-failed`, `migration-aborted`, `migration-timeout`, `guest-agent`, or `hypervisor` (with
 * `details.libvirtCode` where libvirt spoke).
 */
export interface Hypervisor {
  /** The host's name in the deployment. */
  readonly host: string;
  readonly uri: string;
  readonly storage: Storage;

  capabilities(): Promise<HostCapabilities>;
  /** Cumulative CPU time of the whole node in seconds, and its number of CPUs. */
  nodeCpu(): Promise<{ readonly busySeconds: number; readonly totalSeconds: number; readonly cpus: number }>;
  /** `freeMiB` counts what the host's kernel would give back at once, such as its caches. */
  nodeMemory(): Promise<{ readonly totalMiB: number; readonly freeMiB: number }>;
  /** Bridges are told where the hypervisor knows those of its host. */
  networks(): Promise<readonly HostNetwork[]>;

  list(): Promise<readonly Domain[]>;
  describe(name: string): Promise<DomainDetails>;
  /** The statistics of every active domain in one call. */
  statistics(): Promise<readonly DomainStatistics[]>;
  /** The addresses of the guest, by DHCP lease, or as its agent tells them; without loopback and link-local ones. */
  addresses(name: string): Promise<readonly string[]>;

  /** Creates and starts a transient domain: it is gone when it stops. */
  create(description: DomainDescription): Promise<Domain>;
  /** Defines a domain without starting it; one of the same name and uuid gets this new definition from its next start on. */
  define(description: DomainDescription): Promise<Domain>;
  /** Starts a defined domain. Rejects with `domain-state` where it is started. */
  start(name: string): Promise<void>;
  /** Forgets a definition: the domain is gone at once, or, where it runs, when it stops. Disks stay. */
  undefine(name: string): Promise<void>;
  /** Whether the host starts the domain when it comes up itself. Rejects with `domain-state` for a transient one. */
  setAutostart(name: string, autostart: boolean): Promise<void>;
  /** Asks the guest to shut down and returns at once; the `stopped` event tells when it did. */
  shutdown(name: string): Promise<void>;
  /** Asks the guest to reboot and returns at once. */
  reboot(name: string): Promise<void>;
  /** Powers the domain off. */
  destroy(name: string): Promise<void>;
  suspend(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /**
   * Changes virtual CPUs and memory of a domain, at once where it runs, and in its definition where it has one. Resolves
   * with what it was told to be; a guest gives memory back, and takes CPUs off, in its own time. Rejects with `value`
   * beyond its maximum or below 1.
   */
  scale(name: string, size: Partial<DomainSize>): Promise<DomainSize>;
  /**
   * How a domain that runs shares the host's CPU where there is not enough for all: one with twice the weight of another
   * gets twice the time, as long as it wants it. 2 to 10,000; it counts beside domains that were given one too, until the
   * domain stops. Rejects with `value`, with `domain-state` where it does not run, and with `hypervisor` where the host
   * cannot share its CPU out (QEMU needs the cpu controller of cgroups).
   */
  setCpuWeight(name: string, weight: number): Promise<void>;

  /** What the domain asks of a CPU, in the hypervisor's own words; absent where any will do. */
  cpuOf(name: string): Promise<string | undefined>;
  /** Compares what `cpuOf` of another host told with this host's CPU. */
  compareCpu(cpu: string): Promise<CpuComparison>;
  /**
   * Migration, peer to peer: live for a domain that runs, else of its definition alone. Resolves when the hypervisor says
   * that the domain is on the target and gone from the source; a defined one is defined on the target only.
   */
  migrate(name: string, target: MigrationTarget, options?: MigrationOptions): Promise<MigrationOutcome>;
  /**
   * How far the migration is that takes a domain away from this host, or brings it here, whoever began it; `undefined`
   * where there is none. Optional: where it is missing nobody but who began a migration can tell that it goes on.
   */
  migrationOf?(name: string): Promise<MigrationProgress | undefined>;

  /** One command of the QEMU guest agent's protocol, `{execute, arguments}`; resolves with its `return`. */
  guestAgent(
    name: string,
    command: { readonly execute: string; readonly arguments?: unknown },
    timeoutMs?: number,
  ): Promise<unknown>;

  onDomainEvent(listener: (event: DomainEvent) => void): Promise<Subscription>;
  /**
   * Called when the connection is lost, and when it is there again: the events of what changed meanwhile have then been
   * told, with the detail `missed`, to those of `onDomainEvent`.
   */
  onConnection(listener: (change: ConnectionChange) => void): Subscription;
  close(): Promise<void>;
}
