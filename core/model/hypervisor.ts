/**
 * The contract of a hypervisor on one host. Implementations: `wrappers/libvirt` (real) and `wrappers/simulated`;
 * both pass `test/contract/hypervisor.contract.ts`. Names are libvirt's: *destroy* is power off, *shutdown* asks the guest.
 */

export type DomainState =
  'running' | 'blocked' | 'paused' | 'shutdown' | 'shutoff' | 'crashed' | 'pmsuspended' | 'unknown';

export interface Domain {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState;
}

export interface DiskDescription {
  /** Path of the image on storage that every host of the family shares. */
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly readOnly?: boolean;
}

/** A domain to be created, free of any hypervisor's own format. */
export interface DomainDescription {
  readonly name: string;
  readonly uuid?: string;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly disks: readonly DiskDescription[];
  /** Direct kernel boot; absent: the first disk boots by firmware. */
  readonly boot?: { readonly kernel: string; readonly initrd: string; readonly commandLine: string };
  readonly network?: { readonly bridge: string; readonly mac: string };
  /** CPU model; default `qemu64` under software emulation, `host-model` with hardware virtualisation. */
  readonly cpuModel?: string;
  /** Where the guest's console is written on the host. */
  readonly consoleLog?: string;
}

export interface DomainStatistics {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState;
  /** CPU time used since the domain started on this host, in seconds. It restarts at 0 after a migration. */
  readonly cpuSeconds: number;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly maxMemoryMiB: number;
  /** Resident memory of the domain's process, where the hypervisor tells it. */
  readonly residentMiB?: number;
  readonly network?: { readonly receivedBytes: number; readonly sentBytes: number };
  readonly block?: { readonly readBytes: number; readonly writtenBytes: number };
}

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

export type DomainEventKind =
  'defined' | 'undefined' | 'started' | 'suspended' | 'resumed' | 'stopped' | 'shutdown' | 'pmsuspended' | 'crashed';

/** A life-cycle event of a domain. `detail` is libvirt's detail by name, such as `migrated`, `destroyed`, `failed`. */
export interface DomainEvent {
  readonly domain: string;
  readonly uuid: string;
  readonly kind: DomainEventKind;
  readonly detail: string;
}

export interface MigrationProgress {
  readonly domain: string;
  readonly elapsedMs: number;
  readonly processedBytes: number;
  readonly remainingBytes: number;
  readonly totalBytes: number;
  /** Pre-copy rounds so far, where known. */
  readonly iteration?: number;
  /** Pages dirtied per second times the page size, in bytes per second, where known. */
  readonly dirtyBytesPerSecond?: number;
}

export interface MigrationOptions {
  readonly onProgress?: (progress: MigrationProgress) => void;
  /** Aborts the migration; the domain stays on its source, and `migrate` rejects with `migration-aborted`. */
  readonly signal?: AbortSignal;
  readonly bandwidthMiBps?: number;
  readonly maxDowntimeMs?: number;
}

/** Where to migrate to: how the *source* daemon reaches the target's, peer to peer. */
export interface MigrationTarget {
  readonly host: string;
  readonly uri: string;
}

export interface MigrationOutcome {
  readonly elapsedMs: number;
  /** How long the guest stood still, by the hypervisor's own measure. */
  readonly downtimeMs: number;
  readonly transferredBytes: number;
  readonly iterations?: number;
}

export interface Subscription {
  unsubscribe(): void;
}

/**
 * All methods reject with `AttituneError`: `domain-not-found`, `domain-exists`, `domain-state`, `host-unreachable`,
 * `migration-failed`, `migration-aborted`, `guest-agent`, or `hypervisor` (with `details.libvirtCode` where libvirt spoke).
 */
export interface Hypervisor {
  /** The host's name in the deployment. */
  readonly host: string;
  readonly uri: string;
  capabilities(): Promise<HostCapabilities>;
  list(): Promise<readonly Domain[]>;
  /** Creates and starts a transient domain: it is gone when it stops. */
  create(description: DomainDescription): Promise<Domain>;
  /** Asks the guest to shut down and returns at once; the `stopped` event tells when it did. */
  shutdown(name: string): Promise<void>;
  /** Powers the domain off. */
  destroy(name: string): Promise<void>;
  suspend(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** The statistics of every active domain in one call. */
  statistics(): Promise<readonly DomainStatistics[]>;
  /** Cumulative CPU time of the whole node in seconds, and its number of CPUs. */
  nodeCpu(): Promise<{ readonly busySeconds: number; readonly totalSeconds: number; readonly cpus: number }>;
  onDomainEvent(listener: (event: DomainEvent) => void): Promise<Subscription>;
  /** Called when the connection is lost; the reason is an `AttituneError` of code `host-unreachable`. */
  onClose(listener: (reason: Error) => void): Subscription;
  /** Live migration, peer to peer. Resolves when the domain runs on the target and is gone from the source. */
  migrate(name: string, target: MigrationTarget, options?: MigrationOptions): Promise<MigrationOutcome>;
  /** One command of the QEMU guest agent's protocol, `{execute, arguments}`; resolves with its `return`. */
  guestAgent(
    name: string,
    command: { readonly execute: string; readonly arguments?: unknown },
    timeoutMs?: number,
  ): Promise<unknown>;
  close(): Promise<void>;
}
