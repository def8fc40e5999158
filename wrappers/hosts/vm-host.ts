import { LocalExecutor } from '../language/executors/local.js';
import { SshExecutor } from '../language/executors/ssh.js';
import type { Clock } from '../../core/model/clock.js';
import type { HostEntry } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Hypervisor } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import type { PowerControl } from '../../core/model/power.js';
import { MachinePrograms, type Programs } from '../machine/programs.js';
import { powerOf } from '../power/index.js';
import { placeOfUri } from './host-address.js';
import { readHostSettings, type HostSettings } from './host-settings.js';
import type { HostAgents } from './host-agents.js';
import { NoAgentExecutor } from './no-agent-executor.js';
import { sshWay } from './ssh-host.js';

/** A host with libvirt, with what its virtual machines are made with. */
export interface VmHost extends HostAccess {
  readonly settings: HostSettings;
  /** The storage pool of its virtual machines' disks. Rejects with `unknown-storage`. */
  pool(): Promise<string>;
}

export interface HostParts {
  readonly clock: Clock;
  /** Connects to a host's daemon, or says why not. */
  readonly connect: (host: { readonly name: string; readonly uri: string }) => Promise<Hypervisor>;
  /** Absent: nothing of ours runs on other machines. */
  readonly agents?: HostAgents;
  /** What switches hosts is run with; absent: programs of this machine. */
  readonly programs?: Programs;
}

/** The pool that is taken where none is told, the first one that there is. */
const POOLS = ['attitune', 'default'];

/** Connects to one host. Rejects with `value` for wrong attributes, else as `connect` does. */
export async function connectHost(entry: HostEntry, parts: HostParts): Promise<VmHost> {
  const { clock, connect, agents, programs = new MachinePrograms() } = parts;
  const settings = readHostSettings(entry);
  const hypervisor = await connect(entry);
  const place = placeOfUri(entry.uri);
  // asked for at once, since the first placement needs it; a host that is away has none until it is back
  let cpus = await hypervisor.capabilities().then(
    (capabilities) => capabilities.cpus,
    () => undefined,
  );
  let pool: Promise<string> | undefined;
  const reached = executorOf(entry, place.local, agents);
  const powered = { name: entry.name, hypervisor, executor: reached.executor };
  return {
    name: entry.name,
    ...place,
    ...(settings.migrationUri === undefined ? {} : { migrationUri: settings.migrationUri }),
    hypervisor,
    settings,
    ...reached,
    ...(entry.power ? { power: powerOf(powered, entry.power, programs) } : {}),
    cpuCapacity: () => cpus ?? 0,
    usage: async () => {
      const [cpu, memory] = await Promise.all([hypervisor.nodeCpu(), hypervisor.nodeMemory()]);
      cpus = cpu.cpus;
      return {
        at: clock.now(),
        cpuBusySeconds: cpu.busySeconds,
        cpuCapacity: cpu.cpus,
        memoryUsedMiB: memory.totalMiB - memory.freeMiB,
        memoryTotalMiB: memory.totalMiB,
      };
    },
    pool: () => {
      pool ??= choosePool(hypervisor, settings);
      pool.catch(() => (pool = undefined));
      return pool;
    },
  };
}

/**
 * The control of a host that may be off: its hypervisor is connected to only while it is asked for. Throws `power` where
 * the host's entry does not say how it is switched.
 */
export function powerOfHost(
  entry: HostEntry,
  { connect, agents, programs = new MachinePrograms() }: HostParts,
): PowerControl {
  const { name, uri, power } = entry;
  if (!power) {
    const how = 'Give it power="ipmi", "wake-on-lan" or "command" in its deployment or inventory.';
    throw new AttituneError('power', `${name} cannot be switched: nothing says how. ${how}`, { place: entry.place });
  }
  const { executor } = executorOf(entry, placeOfUri(uri).local, agents);
  const list = async () => {
    const hypervisor = await connect(entry);
    try {
      return await hypervisor.list();
    } finally {
      await hypervisor.close();
    }
  };
  return powerOf({ name, hypervisor: { list }, executor }, power, programs);
}

/** Here by itself; elsewhere by `ssh` where that is asked for, by the agent, or by `ssh` where libvirt is reached so. */
function executorOf(
  entry: HostEntry,
  local: boolean,
  agents: HostAgents | undefined,
): Pick<HostAccess, 'executor' | 'agent'> {
  const { name } = entry;
  const way = sshWay(entry);
  if (local && way?.wanted !== true) return { executor: new LocalExecutor({ node: name }) };
  if (way && (way.wanted || !agents)) return { executor: new SshExecutor(name, way.destination) };
  return agents ? { executor: agents.executorFor(name), agent: name } : { executor: new NoAgentExecutor(name) };
}

async function choosePool(hypervisor: Hypervisor, { pool, poolPath }: HostSettings): Promise<string> {
  if (poolPath !== undefined) return (await hypervisor.storage.ensureFolderPool(pool ?? 'attitune', poolPath)).name;
  const pools = await hypervisor.storage.pools();
  const found = (pool === undefined ? POOLS : [pool])
    .map((name) => pools.find((each) => each.name === name))
    .find((each) => each !== undefined);
  if (!found) {
    const known = pools.map(({ name }) => name).join(', ') || 'none';
    const wanted = pool === undefined ? `none of the storage pools ${POOLS.join(', ')}` : `no storage pool "${pool}"`;
    throw new AttituneError(
      'unknown-storage',
      `${hypervisor.host} has ${wanted} (it has: ${known}). Define one, or name it with the attribute pool of the host.`,
    );
  }
  if (!found.active) {
    throw new AttituneError(
      'unknown-storage',
      `The storage pool ${found.name} of ${hypervisor.host} is not started. Start it: virsh pool-start ${found.name}.`,
    );
  }
  return found.name;
}
