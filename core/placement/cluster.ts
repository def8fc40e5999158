import type { Constraint } from '../model/deployment.js';
import type { PowerCurve } from '../model/power.js';

export type { PowerCurve } from '../model/power.js';

/**
 * A cluster as plain data: what the planner looks at, and what `attitune snapshot` writes as JSON. CPU is in CPUs (0.8 =
 * 80 % of a core), memory in MiB, times in milliseconds since the epoch. A number that is absent was not measured, or
 * not freshly enough to decide on.
 */
export interface Cluster {
  readonly at: number;
  /** When the manager that sees it began to; absent: long ago. */
  readonly startedAt?: number;
  readonly hosts: readonly ClusterHost[];
  readonly vms: readonly ClusterVm[];
  /** What placements must, or should, keep. Absent: nothing but room. */
  readonly constraints?: readonly Constraint[];
  /** How far hosts are from each other, and who talks to whom. Absent: all hosts are alike. */
  readonly network?: ClusterNetwork;
  /** What queues, and the nodes that work on them, told freshly. Absent: there are no groups with queues. */
  readonly work?: readonly WorkReading[];
}

/** Of a queue: what waits in it; of a node: what runs on it. */
export interface WorkReading {
  readonly component: string;
  readonly value: number;
  readonly at: number;
}

export interface ClusterHost {
  readonly name: string;
  /** The family of hosts it belongs to. */
  readonly family?: string;
  readonly cpuCapacity: number;
  /** CPUs that it has, however much of them it may use; absent: not known. */
  readonly cpus?: number;
  /** CPU in use by everything on it, its VMs included. */
  readonly cpuUsed?: number;
  readonly memoryMiB: number;
  /** Memory of the host's own system and of what is no VM of the cluster. */
  readonly memoryReservedMiB?: number;
  /** Virtual CPUs that may be promised for each real one, and memory for each MiB; absent: any, and 1. */
  readonly overcommit?: { readonly vcpus?: number; readonly memory?: number };
  /** False: takes no VMs (unreachable, in maintenance). */
  readonly accepting: boolean;
  /** Why it takes none, where that is known: `it is in maintenance`. */
  readonly closed?: string;
  /** Software that runs on the host itself and cannot be moved live. */
  readonly software?: readonly string[];
  /** What it draws. Absent: not known, and energy is not weighed on it. */
  readonly power?: PowerCurve;
  /** Whether it is switched on; absent: it is. One that is off takes VMs only after it was woken. */
  readonly powered?: 'on' | 'off' | 'changing';
  /** When it was last switched on or off. */
  readonly poweredAt?: number;
  /** CPU models that its hypervisor can run; absent: not known, which forbids nothing. */
  readonly cpuModels?: readonly string[];
}

export interface ClusterVm {
  readonly name: string;
  /** Empty: on none yet. */
  readonly host: string;
  readonly className: string;
  /** Names that constraints may use for it besides its own and its class. */
  readonly groups?: readonly string[];
  /** CPU it uses on its host now. */
  readonly cpuUsed?: number;
  /** What it used over a window. */
  readonly demand?: Demand;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Load on memory, disk and network, each in a unit of its own that is the same for all VMs. */
  readonly memoryLoad?: number;
  readonly diskLoad?: number;
  readonly networkLoad?: number;
  readonly running: boolean;
  /** Where it was started. */
  readonly home?: string;
  /** When its last migration ended. */
  readonly movedAt?: number;
  /** Its former migrations that still count for cool-downs and cycles, oldest first. */
  readonly moves?: readonly PastMove[];
  /** Why it cannot be moved now, whatever the goal: `it has a PCI device of its host`. */
  readonly locked?: string;
  /** How fast it writes to its memory; absent: not known. */
  readonly dirtyMiBPerSecond?: number;
  /** The CPU model that its guest was started with; absent: any will do. */
  readonly cpuModel?: string;
  /** Software inside that does not do as it should, from its own readings: 1.5 is one and a half times its objective. */
  readonly strain?: number;
}

/** CPU over a window, in CPUs. */
export interface Demand {
  readonly windowMs: number;
  readonly samples: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly max: number;
  /** What it is expected to be when the next decision is made; absent: too few readings to tell. */
  readonly predicted?: number;
}

export interface PastMove {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** CPU that the VM used then; absent: not known, and taken for what it uses now. */
  readonly cpu?: number;
}

export interface ClusterNetwork {
  /** Distance of pairs of hosts, symmetric, in any one unit (hops, ms); what is not named is `otherwise`. */
  readonly distances: readonly { readonly between: readonly [string, string]; readonly distance: number }[];
  readonly otherwise: number;
  /** Mbit/s between VMs, or between a VM and a host. */
  readonly traffic: readonly { readonly between: readonly [string, string]; readonly mbitPerSecond: number }[];
  /** Mbit/s that a migration gets; absent: 1000. */
  readonly migrationMbitPerSecond?: number;
}

export interface Move {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  /** What the goal gains by it, in the goal's own measure; of `relieve`: the CPU share of the source host that it frees, in [0, 1]. */
  readonly gain: number;
  /** What it costs in the same measure. */
  readonly cost?: number;
  /** From 0: moves of one step may run side by side; each step begins when the one before it has ended. Absent: 0. */
  readonly step?: number;
  readonly why: string;
}

