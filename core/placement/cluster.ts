/**
 * A cluster as plain data: what the planner looks at. CPU is in CPUs (0.8 = 80 % of a core), memory in MiB.
 * A number that is absent was not measured, or not freshly enough to decide on.
 */
export interface Cluster {
  readonly at: number;
  readonly hosts: readonly ClusterHost[];
  readonly vms: readonly ClusterVm[];
}

export interface ClusterHost {
  readonly name: string;
  readonly cpuCapacity: number;
  /** CPUs that it has, however much of them it may use; absent: not known. */
  readonly cpus?: number;
  /** CPU in use by everything on it. */
  readonly cpuUsed?: number;
  readonly memoryMiB: number;
  /** False: takes no VMs (unreachable, in maintenance). */
  readonly accepting: boolean;
  /** Why it takes none, where that is known: `it is in maintenance`. */
  readonly closed?: string;
  /** Software that runs on the host itself and cannot be moved live. */
  readonly software?: readonly string[];
}

export interface ClusterVm {
  readonly name: string;
  readonly host: string;
  readonly className: string;
  /** CPU it uses on its host now. */
  readonly cpuUsed?: number;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly running: boolean;
  /** Where it was started. */
  readonly home?: string;
  /** When its last migration ended. */
  readonly movedAt?: number;
}

export interface Move {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  /** CPU share of the source host that the move frees, in [0, 1]. */
  readonly gain: number;
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
    | 'excepted';
  readonly detail: string;
}

/**
 * `nothing-to-do`: the goal holds already; `no-gain`: moves fit but help too little; `infeasible`: nothing fits. The
 * others belong to goals that move nothing: may one more join, which may go, may it be restarted, in which order, how
 * large is it to be.
 */
export type PlanAnswer =
  'move' | 'scale' | 'grow' | 'remove' | 'restart' | 'exhausted' | 'order' | 'nothing-to-do' | 'no-gain' | 'infeasible';

export interface Plan {
  readonly goal: string;
  readonly answer: PlanAnswer;
  readonly moves: readonly Move[];
  readonly rejected: readonly Rejection[];
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
