/** Virtual machines as a hypervisor knows them. Names are libvirt's. */

export type DomainState =
  'running' | 'blocked' | 'paused' | 'shutdown' | 'shutoff' | 'crashed' | 'pmsuspended' | 'unknown';

export interface Domain {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState;
  /** True where it is defined, so that it outlives its run; a transient domain is gone when it stops. */
  readonly persistent: boolean;
}

export interface DiskDescription {
  /** Path of the image on storage that every host of the family shares. */
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly readOnly?: boolean;
}

/** A network card: on a bridge of the host, or on a network of the hypervisor. Exactly one of the two is set. */
export interface NetworkDescription {
  readonly mac: string;
  readonly bridge?: string;
  readonly network?: string;
}

/** Kernel and initial file system that the hypervisor boots by itself. */
export interface DirectBoot {
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
}

/** A domain to be created, free of any hypervisor's own format. */
export interface DomainDescription {
  readonly name: string;
  readonly uuid?: string;
  readonly memoryMiB: number;
  /** What `scale` may grow it to while it runs; by default `memoryMiB`. */
  readonly maxMemoryMiB?: number;
  readonly vcpus: number;
  /** What `scale` may grow it to while it runs; by default `vcpus`. */
  readonly maxVcpus?: number;
  readonly disks: readonly DiskDescription[];
  /** Direct kernel boot; absent: the first disk boots by firmware. */
  readonly boot?: DirectBoot;
  readonly networks?: readonly NetworkDescription[];
  /** CPU model; default `qemu64` under software emulation, `host-model` with hardware virtualisation. */
  readonly cpuModel?: string;
  /** Where the guest's console is written on the host. */
  readonly consoleLog?: string;
  /** What is kept with the domain for its administrators, such as the image it was made from. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The hypervisor's own document that this was read from: what it says beyond this description is kept. */
  readonly document?: string;
}

/** A domain that is there, with its definition (where it has one, that of its next start). */
export interface DomainDetails extends Domain {
  readonly description: DomainDescription;
  readonly autostart: boolean;
}

/** How large a domain is now. */
export interface DomainSize {
  readonly vcpus: number;
  readonly memoryMiB: number;
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

export type DomainEventKind =
  'defined' | 'undefined' | 'started' | 'suspended' | 'resumed' | 'stopped' | 'shutdown' | 'pmsuspended' | 'crashed';

/**
 * A life-cycle event of a domain. `detail` is libvirt's detail by name, such as `migrated`, `destroyed`, `failed`; it is
 * `missed` where it happened while the connection was lost, and is told from what is found afterwards.
 */
export interface DomainEvent {
  readonly domain: string;
  readonly uuid: string;
  readonly kind: DomainEventKind;
  readonly detail: string;
}
