import type { Cluster, ClusterHost, ClusterVm } from './cluster.js';
import { limitsAfterReserves } from './constraints/limits.js';
import type { Problem } from './problem.js';

/** Which reading of a VM's CPU decisions count with; one that is missing falls back to what the VM uses now. */
export type DemandMeasure = 'used' | 'mean' | 'p50' | 'p90' | 'p95' | 'max' | 'predicted';

export interface CompileOptions {
  /** Fraction of a host's CPU that no move may bring it to; Infinity: any load may be. */
  readonly below: number;
  /** Absent: `used`. */
  readonly demand?: DemandMeasure;
  /** By index, which VMs may be moved as far as they are concerned; absent: all that run and were read. */
  readonly movable?: readonly boolean[];
  /** Names of hosts that are switched off and may be woken to take VMs. */
  readonly wake?: ReadonlySet<string>;
  /** Hosts that take no VMs, whatever the cluster says. */
  readonly closed?: ReadonlySet<string>;
}

/**
 * Makes numbers of a cluster that was checked before: its names are unique and known, its values finite. A host whose
 * CPU was not read has NaN as its base, and so takes no VM while there is a limit to keep.
 */
export function compileProblem(cluster: Cluster, options: CompileOptions): Problem {
  const { hosts, vms } = cluster;
  const hostIndex = new Map(hosts.map(({ name }, index) => [name, index]));
  const vmIndex = new Map(vms.map(({ name }, index) => [name, index]));
  const limits = hosts.map((host) => limitsAfterReserves(cluster, host, options.below));
  const cpu = Float64Array.from(vms, (vm) => demandOf(vm, options.demand ?? 'used'));
  const knownUse = new Float64Array(hosts.length);
  for (const vm of vms) {
    const host = hostIndex.get(vm.host);
    if (host !== undefined) knownUse[host]! += vm.cpuUsed ?? 0;
  }
  return {
    cluster,
    hosts: hosts.length,
    vms: vms.length,
    hostIndex,
    vmIndex,
    cpuCapacity: Float64Array.from(hosts, ({ cpuCapacity }) => cpuCapacity),
    cpuBase: Float64Array.from(hosts, (host, index) => baseOf(host, knownUse[index]!, options.below)),
    cpuLimit: Float64Array.from(limits, (limit) => limit.cpu),
    memoryLimit: Float64Array.from(limits, ({ memoryMiB }) => memoryMiB),
    vcpuLimit: Float64Array.from(limits, (limit) => limit.vcpus),
    accepting: Uint8Array.from(hosts, (host) => (takesVms(host, options) ? 1 : 0)),
    cpu,
    memory: Float64Array.from(vms, ({ memoryMiB }) => memoryMiB),
    vcpus: Float64Array.from(vms, ({ vcpus }) => vcpus),
    movable: Uint8Array.from(vms, (vm, index) => {
      const known = !Number.isNaN(cpu[index]);
      return vm.running && known && options.movable?.[index] !== false ? 1 : 0;
    }),
    start: Int32Array.from(vms, ({ host }) => hostIndex.get(host) ?? -1),
  };
}

/** CPU of a VM as decisions count it; NaN: not known. */
export function demandOf(vm: ClusterVm, measure: DemandMeasure): number {
  if (!vm.running) return 0;
  const demand = measure === 'used' ? undefined : vm.demand?.[measure];
  return demand ?? vm.cpuUsed ?? NaN;
}

function takesVms(host: ClusterHost, { wake, closed }: CompileOptions): boolean {
  if (closed?.has(host.name)) return false;
  if (host.powered === 'changing') return false;
  return host.powered === 'off' ? wake?.has(host.name) === true : host.accepting;
}

/** CPU of what is no VM of the cluster. Of a host that is off, it is none; where load does not matter, it may be unread. */
function baseOf(host: ClusterHost, ofVms: number, below: number): number {
  if (host.cpuUsed !== undefined) return Math.max(0, host.cpuUsed - ofVms);
  return host.powered === 'off' || below === Infinity ? 0 : NaN;
}
