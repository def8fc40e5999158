import { wattsAt } from '../../model/power.js';
import { percent, type Cluster, type ClusterHost } from '../cluster.js';
import { mayPowerOff } from '../constraints/index.js';
import type { PlacementLimits } from '../plan-placement.js';

export interface EnergyOptions {
  readonly limits: PlacementLimits;
  /** Hosts are filled up to this share of their CPU when others are emptied; below `limits.below`, or it would go to and fro. */
  readonly fill: number;
  /** So many hosts more than the load needs stay on. */
  readonly spare: number;
  /** A host that was switched on stays on for this time, and one that was switched off stays off. */
  readonly minimumOnMs: number;
  readonly minimumOffMs: number;
  /** Hosts that can be switched. */
  readonly switchable: ReadonlySet<string>;
  /** One of them that somebody needs: it is woken, whatever the load. */
  readonly needed?: string;
  readonly seed: number;
}

/** What one decision knows of power. */
export class PowerState {
  readonly #vms = new Map<string, number>();

  constructor(
    readonly cluster: Cluster,
    readonly options: EnergyOptions,
  ) {
    for (const { host } of cluster.vms) this.#vms.set(host, (this.#vms.get(host) ?? 0) + 1);
  }

  /** It is on and can be used, or will be soon. */
  isOn({ powered, accepting }: ClusterHost): boolean {
    return (powered ?? 'on') === 'on' && accepting;
  }

  /** Hosts without anything, the most wasteful first. */
  empty(): readonly ClusterHost[] {
    return this.cluster.hosts
      .filter((host) => this.isOn(host) && !this.has(host))
      .sort((a, b) => efficiency(b) - efficiency(a));
  }

  /** Hosts with VMs and no software of their own, those with least memory to be moved first, the most wasteful among equals. */
  used(): readonly ClusterHost[] {
    const memory = new Map<string, number>();
    for (const { host, memoryMiB } of this.cluster.vms) memory.set(host, (memory.get(host) ?? 0) + memoryMiB);
    return this.cluster.hosts
      .filter((host) => this.isOn(host) && this.#vms.has(host.name) && !host.software?.length)
      .sort((a, b) => (memory.get(a.name) ?? 0) - (memory.get(b.name) ?? 0) || efficiency(b) - efficiency(a));
  }

  /** The cluster in which nothing is moved to some hosts. */
  closedWhere(closes: (host: ClusterHost) => boolean): Cluster {
    const closed = 'it is to be switched off';
    const hosts = this.cluster.hosts.map((host) => (closes(host) ? { ...host, accepting: false, closed } : host));
    return { ...this.cluster, hosts };
  }

  /** Whether any host has more than one VM. */
  shared(): boolean {
    return this.cluster.hosts.some((host) => this.isOn(host) && (this.#vms.get(host.name) ?? 0) > 1);
  }

  since({ poweredAt }: ClusterHost): number {
    return poweredAt === undefined ? Infinity : this.cluster.at - poweredAt;
  }

  /** Why a host cannot be switched off besides those in `off`, or `undefined`. */
  staysOn(host: ClusterHost, off: readonly string[]): string | undefined {
    const { switchable, minimumOnMs, fill } = this.options;
    if (!switchable.has(host.name)) return `${host.name} cannot be switched`;
    if (this.since(host) < minimumOnMs)
      return `${host.name} was switched on ${seconds(this.since(host))} ago and stays on for ${seconds(minimumOnMs)}`;
    if (!mayPowerOff(this.cluster, host.name, new Set(off)))
      return `${host.name} stays on: a constraint allows no fewer`;
    const lack = this.lack([...off, host.name], fill);
    return lack === undefined ? undefined : `${host.name} is needed: without it ${lack}`;
  }

  /** Why the hosts that are on, without those in `off` and the spare ones, do not carry the load below a limit. */
  lack(off: readonly string[], limit: number): string | undefined {
    const { spare } = this.options;
    const load = this.#load();
    const coming = (host: ClusterHost) => this.isOn(host) || host.powered === 'changing';
    const on = this.cluster.hosts.filter((host) => coming(host) && !off.includes(host.name));
    // the largest ones may be those that are to spare
    const capacities = on.map(({ cpuCapacity }) => cpuCapacity).sort((a, b) => a - b);
    const counted = capacities.slice(0, Math.max(0, capacities.length - spare));
    const capacity = counted.reduce((sum, cpus) => sum + cpus, 0);
    if (counted.length > 0 && load < limit * capacity) return undefined;
    const besides = spare === 0 ? '' : ` besides ${spare} to spare`;
    if (counted.length === 0) return `no host is on${besides}`;
    return `${counted.length === 1 ? '1 host' : `${counted.length} hosts`}${besides} would be at ${percent(load / capacity)}, the limit is ${percent(limit)}`;
  }

  loadText(off: readonly string[]): string {
    const on = this.cluster.hosts.filter((host) => this.isOn(host) && !off.includes(host.name));
    const load = this.#load();
    return `${load.toFixed(1)} CPUs at ${percent(load / on.reduce((sum, { cpuCapacity }) => sum + cpuCapacity, 0))}`;
  }

  /** Hosts that are on, and what all draw, with the load as it is; `off`: those that are to be off. */
  measures(off: readonly string[]): Readonly<Record<string, number>> {
    const on = this.cluster.hosts.filter(({ name, powered }) => powered !== 'off' && !off.includes(name));
    let watts = 0;
    for (const host of this.cluster.hosts) {
      if (!host.power) continue;
      watts += on.includes(host)
        ? wattsAt(host.power, (host.cpuUsed ?? 0) / Math.max(host.cpuCapacity, 1e-9))
        : (host.power.offWatts ?? 0);
    }
    return { hostsOn: on.length, watts: Math.round(watts * 10) / 10 };
  }

  #load(): number {
    return this.cluster.hosts.reduce((sum, host) => sum + (host.powered === 'off' ? 0 : (host.cpuUsed ?? 0)), 0);
  }

  /** Whether anything runs on it. */
  has(host: ClusterHost): boolean {
    return this.#vms.has(host.name) || (host.software?.length ?? 0) > 0;
  }
}

/** Watts at full load for each CPU: less is better; without a curve it is as good as any. */
export function efficiency({ power, cpuCapacity }: ClusterHost): number {
  return power && cpuCapacity > 0 ? wattsAt(power, 1) / cpuCapacity : 0;
}

export function seconds(ms: number): string {
  return ms === Infinity ? 'long' : `${Math.round(ms / 1000)} s`;
}
