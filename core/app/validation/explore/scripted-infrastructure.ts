import type { Clock } from '../../../model/clock.js';
import type { DeploymentDiagram } from '../../../model/deployment.js';
import { AttituneError } from '../../../model/errors.js';
import type { Executor, HttpClient } from '../../../model/executor.js';
import type { Hypervisor, Subscription } from '../../../model/hypervisor.js';
import type { HostAccess, Infrastructure } from '../../../model/infrastructure.js';
import type { LoadGenerator } from '../../../model/load.js';
import { hostNamed } from '../../../model/host-named.js';
import { MigrationQueue } from '../../../model/migration-queue.js';

/** Room for any deployment: how much there is on real hosts is not what is explored. */
const CPUS = 1024;
const MEMORY_MIB = 1024 ** 3;

/** Hosts that are up, have room, and on which nothing is ever done: every operation's outcome comes from the script. */
export function scriptedInfrastructure(deployment: DeploymentDiagram, clock: Clock): Infrastructure {
  const hosts = deployment.hostFamilies.flatMap((family) => family.hosts.map(({ name, uri }) => hostOf(name, uri)));
  return {
    kind: 'simulated',
    clock,
    http: absent<HttpClient>('http'),
    load: absent<LoadGenerator>('load'),
    migrations: new MigrationQueue(),
    up: () => Promise.resolve(),
    hosts: () => hosts,
    host: (name) => hostNamed(hosts, name),
    prepareDomain: () => Promise.reject(unexpected('prepareDomain')),
    releaseDomain: () => Promise.resolve(),
    guest: () => absent<Executor>('guest'),
    deployed: () => Promise.resolve(),
    down: () => Promise.resolve(),
  };
}

function hostOf(name: string, uri: string): HostAccess {
  return {
    name,
    address: '127.0.0.1',
    hypervisor: hypervisorOf(name, uri),
    executor: absent<Executor>('executor'),
    migrationUri: uri,
    cpuCapacity: () => CPUS,
    local: false,
  };
}

function hypervisorOf(host: string, uri: string): Hypervisor {
  const silent: Subscription = { unsubscribe: () => undefined };
  const known: Partial<Hypervisor> = {
    host,
    uri,
    capabilities: () =>
      Promise.resolve({
        hostUuid: host,
        architecture: 'x86_64',
        cpus: CPUS,
        memoryMiB: MEMORY_MIB,
        version: 'none',
        domainTypes: [],
      }),
    onDomainEvent: () => Promise.resolve(silent),
    onConnection: () => silent,
  };
  return absent<Hypervisor>('hypervisor', known);
}

/** A part of the world that nothing may use, apart from what is `known`. */
function absent<T extends object>(what: string, known: Partial<T> = {}): T {
  return new Proxy(known, {
    get(target, name) {
      // being looked at for a promise's `then` is no use
      if (name in target || typeof name === 'symbol' || name === 'then') return Reflect.get(target, name) as unknown;
      throw unexpected(`${what}.${name}`);
    },
  }) as T;
}

function unexpected(what: string): AttituneError {
  return new AttituneError('internal', `"${what}" was used while diagrams were explored: nothing real may be.`);
}
