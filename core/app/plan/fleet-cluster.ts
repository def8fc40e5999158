import type { VmHost } from '../../../wrappers/hosts/index.js';
import { delay, type Clock } from '../../model/clock.js';
import type { DomainStatistics } from '../../model/hypervisor.js';
import type { Cluster, ClusterHost, ClusterVm } from '../../placement/cluster.js';
import type { Fleet } from '../vm/fleet.js';

/** CPU is what is used on average over this time. */
const SAMPLE_MS = 2000;
/** States in which a domain holds memory and CPU of its host. */
const ACTIVE: ReadonlySet<string> = new Set(['running', 'blocked', 'paused', 'pmsuspended']);

/**
 * The cluster of libvirt hosts without a manager: what each uses is measured for {@link SAMPLE_MS}. A virtual machine that
 * is defined on several hosts is on the one where it runs.
 */
export async function fleetCluster({ hosts, clock }: Fleet): Promise<Cluster> {
  const parts = await Promise.all(hosts.map((host) => partOf(host, clock)));
  const vms = new Map<string, ClusterVm>();
  for (const vm of parts.flatMap((part) => part.vms)) {
    const known = vms.get(vm.name);
    if (!known || (vm.running && !known.running)) vms.set(vm.name, vm);
  }
  return { at: clock.now(), hosts: parts.map(({ host }) => host), vms: [...vms.values()] };
}

async function partOf(
  access: VmHost,
  clock: Clock,
): Promise<{ readonly host: ClusterHost; readonly vms: readonly ClusterVm[] }> {
  const { name, hypervisor } = access;
  const [cpuBefore, before] = await Promise.all([hypervisor.nodeCpu(), hypervisor.statistics()]);
  const from = clock.now();
  await delay(clock, SAMPLE_MS);
  const [cpuAfter, after, memory, domains] = await Promise.all([
    hypervisor.nodeCpu(),
    hypervisor.statistics(),
    hypervisor.nodeMemory(),
    hypervisor.list(),
  ]);
  const seconds = (clock.now() - from) / 1000;
  const passed = cpuAfter.totalSeconds - cpuBefore.totalSeconds;
  const busy =
    passed > 0 ? Math.min(1, Math.max(0, (cpuAfter.busySeconds - cpuBefore.busySeconds) / passed)) : undefined;
  const active = domains.filter(({ state }) => ACTIVE.has(state));
  const vms = active.flatMap((domain): readonly ClusterVm[] => {
    const now = after.find(({ uuid }) => uuid === domain.uuid);
    if (!now) return [];
    const used = cpuOf(before, now, seconds);
    return [
      {
        name: domain.name,
        host: name,
        className: 'VM',
        vcpus: now.vcpus,
        memoryMiB: now.memoryMiB,
        running: domain.state === 'running' || domain.state === 'blocked',
        ...(used === undefined ? {} : { cpuUsed: used }),
        ...(domain.state === 'paused' ? { locked: 'it is suspended' } : {}),
      },
    ];
  });
  const capacity = access.cpuCapacity();
  const promised = vms.reduce((sum, vm) => sum + vm.memoryMiB, 0);
  const host: ClusterHost = {
    name,
    cpuCapacity: capacity,
    cpus: cpuAfter.cpus,
    ...(busy === undefined ? {} : { cpuUsed: rounded(busy * capacity) }),
    memoryMiB: memory.totalMiB,
    memoryReservedMiB: Math.max(0, Math.round(memory.totalMiB - memory.freeMiB - promised)),
    accepting: true,
  };
  return { host, vms };
}

/** CPUs used between two samples; absent where it came or started again between them. */
function cpuOf(before: readonly DomainStatistics[], now: DomainStatistics, seconds: number): number | undefined {
  const then = before.find(({ uuid }) => uuid === now.uuid);
  if (!then || seconds <= 0 || now.cpuSeconds < then.cpuSeconds) return undefined;
  return rounded((now.cpuSeconds - then.cpuSeconds) / seconds);
}

function rounded(cpus: number): number {
  return Math.round(cpus * 1000) / 1000;
}