/** A candidate that was not taken, and the rule that spoke against it. */
export interface Rejection {
  readonly vm: string;
  readonly to?: string;
  readonly rule:
    | 'no-fresh-reading'
    | 'not-running'
    | 'cool-down'
    | 'memory'
    | 'cpus'
    | 'not-accepting'
    | 'would-overload'
    | 'no-gain'
    | 'constraint'
    | 'second-best'
    | 'cardinality'
    | 'software'
    | 'excepted'
    | 'locked'
    | 'cycle'
    | 'start-up'
    | 'off'
    | 'cpu-model'
    | 'mode';
  readonly detail: string;
}

/**
 * `nothing-to-do`: the goal holds already; `no-gain`: moves fit but help too little; `infeasible`: nothing fits. The
 * others belong to goals that move nothing: may one more join, which may go, may it be restarted, in which order, how
 * large is it to be. `recommended` and `declined`: there is a plan, and it is not to be carried out: modes say so, an
 * administrator, or `attitune hold`. `switch`: nothing moves, and hosts are to be switched on or off.
 */
export type PlanAnswer =
  | 'move'
  | 'switch'
  | 'scale'
  | 'grow'
  | 'remove'
  | 'restart'
  | 'exhausted'
  | 'order'
  | 'nothing-to-do'
  | 'no-gain'
  | 'infeasible'
  | 'recommended'
  | 'declined';

export interface Plan {
  readonly goal: string;
  readonly answer: PlanAnswer;
  readonly moves: readonly Move[];
  /** Of `recommended` and `declined`: what the answer would have been, and its moves. */
  readonly instead?: PlanAnswer;
  readonly recommended?: readonly Move[];
  readonly rejected: readonly Rejection[];
  /** Of `infeasible`: a smallest set of what cannot hold together, each in words; without any one of them there is a plan. */
  readonly conflict?: readonly string[];
  /** The measures of the goal before, and as predicted for afterwards; the same names in both. */
  readonly before?: Readonly<Record<string, number>>;
  readonly after?: Readonly<Record<string, number>>;
  /** Hosts to be switched on before the first move, and off after the last. */
  readonly wake?: readonly string[];
  readonly powerOff?: readonly string[];
  readonly elapsedMs?: number;
  /** Of `evacuate`: what is still on the host. */
  readonly left?: readonly string[];
  /** Of `spare`: the component that may go. */
  readonly component?: string;
  /** Of `order`: names, each layer to be started after the one before it. */
  readonly layers?: readonly (readonly string[])[];
  /** Of `order`: all that the layers hold, and what is bound to any of it from outside. */
  readonly names?: readonly string[];
  readonly clients?: readonly string[];
  /** Of `size` and `room`: what the VM is to have, such as `512 MiB` and `2`. */
  readonly memory?: string;
  readonly vcpus?: string;
  /** Of `restart`: what the attribute `restarts` is to be. */
  readonly restarts?: string;
  /** One line for the journal. */
  readonly why: string;
}

/** The cluster as it would be after a move: what comes next is weighed on it. */
export function afterMove(cluster: Cluster, vm: ClusterVm, to: string): Cluster {
  const shift = { [vm.host]: -(vm.cpuUsed ?? 0), [to]: vm.cpuUsed ?? 0 };
  return {
    ...cluster,
    hosts: cluster.hosts.map((host) =>
      host.cpuUsed === undefined || !(host.name in shift)
        ? host
        : { ...host, cpuUsed: Math.max(0, host.cpuUsed + (shift[host.name] ?? 0)) },
    ),
    vms: cluster.vms.map((other) => (other.name === vm.name ? { ...other, host: to } : other)),
  };
}

/** Larger ones first: they are the hardest to find room for. */
export function byMemory(a: ClusterVm, b: ClusterVm): number {
  return b.memoryMiB - a.memoryMiB || a.name.localeCompare(b.name, 'en', { numeric: true });
}

export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** Memory promised to the VMs of a host. */
export function memoryUsed(cluster: Cluster, host: string): number {
  return indexOf(cluster.vms).memoryOn.get(host) ?? 0;
}

/** The other VMs of a VM's class. */
export function peersOf(cluster: Cluster, vm: ClusterVm): readonly ClusterVm[] {
  const alike = indexOf(cluster.vms).ofClass.get(vm.className) ?? [];
  return alike.filter(({ name }) => name !== vm.name);
}

interface VmIndex {
  readonly memoryOn: ReadonlyMap<string, number>;
  readonly ofClass: ReadonlyMap<string, readonly ClusterVm[]>;
}

/** A list of VMs never changes, so what it holds is counted once. */
const indexes = new WeakMap<readonly ClusterVm[], VmIndex>();

function indexOf(vms: readonly ClusterVm[]): VmIndex {
  const known = indexes.get(vms);
  if (known) return known;
  const memoryOn = new Map<string, number>();
  const ofClass = new Map<string, ClusterVm[]>();
  for (const vm of vms) {
    memoryOn.set(vm.host, (memoryOn.get(vm.host) ?? 0) + vm.memoryMiB);
    const alike = ofClass.get(vm.className);
    if (alike) alike.push(vm);
    else ofClass.set(vm.className, [vm]);
  }
  const index = { memoryOn, ofClass };
  indexes.set(vms, index);
  return index;
}
