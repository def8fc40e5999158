import { MIGRATION_MB_PER_SECOND, wattsAt, type Hardware } from './hardware.js';
import type { Meter } from './meter.js';

/** Samples of its demand that each VM remembers. */
export const HISTORY = 30;

/** What a VM that migrates is given at its source, and takes from its target. */
const OUTGOING = 0.9;
const INCOMING = 0.1;

/**
 * The hosts and VMs of a simulated day, as numbers: who is where, what each asks for and what it gets. Hosts and VMs are
 * indexes. CPU is in MIPS.
 */
export class Fleet {
  readonly hosts: number;
  readonly vms: number;
  readonly capacity: Float64Array;
  readonly coreMips: Float64Array;
  readonly hostMemory: Float64Array;
  readonly watts: readonly (readonly number[])[];
  readonly mips: Float64Array;
  readonly memory: Float64Array;
  /** Of each VM: 1 until it has disappeared. */
  readonly alive: Uint8Array;
  readonly hostOf: Int32Array;
  /** The VMs of each host in the order in which they came, with those that are just migrating in. */
  readonly on: number[][];
  /** Demand now, as a fraction of the VM's speed and in MIPS, whatever the host can give. */
  readonly fraction: Float64Array;
  readonly request: Float64Array;
  /** Demand at the last decisions, newest first: entry `age * vms + vm`. */
  readonly history: Float64Array;
  ticks = 0;
  /** MIPS in use on each host, as it was when it was last looked at, and the time before. */
  readonly used: Float64Array;
  readonly usedBefore: Float64Array;
  /** MIPS that nobody on the host asks for. */
  readonly free: Float64Array;
  /** What all VMs of a host ask for together, also those that are coming. */
  readonly requested: Float64Array;
  readonly migrating: Uint8Array;
  readonly #comingTo: readonly [Int32Array, Int32Array];
  readonly #meter: Meter;

  constructor({ hosts, vms }: Hardware, meter: Meter) {
    this.#meter = meter;
    this.hosts = hosts.length;
    this.vms = vms.length;
    this.capacity = Float64Array.from(hosts, ({ cores, mipsPerCore }) => cores * mipsPerCore);
    this.coreMips = Float64Array.from(hosts, ({ mipsPerCore }) => mipsPerCore);
    this.hostMemory = Float64Array.from(hosts, ({ memoryMB }) => memoryMB);
    this.watts = hosts.map(({ watts }) => watts);
    this.mips = Float64Array.from(vms, ({ mips }) => mips);
    this.memory = Float64Array.from(vms, ({ memoryMB }) => memoryMB);
    this.alive = new Uint8Array(this.vms).fill(1);
    this.hostOf = new Int32Array(this.vms).fill(-1);
    this.on = hosts.map(() => []);
    this.fraction = new Float64Array(this.vms);
    this.request = new Float64Array(this.vms);
    this.history = new Float64Array(this.vms * HISTORY);
    this.used = new Float64Array(this.hosts);
    this.usedBefore = new Float64Array(this.hosts);
    this.requested = new Float64Array(this.hosts);
    this.free = Float64Array.from(this.capacity);
    this.migrating = new Uint8Array(this.vms);
    this.#comingTo = [new Int32Array(this.vms).fill(-1), new Int32Array(this.vms).fill(-1)];
  }

  /** Where a VM is created. */
  place(vm: number, host: number): void {
    this.on[host]!.push(vm);
    this.hostOf[vm] = host;
  }

  /** Called when `fraction` has changed: all hosts share their CPU anew. */
  share(seconds: number): void {
    for (let vm = 0; vm < this.vms; vm += 1) this.request[vm] = this.fraction[vm]! * this.mips[vm]!;
    for (let host = 0; host < this.hosts; host += 1) this.shareHost(host, seconds);
  }

  /** Use of a host's CPU in [0, 1], as it was when it was last looked at. */
  use(host: number): number {
    return Math.min(1, this.used[host]! / this.capacity[host]!);
  }

