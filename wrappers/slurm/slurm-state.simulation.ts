import type { SimulatedProcess } from '../simulated/process.js';

export interface SimulatedJob {
  readonly id: number;
  readonly partition: string;
  readonly cpus: number;
  readonly nodes: number;
  readonly runMs: number;
  held: boolean;
  state: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'CANCELLED';
  reason: string;
  on: readonly SimulatedNode[];
  /** How often it began anew, because a node was lost under it. */
  restarts: number;
}

export interface SimulatedNode {
  readonly name: string;
  readonly group: string;
  readonly cpus: number;
  /** Its slurmd. */
  readonly process: SimulatedProcess;
  draining: boolean;
  readonly running: Map<SimulatedJob, SimulatedProcess>;
}

/** The controller looks at its queues so long after something changed. */
const SCHEDULE_MS = 100;
/** A job that has ended is told of for a while, as `MinJobAge` of slurm.conf says. */
const REMEMBERED = 10_000;

/**
 * What slurmctld knows and does, in the simulation: jobs start in the order of their submission on idle CPUs of the nodes
 * of their partition's group; a node that drains takes none; a job whose node is lost waits again.
 */
export class SlurmState {
  readonly nodes = new Map<string, SimulatedNode>();
  readonly closed = new Set<string>();
  readonly #process: SimulatedProcess;
  #jobs: SimulatedJob[] = [];
  #nextId = 1;
  #due = false;

  constructor(
    /** The controller's own. */
    process: SimulatedProcess,
    readonly partitions: readonly string[],
  ) {
    this.#process = process;
  }

  get jobs(): readonly SimulatedJob[] {
    return this.#jobs;
  }

  submit(job: Pick<SimulatedJob, 'partition' | 'cpus' | 'nodes' | 'runMs' | 'held'>): SimulatedJob {
    const made: SimulatedJob = { ...job, id: this.#nextId++, state: 'PENDING', reason: 'None', on: [], restarts: 0 };
    this.#jobs = [...this.#jobs, made].slice(-REMEMBERED);
    this.changed();
    return made;
  }

  cancel(id: number): boolean {
    const job = this.#jobs.find((candidate) => candidate.id === id);
    if (!job || job.state === 'COMPLETED' || job.state === 'CANCELLED') return false;
    const { on } = job;
    job.state = 'CANCELLED';
    for (const node of on) node.running.get(job)?.exit(143);
    return true;
  }

  /** A slurmd tells of itself; it is forgotten by `delete`, and takes nothing once it has ended. */
  register(node: Pick<SimulatedNode, 'name' | 'group' | 'cpus' | 'process'>): void {
    this.nodes.set(node.name, { ...node, draining: false, running: new Map() });
    this.changed();
  }

  /** False where jobs are on it. */
  forget(name: string): boolean {
    const node = this.nodes.get(name);
    if (!node || node.running.size > 0) return false;
    return this.nodes.delete(name);
  }

  /** As sinfo tells it: `idle`, `mixed`, `allocated`, `draining`, `drained`, `down`. */
  stateOf(node: SimulatedNode): string {
    if (!answers(node)) return node.draining ? 'drained*' : 'down*';
    if (node.draining) return node.running.size > 0 ? 'draining' : 'drained';
    const used = usedCpus(node);
    return used === 0 ? 'idle' : used < node.cpus ? 'mixed' : 'allocated';
  }

  /** Looks at the queues soon. */
  changed(): void {
    if (this.#due) return;
    this.#due = true;
    this.#process.after(SCHEDULE_MS, () => {
      this.#due = false;
      this.#schedule();
    });
  }

  #schedule(): void {
    const first = new Set<string>();
    for (const job of this.#jobs) {
      if (job.state !== 'PENDING') continue;
      job.reason = this.#reasonOf(job, first.has(job.partition));
      if (job.reason !== '') {
        if (!job.held) first.add(job.partition);
        continue;
      }
      this.#start(job);
    }
  }

  /** Why it cannot start now; empty where it can. */
  #reasonOf(job: SimulatedJob, behind: boolean): string {
    if (job.held) return 'JobHeldUser';
    if (this.closed.has(job.partition)) return 'PartitionDown';
    if (behind) return 'Priority';
    const group = this.#groupOf(job);
    if (group.length === 0) return 'PartitionConfig';
    return this.#fitting(job).length < job.nodes ? 'Resources' : '';
  }

  #groupOf({ partition }: SimulatedJob): readonly SimulatedNode[] {
    return [...this.nodes.values()].filter(({ group }) => group === partition);
  }

  #fitting(job: SimulatedJob): readonly SimulatedNode[] {
    const each = cpusOnEach(job);
    return this.#groupOf(job).filter((node) => answers(node) && !node.draining && node.cpus - usedCpus(node) >= each);
  }

  #start(job: SimulatedJob): void {
    job.on = this.#fitting(job).slice(0, job.nodes);
    job.state = 'RUNNING';
    const ended = (code: number) => {
      if (job.state !== 'RUNNING') return;
      const { on } = job;
      job.state = code === 0 ? 'COMPLETED' : 'PENDING';
      if (code !== 0) job.restarts += 1;
      job.on = [];
      for (const node of on) node.running.get(job)?.exit(code);
    };
    for (const node of job.on) {
      const process = node.process.machine.spawn(['slurmstepd', `[${job.id}.batch]`], {}, undefined);
      node.running.set(job, process);
      process.demand(cpusOnEach(job));
      process.onExit(() => {
        node.running.delete(job);
        ended(process.exitCode ?? 1);
        this.changed();
      });
      process.after(job.runMs, () => process.exit(0));
    }
  }
}

export function cpusOnEach({ cpus, nodes }: SimulatedJob): number {
  return Math.ceil(cpus / nodes);
}

export function usedCpus({ running }: SimulatedNode): number {
  return [...running.keys()].reduce((sum, job) => sum + cpusOnEach(job), 0);
}

function answers({ process }: SimulatedNode): boolean {
  return process.alive;
}
