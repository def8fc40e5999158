import type { VmHost } from '../../../wrappers/hosts/index.js';
import { delay, type Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { StoragePool } from '../../model/storage.js';
import { findVm, isOff } from './find-vm.js';
import { hostNamed, type Fleet } from './fleet.js';

/** A host as `host list` shows it. */
export interface HostRow {
  readonly name: string;
  readonly uri: string;
  readonly cpus: number;
  /** Of all its CPUs, over the last moment. */
  readonly cpuPercent: number;
  readonly memoryMiB: number;
  readonly freeMiB: number;
  /** Virtual machines that run, and all of them. */
  readonly running: number;
  readonly vms: number;
  readonly version: string;
  /** `kvm`, or `qemu` for software emulation; absent where none can run. */
  readonly domainType?: string;
}

const SAMPLE_MS = 500;

export function listHosts({ hosts, clock }: Fleet): Promise<readonly HostRow[]> {
  return Promise.all(hosts.map((host) => rowOf(host, clock)));
}

async function rowOf({ name, hypervisor }: VmHost, clock: Clock): Promise<HostRow> {
  const before = await hypervisor.nodeCpu();
  const [capabilities, memory, domains] = await Promise.all([
    hypervisor.capabilities(),
    hypervisor.nodeMemory(),
    hypervisor.list(),
    delay(clock, SAMPLE_MS),
  ]);
  const after = await hypervisor.nodeCpu();
  const passed = after.totalSeconds - before.totalSeconds;
  const busy = passed > 0 ? (after.busySeconds - before.busySeconds) / passed : 0;
  const [domainType] = capabilities.domainTypes;
  return {
    name,
    uri: hypervisor.uri,
    cpus: capabilities.cpus,
    cpuPercent: Math.round(1000 * Math.min(1, Math.max(0, busy))) / 10,
    memoryMiB: memory.totalMiB,
    freeMiB: Math.floor(memory.freeMiB),
    running: domains.filter((domain) => !isOff(domain)).length,
    vms: domains.length,
    version: capabilities.version,
    ...(domainType === undefined ? {} : { domainType }),
  };
}

/** A storage pool of a host; `used`: it is where the disks of new virtual machines go. */
export interface PoolRow extends StoragePool {
  readonly host: string;
  readonly used: boolean;
}

export async function listPools({ hosts }: Fleet): Promise<readonly PoolRow[]> {
  const rows = await Promise.all(
    hosts.map(async (host) => {
      const used = await host.pool().catch((error: unknown) => {
        if (AttituneError.is(error, 'unknown-storage')) return undefined;
        throw error;
      });
      const pools = await host.hypervisor.storage.pools();
      return pools.map((pool): PoolRow => ({ ...pool, host: host.name, used: pool.name === used }));
    }),
  );
  return rows.flat();
}

/** What runs on a host, for it to be migrated away; and what is off, and stays. */
export async function contentOf(
  fleet: Fleet,
  name: string,
): Promise<{ readonly active: readonly string[]; readonly off: readonly string[] }> {
  const domains = await hostNamed(fleet, name).hypervisor.list();
  const active: string[] = [];
  for (const domain of domains.filter((each) => !isOff(each))) {
    // one that is on its way here, or away, is not where it is listed
    const { host } = await findVm(fleet, domain.name);
    if (host.name === name) active.push(domain.name);
  }
  return { active, off: domains.filter(isOff).map((domain) => domain.name) };
}
