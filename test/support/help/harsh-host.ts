import type { Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { MigrationOutcome } from '../../../core/model/migration.js';
import type { PeerHost, PeerReadings, PeerVm } from '../../../core/model/peer.js';

/** How the next migration of a host ends: as it should, failing, or done though its caller is told that it failed. */
export type MigrationEnd = 'done' | 'fails' | 'answer lost';

export interface Move {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  readonly at: number;
}

/** What all hosts of a world share. */
export interface HarshGround {
  readonly clock: Clock;
  readonly hosts: ReadonlyMap<string, HarshHost>;
  readonly moves: Move[];
  /** What no correct protocol may bring about. */
  readonly violations: string[];
  /** False while nothing can be copied between two hosts. */
  readonly linked: (from: string, to: string) => boolean;
}

const NEVER = new Promise<never>(() => undefined);

/**
 * A host whose hypervisor protects nothing: told to migrate a VM twice at once it doubles it, and takes more VMs in than it
 * has memory. Whatever a protocol does wrong becomes visible in {@link HarshGround.violations}.
 */
export class HarshHost implements PeerHost {
  readonly vmsHere = new Map<string, PeerVm>();
  readonly cpus = 4;
  /** Ends of the next migrations from here; then all are done. */
  readonly ends: MigrationEnd[] = [];
  /** True while its hypervisor does not answer. */
  silent = false;
  readonly #moving = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly memoryMiB: number,
    vms: readonly PeerVm[],
    private readonly ground: HarshGround,
  ) {
    for (const vm of vms) this.vmsHere.set(vm.name, vm);
  }

  get load(): number {
    return [...this.vmsHere.values()].reduce((sum, { load }) => sum + load, 0);
  }

  get usedMiB(): number {
    return [...this.vmsHere.values()].reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  }

  readings(): Promise<PeerReadings> {
    if (this.silent) return NEVER;
    const { load, usedMiB, memoryMiB, cpus } = this;
    return Promise.resolve({
      ...{ cpuLoadOne: load, cpuLoadFive: load, cpuLoadFifteen: load, cpus },
      actualFreeMemory: memoryMiB - usedMiB,
      actualUsedMemory: usedMiB,
      totalVmMemory: usedMiB,
      localVmCount: this.vmsHere.size,
    });
  }

  vms(): Promise<readonly PeerVm[]> {
    if (this.silent) return NEVER;
    return Promise.resolve([...this.vmsHere.values()]);
  }

  migrating(vm: string): Promise<boolean> {
    const moving = [...this.ground.hosts.values()].some((host) => host.#moving.has(vm));
    return Promise.resolve(moving);
  }

  async migrate(vm: string, to: string, signal: AbortSignal): Promise<MigrationOutcome> {
    const { clock, hosts, violations, moves, linked } = this.ground;
    const machine = this.vmsHere.get(vm);
    const target = hosts.get(to);
    if (!machine || !target) {
      violations.push(`${this.name} was told to migrate ${vm} to ${to}, which cannot be`);
      throw new AttituneError('domain-not-found', `${this.name} has no ${vm}.`);
    }
    if (this.#moving.has(vm)) violations.push(`${vm} was migrated twice at once`);
    this.#moving.set(vm, (this.#moving.get(vm) ?? 0) + 1);
    const end = this.ends.shift() ?? 'done';
    const elapsedMs = machine.memoryMiB * 10;
    try {
      for (let spent = 0; spent < elapsedMs; spent += 500) {
        await this.#pass(500, signal);
        if (!linked(this.name, to)) throw new AttituneError('migration-failed', 'the connection broke.');
      }
      if (end === 'fails') throw new AttituneError('migration-failed', 'the target refused it.');
    } finally {
      const count = (this.#moving.get(vm) ?? 1) - 1;
      if (count > 0) this.#moving.set(vm, count);
      else this.#moving.delete(vm);
    }
    target.vmsHere.set(vm, machine);
    this.vmsHere.delete(vm);
    moves.push({ vm, from: this.name, to, at: clock.now() });
    const copies = [...hosts.values()].filter((host) => host.vmsHere.has(vm));
    if (copies.length !== 1) violations.push(`${vm} is on ${copies.map(({ name }) => name).join(' and ')}`);
    if (target.usedMiB > target.memoryMiB) violations.push(`${to} took more in than it has memory for`);
    if (end === 'answer lost')
      throw new AttituneError('host-unreachable', 'the connection to the hypervisor was lost.');
    return { mode: 'live', elapsedMs, downtimeMs: 100, transferredBytes: machine.memoryMiB * 1024 * 1024 };
  }

  adapt(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  #pass(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const aborted = () => new AttituneError('migration-aborted', 'the migration was aborted.');
      if (signal.aborted) {
        reject(aborted());
        return;
      }
      const onAbort = () => {
        this.ground.clock.clearTimeout(timer);
        reject(aborted());
      };
      const timer = this.ground.clock.setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
