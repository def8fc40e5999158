import { AttituneError } from '../../core/model/errors.js';
import type { Domain, DomainDescription, DomainEventKind, DomainSize } from '../../core/model/hypervisor.js';
import { assertIdentityFree, checkDescription, maximumOf } from './definition.js';
import { boot, startDomain } from './domain-start.js';
import { FileTree } from './file-tree.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { SimulatedHost } from './simulated-host.js';
import { randomUuid, type World } from './world.js';

/** Defines a domain, or gives it a new definition. Throws `value`, `domain-exists`. */
export function defineDomain(world: World, host: SimulatedHost, description: DomainDescription): Domain {
  checkDescription(description);
  assertIdentityFree(host.name, host.list(), description);
  const { name } = description;
  const present = host.definitions.get(name);
  const running = host.domains.get(name);
  const uuid = present?.uuid ?? description.uuid ?? randomUuid(world.random);
  host.definitions.set(name, {
    description: { ...description, uuid },
    uuid,
    autostart: present?.autostart ?? false,
    files: present?.files ?? running?.guest.files ?? new FileTree(),
  });
  tell(host, { name, uuid }, 'defined', present ? 'updated' : 'added');
  return running?.asDomain() ?? { name, uuid, state: 'shutoff', persistent: true };
}

/** Forgets a definition. Throws `domain-not-found`, or `domain-state` for a transient domain. */
export function undefineDomain(host: SimulatedHost, name: string): void {
  const { uuid } = host.definition(name, 'undefined');
  host.definitions.delete(name);
  tell(host, { name, uuid }, 'undefined', 'removed');
}

/** Throws `domain-not-found`, or `domain-state` for a transient domain. */
export function setAutostart(host: SimulatedHost, name: string, autostart: boolean): void {
  host.definitions.set(name, { ...host.definition(name, 'started with its host'), autostart });
}

/** What a host does when it comes up: it starts those that are meant to; one that cannot start stays off, as with libvirt. */
export function startAutomatically(cluster: SimulatedCluster, host: SimulatedHost): void {
  for (const [name, { autostart }] of host.definitions) {
    if (!autostart) continue;
    try {
      startDomain(cluster, host, name);
    } catch (error) {
      if (!AttituneError.is(error, 'hypervisor') && !AttituneError.is(error, 'disk-in-use')) throw error;
    }
  }
}

/** Asks the guest to shut down; one that still boots does it when it is up. */
export function shutDown(world: World, domain: SimulatedDomain): void {
  if (domain.shuttingDown) return;
  domain.shuttingDown = true;
  whenUp(world, domain, () => {
    domain.host.emit(domain.event('shutdown', 'finished'));
    domain.host.remove(domain, 'shutdown');
  });
}

/** Asks the guest to reboot; it begins anew with what is on its disks. libvirt tells no life-cycle event of it. */
export function reboot(cluster: SimulatedCluster, domain: SimulatedDomain): void {
  const { world } = cluster;
  whenUp(world, domain, () => {
    if (domain.shuttingDown) return;
    domain.guest.reset();
    domain.agentFrom = world.kernel.clock.now() + world.settings.guestBootMs;
    boot(cluster, domain);
  });
}

/**
 * Changes a domain's size, at once where it runs, and in its definition. Throws `value` beyond its maximum or below 1,
 * `hypervisor` where the host has no memory left, `domain-not-found`.
 */
export function scaleDomain(host: SimulatedHost, name: string, size: Partial<DomainSize>): DomainSize {
  const running = host.domains.get(name);
  const definition = host.definitions.get(name);
  const described = running?.description ?? definition?.description;
  if (!described) throw host.unknown(name);
  const now = running?.size ?? described;
  const wanted = { vcpus: size.vcpus ?? now.vcpus, memoryMiB: size.memoryMiB ?? now.memoryMiB };
  check(name, wanted, maximumOf(described));
  if (definition) check(name, wanted, maximumOf(definition.description));
  if (running) {
    const more = wanted.memoryMiB - running.size.memoryMiB;
    if (more > 0 && !host.hasRoomFor(more)) {
      throw new AttituneError(
        'hypervisor',
        `${host.name} has ${host.freeMiB} MiB of memory free; ${name} cannot have ${more} MiB more.`,
      );
    }
    running.scale(wanted);
  }
  if (definition)
    host.definitions.set(name, {
      ...definition,
      description: { ...definition.description, ...keepMaximum(definition.description), ...wanted },
    });
  return wanted;
}

/** What was the maximum because nothing else was said stays it. */
function keepMaximum(description: DomainDescription) {
  const { vcpus, memoryMiB } = maximumOf(description);
  return { maxVcpus: vcpus, maxMemoryMiB: memoryMiB };
}

function check(name: string, wanted: DomainSize, maximum: DomainSize): void {
  for (const [what, key] of [
    ['virtual CPUs', 'vcpus'],
    ['MiB of memory', 'memoryMiB'],
  ] as const) {
    const value = wanted[key];
    if (Number.isInteger(value) && value >= 1 && value <= maximum[key]) continue;
    throw new AttituneError('value', `${name} cannot have ${value} ${what}: 1 to ${maximum[key]} are possible.`);
  }
}

/** Lets the guest do something once it has booted and had its time; one that stands still does it when it goes on. */
function whenUp(world: World, domain: SimulatedDomain, act: () => void): void {
  const { clock } = world.kernel;
  const wait = Math.max(0, domain.agentFrom - clock.now()) + world.settings.guestShutdownMs;
  const end = () => {
    if (!domain.running) return;
    // a guest that is suspended, or in the last round of a migration, cannot go on with it
    if (domain.state === 'paused') {
      clock.setTimeout(end, 100);
      return;
    }
    act();
  };
  clock.setTimeout(end, wait);
}

function tell(host: SimulatedHost, domain: Pick<Domain, 'name' | 'uuid'>, kind: DomainEventKind, detail: string): void {
  host.emit({ domain: domain.name, uuid: domain.uuid, kind, detail });
}
