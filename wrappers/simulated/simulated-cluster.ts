import { AttituneError } from '../../core/model/errors.js';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { AddressPlan } from './address-plan.js';
import { CpuShare } from './cpu-share.js';
import { SimulatedMachine } from './machine.js';
import { SimulatedDomain } from './simulated-domain.js';
import { SimulatedHost } from './simulated-host.js';
import { randomUuid, type World } from './world.js';

/** The hosts of a simulation, and what needs more than one of them. */
export class SimulatedCluster {
  readonly world: World;
  readonly addresses = new AddressPlan();
  /** A fault: migrations that run make no progress. */
  migrationsStall = false;
  readonly #hosts = new Map<string, SimulatedHost>();

  constructor(world: World) {
    this.world = world;
  }

  get hosts(): readonly SimulatedHost[] {
    return [...this.#hosts.values()];
  }

  addHost(description: {
    readonly name: string;
    readonly uri: string;
    readonly cpus?: number;
    readonly memoryMiB?: number;
  }): SimulatedHost {
    const { settings, random, network } = this.world;
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
    });
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

  /** Creates and starts a domain. Throws `domain-exists`, `value` for impossible sizes, `hypervisor` where memory is short. */
  create(host: SimulatedHost, description: DomainDescription): SimulatedDomain {
    const { kernel, random, network, settings } = this.world;
    const { name, memoryMiB, vcpus } = description;
    if (!(memoryMiB > 0) || !(vcpus >= 1)) {
      throw new AttituneError(
        'value',
        `Domain ${name} needs memory and at least one vCPU, not ${memoryMiB} MiB and ${vcpus}.`,
      );
    }
    const present = [...host.domains.values(), ...host.incoming.values()];
    if (present.some((domain) => domain.name === name || domain.uuid === description.uuid)) {
      throw new AttituneError(
        'domain-exists',
        `${host.name} already has a domain "${name}" or its uuid ${description.uuid ?? ''}.`,
      );
    }
    if (!host.hasRoomFor(memoryMiB)) {
      throw new AttituneError(
        'hypervisor',
        `${host.name} cannot start ${name}: ${memoryMiB} MiB of memory are not free (${host.committedMiB} of ${host.memoryMiB} MiB are promised to domains).`,
      );
    }
    const now = kernel.clock.now();
    const guest = new SimulatedMachine({
      name,
      address: this.addresses.guest(name),
      kernel,
      random,
      share: new CpuShare(name, vcpus),
      processor: host.processor,
    });
    const uuid = description.uuid ?? randomUuid(random);
    const domain = new SimulatedDomain(description, uuid, guest, host, now + settings.guestBootMs);
    host.domains.set(name, domain);
    this.#boot(domain);
    network.attach(guest);
    host.emit(domain.event('started', 'booted'));
    host.emit(domain.event('resumed', 'unpaused'));
    return domain;
  }

  /** Asks the guest to shut down; one that still boots does it when it is up. */
  shutdown(domain: SimulatedDomain): void {
    if (domain.shuttingDown) return;
    domain.shuttingDown = true;
    const { clock } = this.world.kernel;
    const wait = Math.max(0, domain.agentFrom - clock.now()) + this.world.settings.guestShutdownMs;
    const end = () => {
      if (!domain.running) return;
      // a guest that is suspended, or in the last round of a migration, cannot go on with it
      if (domain.state === 'paused') {
        clock.setTimeout(end, 100);
        return;
      }
      domain.host.emit(domain.event('shutdown', 'finished'));
      domain.host.remove(domain, 'shutdown');
    };
    clock.setTimeout(end, wait);
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

  #boot(domain: SimulatedDomain): void {
    const { kernel, settings } = this.world;
    const { guest } = domain;
    guest.demand(settings.guestIdleCpus);
    guest.networked = settings.guestNetworkMs <= 0;
    const ready = guest.demand(settings.guestBootCpus);
    kernel.clock.setTimeout(() => {
      kernel.catchUp();
      guest.networked = true;
    }, settings.guestNetworkMs);
    kernel.clock.setTimeout(ready, settings.guestBootMs);
  }
}
