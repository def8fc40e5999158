import { AttituneError } from '../model/errors.js';
import type { Executor } from '../model/executor.js';
import type { Hypervisor } from '../model/hypervisor.js';
import type { HostAccess, Infrastructure } from '../model/infrastructure.js';
import type { PowerControl } from '../model/power.js';
import type { Storage } from '../model/storage.js';

/** What of a hypervisor and of an executor only looks; all else changes something. */
const READING: ReadonlySet<string> = new Set<keyof Hypervisor | keyof Executor | keyof Storage | keyof PowerControl>([
  ...(['host', 'uri', 'storage', 'capabilities', 'nodeCpu', 'nodeMemory', 'networks', 'list', 'describe'] as const),
  ...([
    'statistics',
    'addresses',
    'cpuOf',
    'compareCpu',
    'migrationOf',
    'onDomainEvent',
    'onConnection',
    'close',
  ] as const),
  ...(['node', 'get', 'isRunning', 'run'] as const),
  ...(['pools', 'volumes'] as const),
  'state',
]);

/**
 * An infrastructure on which nothing can be changed: what a shadow, or a dry run, looks through. The gate before it lets no
 * effect come this far; what does is a fault, and rejects with `not-permitted`. Commands are run: probes read by them.
 */
export function readOnly(infrastructure: Infrastructure): Infrastructure {
  const hosts = new Map<string, HostAccess>();
  const accessOf = (host: HostAccess): HostAccess => {
    const known = hosts.get(host.name);
    if (known) return known;
    const { hypervisor, executor, power } = host;
    const seen = guarded(host, {
      hypervisor: lookedAt(hypervisor, `the hypervisor of ${host.name}`),
      executor: lookedAt(executor, host.name),
      ...(power ? { power: lookedAt(power, `the power of ${host.name}`) } : {}),
    });
    hosts.set(host.name, seen);
    return seen;
  };
  return guarded(infrastructure, {
    hosts: () => infrastructure.hosts().map(accessOf),
    host: (name: string) => accessOf(infrastructure.host(name)),
    guest: (domain: string, host: () => HostAccess) =>
      // the executor itself is guarded; what it looks at, it looks at through the agent of the guest
      lookedAt(
        infrastructure.guest(domain, () => infrastructure.host(host().name)),
        domain,
      ),
    prepareDomain: () => refuse('prepareDomain', 'the infrastructure'),
    releaseDomain: () => refuse('releaseDomain', 'the infrastructure'),
    deployed: () => Promise.resolve(),
  });
}

/** The same, with some members of its own. */
function guarded<T extends object>(real: T, own: Partial<T>): T {
  return new Proxy(real, {
    get: (target, name) => {
      const value: unknown = Object.hasOwn(own, name) ? own[name as keyof T] : Reflect.get(target, name, target);
      return typeof value === 'function' && !Object.hasOwn(own, name) ? (value.bind(target) as unknown) : value;
    },
  });
}

function lookedAt<T extends Hypervisor | Executor | Storage | PowerControl>(real: T, where: string): T {
  return new Proxy(real, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'storage') return lookedAt(value as Storage, `the storage of ${where}`);
      if (typeof value !== 'function') return value;
      if (name === 'guestAgent')
        return (...given: Parameters<Hypervisor['guestAgent']>) => asked(target as Hypervisor, where, given);
      if (typeof name === 'string' && !READING.has(name)) return () => refuse(name, where);
      return value.bind(target) as unknown;
    },
  });
}

/** Commands of a guest agent that only look. */
const LOOKING = /^guest-(?:ping|info|sync|get-[a-z-]+|network-get-interfaces)$/;

function asked(hypervisor: Hypervisor, where: string, given: Parameters<Hypervisor['guestAgent']>): Promise<unknown> {
  const { execute } = given[1];
  return LOOKING.test(execute) ? hypervisor.guestAgent(...given) : refuse(execute, where);
}

function refuse(what: string, where: string): Promise<never> {
  const message = `"${what}" of ${where} is not done: this manager only watches.`;
  return Promise.reject(new AttituneError('not-permitted', message));
}
