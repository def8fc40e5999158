import { AttituneError } from '../../core/model/errors.js';
import type { HostNetwork } from '../../core/model/hypervisor.js';
import { AddressPlan } from './address-plan.js';
import type { SimulatedDomain } from './simulated-domain.js';
import { SimulatedHost } from './simulated-host.js';
import { StorageModel } from './storage-model.js';
import { randomUuid, type World } from './world.js';

/** What every host has. */
const NETWORKS: readonly HostNetwork[] = [
  { kind: 'bridge', name: 'br0', active: true },
  { kind: 'network', name: 'default', active: true },
];
const POOL = { name: 'attitune', type: 'netfs', path: '/var/lib/attitune/images' } as const;

/** The hosts of a simulation, and what needs more than one of them. */
export class SimulatedCluster {
  readonly world: World;
  readonly addresses = new AddressPlan();
  /** A fault: migrations that run make no progress. */
  migrationsStall = false;
  readonly storage: StorageModel;
  readonly #hosts = new Map<string, SimulatedHost>();
  readonly #brokenLinks = new Set<string>();

  constructor(world: World) {
    this.world = world;
    this.storage = new StorageModel(world.settings.storageMiB * 2 ** 20);
  }

  get hosts(): readonly SimulatedHost[] {
    return [...this.#hosts.values()];
  }

  addHost(description: {
    readonly name: string;
    readonly uri: string;
    readonly cpus?: number;
    readonly memoryMiB?: number;
    readonly cpuModel?: string;
    /** Hosts of the same word share their storage, and all those without one. */
    readonly sharing?: string;
    /** What it has besides the bridge `br0` and the network `default`. */
    readonly networks?: readonly HostNetwork[];
    readonly bootMs?: number;
  }): SimulatedHost {
    const { settings, random, network } = this.world;
    const { sharing = '', networks = [] } = description;
    const own = networks.filter(({ kind, name }) => !NETWORKS.some((one) => one.kind === kind && one.name === name));
    if (this.#hosts.has(description.name)) {
      throw new AttituneError('duplicate-name', `Two hosts are named "${description.name}".`);
    }
    const host = new SimulatedHost(this.world, {
      name: description.name,
      uri: description.uri,
      uuid: randomUuid(random),
      address: this.addresses.host(description.name),
      memoryMiB: description.memoryMiB ?? settings.hostMemoryMiB,
      cpus: description.cpus ?? settings.hostCpus,
      cpuModel: description.cpuModel ?? settings.hostCpuModel,
      sharing,
      networks: [...NETWORKS, ...own],
      bootMs: description.bootMs ?? settings.hostBootMs,
    });
    host.pools.set(POOL.name, { ...POOL, folder: this.storage.folder(sharing, POOL.path) });
    this.#hosts.set(host.name, host);
    network.attach(host.machine);
    return host;
  }

  /** Throws `unknown-host`. */
  host(name: string): SimulatedHost {
    const found = this.#hosts.get(name);
    if (!found) {
      throw new AttituneError(
        'unknown-host',
        `No simulated host is named "${name}"; there are ${[...this.#hosts.keys()].join(', ') || 'none'}.`,
      );
    }
    return found;
  }
  hostByUri(uri: string): SimulatedHost | undefined {
    return this.hosts.find((host) => host.uri === uri);
  }
  /** The domain of that name that runs, wherever it is. */
  findDomain(name: string): SimulatedDomain | undefined {
    return this.hosts.map((host) => host.domains.get(name)).find((domain) => domain !== undefined);
  }
  /** Whether any host has a domain of that name, or a definition of one. */
  knows(name: string): boolean {
    return this.hosts.some((host) => host.domains.has(name) || host.definitions.has(name));
  }

  /** Whether the daemons of two hosts can hear each other. */
  linked(one: SimulatedHost, other: SimulatedHost): boolean {
    return !this.#brokenLinks.has(linkOf(one.name, other.name));
  }
  /** Cuts the link between two hosts, or heals it; both are still reached by everybody else. */
  setLink(one: string, other: string, works: boolean): void {
    const link = linkOf(this.host(one).name, this.host(other).name);
    if (works) this.#brokenLinks.delete(link);
    else this.#brokenLinks.add(link);
  }

  /** Switches everything off and forgets it. */
  clear(): void {
    for (const host of this.hosts) {
      for (const domain of [...host.domains.values()]) host.remove(domain, 'destroyed');
      host.machine.powerOff();
      this.world.network.detach(host.machine);
    }
    this.#hosts.clear();
  }
}

const linkOf = (...names: readonly string[]) => JSON.stringify([...names].sort());
