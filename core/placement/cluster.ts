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
  /** CPU in use by everything on it. */
  readonly cpuUsed?: number;
  readonly memoryMiB: number;
  /** False: takes no VMs (unreachable, in maintenance). */
  readonly accepting: boolean;
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
    | 'not-accepting'
    | 'would-overload'
    | 'no-gain'
    | 'constraint'
    | 'second-best';
  readonly detail: string;
}

/** `nothing-to-do`: the goal holds already; `no-gain`: moves fit but help too little; `infeasible`: no move fits. */
export type PlanAnswer = 'move' | 'nothing-to-do' | 'no-gain' | 'infeasible';

export interface Plan {
  readonly goal: string;
  readonly answer: PlanAnswer;
  readonly moves: readonly Move[];
  readonly rejected: readonly Rejection[];
  /** One line for the journal. */
  readonly why: string;
}

export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** Memory promised to the VMs of a host. */
export function memoryUsed(cluster: Cluster, host: string): number {
  return cluster.vms.filter((vm) => vm.host === host).reduce((sum, vm) => sum + vm.memoryMiB, 0);
}