  /** What a host draws while it is on; one that has just been emptied still draws its idle power. */
  wattsOf(host: number): number {
    return wattsAt(this.watts[host]!, this.use(host));
  }

  /** Every VM remembers its demand, at each decision. */
  remember(): void {
    this.history.copyWithin(this.vms, 0, this.vms * (HISTORY - 1));
    this.history.set(this.fraction, 0);
    this.ticks += 1;
  }

  /** VMs that ask for nothing are taken for finished: they are gone for good. @returns how many. */
  removeIdle(): number {
    let removed = 0;
    for (let vm = 0; vm < this.vms; vm += 1) {
      if (this.alive[vm] === 0 || this.request[vm] !== 0 || this.migrating[vm] === 1) continue;
      this.alive[vm] = 0;
      remove(this.on[this.hostOf[vm]!]!, vm);
      this.hostOf[vm] = -1;
      removed += 1;
    }
    return removed;
  }

  /** Seconds that a VM's migration takes. */
  transferSeconds(vm: number): number {
    return this.memory[vm]! / MIGRATION_MB_PER_SECOND;
  }

  startMigration(vm: number, to: number, seconds: number): void {
    this.migrating[vm] = 1;
    const [first, second] = this.#comingTo;
    if (first[vm] === -1) first[vm] = to;
    else second[vm] = to;
    this.on[to]!.push(vm);
    this.shareHost(to, seconds);
    this.shareHost(this.hostOf[vm]!, seconds);
  }

  endMigration(vm: number, to: number): void {
    remove(this.on[this.hostOf[vm]!]!, vm);
    remove(this.on[to]!, vm);
    const [first, second] = this.#comingTo;
    if (second[vm] === to) second[vm] = -1;
    else first[vm] = -1;
    this.on[to]!.push(vm);
    this.hostOf[vm] = to;
    this.migrating[vm] = 0;
  }

  /**
   * Time-shared, with over-subscription: while there is room each VM gets what it asks for, at most a core's speed; where
   * there is not, all get the same part of it, rounded down to whole MIPS. Sums go in the order of the list, since the
   * comparison of what was given with what was asked for is exact.
   */
  shareHost(host: number, seconds: number): void {
    const list = this.on[host]!;
    const core = this.coreMips[host]!;
    this.usedBefore[host] = this.used[host]!;
    let free = this.capacity[host]!;
    let counted = 0;
    let short = false;
    for (const vm of list) {
      const capped = Math.min(this.request[vm]!, core);
      const takes = this.#isComing(vm, host) ? capped * INCOMING : capped;
      counted += takes;
      if (free >= takes) free -= takes;
      else {
        short = true;
        free = 0;
      }
    }
    const factor = short ? this.capacity[host]! / counted : 1;
    let used = 0;
    let requested = 0;
    for (const vm of list) {
      const capped = Math.min(this.request[vm]!, core);
      const coming = this.#isComing(vm, host);
      const leaving = !coming && this.migrating[vm] === 1;
      const part = leaving ? OUTGOING : coming ? INCOMING : 1;
      let given = short ? Math.floor(capped * factor * part) : capped * part;
      if (!coming) {
        this.#meter.vm(vm, seconds, given, this.request[vm]!, leaving);
        if (leaving) given /= OUTGOING;
      }
      used += given;
      requested += this.request[vm]!;
    }
    this.used[host] = used;
    this.free[host] = free;
    this.requested[host] = requested;
    this.#meter.host(host, seconds, used, requested);
  }

  #isComing(vm: number, host: number): boolean {
    return this.migrating[vm] === 1 && (this.#comingTo[0][vm] === host || this.#comingTo[1][vm] === host);
  }
}

function remove(list: number[], vm: number): void {
  const at = list.indexOf(vm);
  if (at >= 0) list.splice(at, 1);
}
