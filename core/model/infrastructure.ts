import type { Clock } from './clock.js';
import type { Executor, HttpClient } from './executor.js';
import type { DomainDescription, Hypervisor } from './hypervisor.js';
import type { LoadGenerator } from './load.js';
import type { MigrationQueue } from './migration-queue.js';
import type { PowerControl } from './power.js';
import type { DeploymentDiagram } from './deployment.js';
import type { SystemRepresentation } from './system-representation.js';

/**
 * Where a deployment runs: the hosts, their hypervisors, and the ways to reach what is inside. The same deployment runs
 * on each implementation: `wrappers/simulated`, `wrappers/lab`, `wrappers/libvirt`, `wrappers/hosts`.
 */
export interface Infrastructure {
  readonly kind: 'simulated' | 'lab' | 'libvirt' | 'local';
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly load: LoadGenerator;
  /** Every migration between its hosts goes through here. */
  readonly migrations: MigrationQueue;
  /** Brings the hosts of the deployment up (or connects to them). Rejects with all of it taken down again. */
  up(deployment: DeploymentDiagram, system: SystemRepresentation, options: UpOptions): Promise<void>;
  /** The hosts, after `up`. */
  hosts(): readonly HostAccess[];
  /** Rejects synchronously with `unknown-host`. */
  host(name: string): HostAccess;
  /** Prepares disk, addresses and boot of a new domain, without starting it. Idempotent by name. */
  prepareDomain(request: DomainRequest): Promise<PreparedDomain>;
  /** Removes what `prepareDomain` made for a domain that is gone. */
  releaseDomain(name: string): Promise<void>;
  /** An executor inside a guest; `host` is asked at each call, since the guest may move. */
  guest(domain: string, host: () => HostAccess): Executor;
  /** Called once the start diagram has ended. A lab limits its hosts' CPUs from here on. */
  deployed(): Promise<void>;
  /** Takes down what `up` and `prepareDomain` made; idempotent; on real hosts it only closes the connections. */
  down(): Promise<void>;
}

export interface UpOptions {
  readonly signal: AbortSignal;
  /** Long steps, such as building an image: `fraction` in [0, 1] where known. */
  readonly onProgress: (step: string, fraction?: number) => void;
}

export interface HostAccess {
  /** As in the deployment. */
  readonly name: string;
  readonly address: string;
  readonly hypervisor: Hypervisor;
  readonly executor: Executor;
  /** How the daemons of other hosts reach this one's, as the target of a peer-to-peer migration. */
  readonly migrationUri: string;
  /** CPUs that the host can use now: 0.8 where it is limited to 80 % of a core. */
  cpuCapacity(): number;
  /** The host's own meter; absent: probes read the cgroup, the hypervisor, or the local machine. */
  readonly usage?: () => Promise<NodeUsage>;
  /** The cgroup that makes this host a machine of a known size. */
  readonly cgroup?: CgroupLocation;
  /** Switches the host on and off. Absent: nobody here can. */
  readonly power?: PowerControl;
  /** True where the manager itself runs on this host. */
  readonly local: boolean;
  /** Member of the bus that works for it there: its agent. Absent: none can. */
  readonly agent?: string;
}

/** Folders of one cgroup: one per controller on v1, the same for all on v2. */
export interface CgroupLocation {
  readonly version: 1 | 2;
  readonly cpu: string;
  readonly cpuacct: string;
  readonly memory?: string;
}

/** What a node has used so far; a rate is the difference of two. */
export interface NodeUsage {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Cumulative CPU time in seconds. */
  readonly cpuBusySeconds: number;
  /** CPU time that the node can use in one second, in CPUs: `0.8` for 80 % of a core. */
  readonly cpuCapacity: number;
  readonly memoryUsedMiB?: number;
  readonly memoryTotalMiB?: number;
  /** Load averages over 1, 5 and 15 minutes. */
  readonly load?: readonly [number, number, number];
}

export interface DomainRequest {
  readonly name: string;
  readonly image: string;
  readonly memoryMiB: number;
  /** What it may be scaled to while it runs; by default what it begins with. */
  readonly maxMemoryMiB?: number;
  readonly vcpus: number;
  readonly maxVcpus?: number;
  readonly host: string;
  /** Size of its disk as the guest sees it; by default, and at least, the image's. */
  readonly diskMiB?: number;
  /** A swap disk of that size beside it; by default none. */
  readonly swapMiB?: number;
  /** A full copy of the image rather than an overlay on it. */
  readonly copy?: boolean;
  /** Debian packages that the image has besides its own: what the software inside needs. */
  readonly packages?: readonly string[];
  /** A web server of the guest's own answers on that port with its host name, from its start on; by default none does. */
  readonly httpPort?: number;
}

export interface PreparedDomain {
  readonly description: DomainDescription;
  /** The guest's address, reachable from the manager and from the other nodes; empty where it gets one by DHCP when it runs. */
  readonly address: string;
}
