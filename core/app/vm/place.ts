import type { VmHost } from '../../../wrappers/hosts/index.js';
import { arrivingAt, hostMemory, memoryRoomMiB } from '../../../wrappers/vm/memory-room.js';
import { AttituneError } from '../../model/errors.js';
import type { HostNetwork } from '../../model/hypervisor.js';
import type { Cluster, ClusterHost, ClusterVm } from '../../placement/cluster.js';
import { planElsewhere } from '../../placement/elsewhere.js';
import { hostNamed, type Fleet } from './fleet.js';

/** What a new virtual machine takes of its host. */
export interface Need {
  readonly name: string;
  readonly memoryMiB: number;
  readonly vcpus: number;
  /** The network of libvirt's that it is to be connected to on a host, if it is to be on one. */
  readonly networkOn?: (host: VmHost) => string | undefined;
}

/** The host that was chosen, and the reason in one line; then a line for each that was not, with its reason. */
export interface Choice {
  readonly host: VmHost;
  readonly why: readonly string[];
}

/** The host that is named, if there is room on it. Rejects with `unknown-host`, `host-unreachable`, `no-capacity`. */
export async function takeHost(fleet: Fleet, name: string, need: Need): Promise<Choice> {
  const host = hostNamed(fleet, name);
  return choose({ ...fleet, hosts: [host] }, need);
}

/**
 * The host with most free memory among those with room; `promisedMiB`, by host, is not free any more. Rejects with
 * `no-capacity` and the reason for each host.
 */
export async function choose(
  fleet: Fleet,
  need: Need,
  promisedMiB: ReadonlyMap<string, number> = new Map(),
): Promise<Choice> {
  const looks = await Promise.all(fleet.hosts.map((host) => look(host, need, fleet, promisedMiB.get(host.name) ?? 0)));
  const cluster: Cluster = {
    at: fleet.clock.now(),
    hosts: looks.map(({ host }) => host),
    vms: looks.flatMap(({ vms }) => vms),
  };
  const names = fleet.hosts.map(({ name }) => name);
  const { name, memoryMiB, vcpus } = need;
  const vm: ClusterVm = { name, memoryMiB, vcpus, className: name, host: '', running: false };
  const plan = planElsewhere(cluster, { components: [vm], hostsOf: new Map([[need.name, names]]), constraints: [] });
  const refused = plan.rejected.map(({ detail }) => detail);
  const [move] = plan.moves;
  if (!move) {
    throw new AttituneError('no-capacity', `No host has room for ${need.name}: ${refused.join('; ')}.`, {
      details: { rejected: plan.rejected },
    });
  }
  const others = looks.filter(({ host }) => host.name !== move.to && !plan.rejected.some(({ to }) => to === host.name));
  return {
    host: hostNamed(fleet, move.to),
    why: [
      move.why,
      ...others.map(({ host, freeMiB }) => `${host.name} has ${Math.floor(freeMiB)} MiB free`),
      ...refused,
    ],
  };
}

interface Look {
  readonly host: ClusterHost;
  readonly vms: readonly ClusterVm[];
  readonly freeMiB: number;
}

/** A host as the planner sees it: its memory is what its domains were promised, and what it can still promise. */
async function look(host: VmHost, need: Need, { migrations }: Fleet, elsewhereMiB: number): Promise<Look> {
  const { name, hypervisor } = host;
  const [capabilities, memory, networks] = await Promise.all([
    hypervisor.capabilities(),
    hostMemory(hypervisor),
    hypervisor.networks(),
  ]);
  const freeMiB = Math.max(0, memoryRoomMiB(memory, arrivingAt(migrations, name)) - elsewhereMiB);
  const promisedMiB = memory.domains.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  const closed = whyClosed(need, capabilities.cpus, need.networkOn?.(host), networks);
  return {
    host: {
      name,
      cpuCapacity: capabilities.cpus,
      memoryMiB: freeMiB + promisedMiB,
      accepting: closed === undefined,
      ...(closed === undefined ? {} : { closed }),
    },
    vms: memory.domains.map((vm): ClusterVm => {
      return { name: vm.name, className: vm.name, host: name, vcpus: 1, memoryMiB: vm.memoryMiB, running: true };
    }),
    freeMiB,
  };
}

/** Why a host cannot have it, however much memory it has; `undefined` where nothing is in the way. */
function whyClosed(
  { name, vcpus }: Need,
  cpus: number,
  network: string | undefined,
  networks: readonly HostNetwork[],
): string | undefined {
  if (vcpus > cpus) return `${name} needs ${vcpus} vCPUs and it has ${cpus} CPUs`;
  if (network === undefined) return undefined;
  const known = networks.filter(({ kind }) => kind === 'network');
  const found = known.find((each) => each.name === network);
  if (!found) {
    const names = known.map((each) => each.name).join(', ') || 'none';
    return `it has no network "${network}" (it has: ${names}); name one with --network, or a bridge with --bridge`;
  }
  return found.active ? undefined : `its network ${network} is not started`;
}
