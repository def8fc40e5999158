import { wattsAt, type PowerCurve } from '../../model/power.js';
import type { Assignment } from '../problem.js';
import { emptiestFirst } from './consolidate.js';
import type { GuidedTerm } from './term.js';

/**
 * Power drawn by the hosts, by their power curves; a host without VMs and software of its own counts as switched off,
 * where it may be. Hosts without a curve count nothing. The value is in hosts at full load (the mean of those that are known), so that it
 * weighs against other terms.
 */
export class EnergyTerm implements GuidedTerm {
  readonly name = 'energy';
  readonly #curves: readonly (PowerCurve | undefined)[];
  readonly #alwaysOn: Uint8Array;
  readonly #fullWatts: number;
  readonly #watts: Float64Array;
  #total = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
    /** Names of hosts that may be switched off, besides those that are; absent: all. */
    mayBeOff?: ReadonlySet<string>,
  ) {
    const { hosts } = assignment.problem.cluster;
    this.#curves = hosts.map(({ power }) => (power && power.watts.length > 0 ? power : undefined));
    this.#alwaysOn = Uint8Array.from(hosts, ({ name, software, powered }) => {
      const stays = (software ?? []).length > 0 || (powered !== 'off' && mayBeOff?.has(name) === false);
      return stays ? 1 : 0;
    });
    const full = this.#curves.flatMap((curve) => (curve ? [curve.watts.at(-1)!] : []));
    this.#fullWatts = full.length > 0 ? full.reduce((sum, watts) => sum + watts, 0) / full.length : 1;
    this.#watts = new Float64Array(hosts.length);
    for (let host = 0; host < hosts.length; host += 1) this.#refresh(host);
  }

  value(): number {
    return this.#total / this.#fullWatts;
  }

  watts(): number {
    return this.#total;
  }

  delta(vm: number, from: number, to: number): number {
    const used = this.assignment.problem.cpu[vm]!;
    let delta = 0;
    if (from >= 0) delta += this.#of(from, -1, -used) - this.#watts[from]!;
    if (to >= 0) delta += this.#of(to, 1, used) - this.#watts[to]!;
    return delta / this.#fullWatts;
  }

  exchangeDelta(a: number, b: number): number {
    const { hostOf, problem } = this.assignment;
    const used = problem.cpu[a]! - problem.cpu[b]!;
    const [from, to] = [hostOf[a]!, hostOf[b]!];
    const watts = this.#of(from, 0, -used) - this.#watts[from]! + this.#of(to, 0, used) - this.#watts[to]!;
    return watts / this.#fullWatts;
  }

  moved(_vm: number, from: number, to: number): void {
    if (from >= 0) this.#refresh(from);
    if (to >= 0) this.#refresh(to);
  }

  /** Watts for each CPU: VMs go to where they are served with least. */
  pressure(host: number): number {
    const curve = this.#curves[host];
    const perCpu = curve ? curve.watts.at(-1)! / this.assignment.problem.cpuCapacity[host]! : 0;
    return (this.assignment.countOn[host] === 0 ? 1 : 0) + perCpu / this.#fullWatts;
  }

  emptiable(): readonly number[] {
    return emptiestFirst(this.assignment).filter((host) => this.#curves[host] && this.#alwaysOn[host] === 0);
  }

  #refresh(host: number): void {
    const now = this.#of(host, 0, 0);
    this.#total += now - this.#watts[host]!;
    this.#watts[host] = now;
  }

  #of(host: number, addCount: number, addCpu: number): number {
    const curve = this.#curves[host];
    if (!curve) return 0;
    if (this.assignment.countOn[host]! + addCount === 0 && this.#alwaysOn[host] === 0) return curve.offWatts ?? 0;
    const share = (this.assignment.cpuOn[host]! + addCpu) / this.assignment.problem.cpuCapacity[host]!;
    // an unread host counts as idle
    return wattsAt(curve, Number.isNaN(share) ? 0 : share);
  }
}
