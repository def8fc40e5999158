import { AttituneError } from '../../core/model/errors.js';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { compareModels, modelAtStart } from './cpu-models.js';
import { CpuShare } from './cpu-share.js';
import { checkDescription } from './definition.js';
import { assertDisksFree, assertDisksPresent } from './disk-locks.js';
import { SimulatedMachine } from './machine.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import { SimulatedDomain } from './simulated-domain.js';
import type { SimulatedHost } from './simulated-host.js';
import { randomUuid } from './world.js';

/**
 * Creates and starts a domain. Throws `value` for an impossible description, `domain-exists`, and `hypervisor` where
 * the host cannot start it.
 */
export function createDomain(
  cluster: SimulatedCluster,
  host: SimulatedHost,
  description: DomainDescription,
): SimulatedDomain {
  checkDescription(description);
  const { name, uuid } = description;
  const same = host.list().find((one) => one.name === name || one.uuid === uuid);
  if (same)
    throw new AttituneError(
      'domain-exists',
      `${host.name} already has a domain "${same.name}" with the uuid ${same.uuid}.`,
    );
  return powerOn(cluster, host, description);
}

/** Starts a defined domain. Throws `domain-not-found`, `domain-state`, and `hypervisor` where the host cannot start it. */
export function startDomain(cluster: SimulatedCluster, host: SimulatedHost, name: string): SimulatedDomain {
  if (host.active(name)) throw new AttituneError('domain-state', `${name} on ${host.name} is started already.`);
  const { description } = host.definition(name, 'started');
  return powerOn(cluster, host, description);
}

/** Throws `hypervisor` where the host lacks what the domain needs to start. */
export function assertCanStart(cluster: SimulatedCluster, host: SimulatedHost, description: DomainDescription): void {
  const { name, memoryMiB } = description;
  if (!host.hasRoomFor(memoryMiB)) {
    throw new AttituneError(
      'hypervisor',
      `${host.name} cannot start ${name}: ${memoryMiB} MiB of memory are not free (${host.committedMiB} of ${host.memoryMiB} MiB are promised to domains).`,
    );
  }
  assertNetworks(host, description);
  const model = modelAtStart(description.cpuModel, host.cpuModel);
  if (compareModels(host.cpuModel, model) === 'incompatible') {
    throw new AttituneError(
      'hypervisor',
      `${host.name} cannot start ${name}: its CPU, ${host.cpuModel}, is incompatible with ${model}.`,
    );
  }
  assertDisksPresent(host, description);
  assertDisksFree(cluster.hosts, host, description);
}

/** Throws `hypervisor` where a network of the domain is not there, or not active. */
export function assertNetworks(host: SimulatedHost, { name, networks = [] }: DomainDescription): void {
  for (const { bridge, network } of networks) {
    const kind = bridge === undefined ? 'network' : 'bridge';
    const wanted = bridge ?? network;
    if (host.networks.some((one) => one.kind === kind && one.name === wanted && one.active)) continue;
    throw new AttituneError('hypervisor', `${host.name} has no active ${kind} "${wanted}", which ${name} needs.`);
  }
}

function powerOn(cluster: SimulatedCluster, host: SimulatedHost, description: DomainDescription): SimulatedDomain {
  const { kernel, random, network, settings } = cluster.world;
  const { name, vcpus } = description;
  assertCanStart(cluster, host, description);
  const definition = host.definitions.get(name);
  const guest = new SimulatedMachine({
    name,
    address: cluster.addresses.guest(name),
    kernel,
    random,
    share: new CpuShare(name, vcpus),
    processor: host.processor,
    ...(definition && { files: definition.files }),
  });
  // of what ran before, only what is on the disks is left
  if (definition) guest.reset();
  const domain = new SimulatedDomain({
    description,
    uuid: definition?.uuid ?? description.uuid ?? randomUuid(random),
    cpuModel: modelAtStart(description.cpuModel, host.cpuModel),
    guest,
    host,
    agentFrom: kernel.clock.now() + settings.guestBootMs,
  });
  host.domains.set(name, domain);
  guest.demand(settings.guestIdleCpus);
  boot(cluster, domain);
  network.attach(guest);
  host.emit(domain.event('started', 'booted'));
  host.emit(domain.event('resumed', 'unpaused'));
  return domain;
}

/** Lets the guest boot: its network and its agent answer when it is up. */
export function boot(cluster: SimulatedCluster, domain: SimulatedDomain): void {
  const { kernel, settings } = cluster.world;
  const { guest } = domain;
  guest.networked = settings.guestNetworkMs <= 0;
  const ready = guest.demand(settings.guestBootCpus);
  kernel.clock.setTimeout(() => {
    kernel.catchUp();
    guest.networked = true;
  }, settings.guestNetworkMs);
  kernel.clock.setTimeout(ready, settings.guestBootMs);
}
