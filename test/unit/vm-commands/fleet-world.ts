import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Hypervisor } from '../../../core/model/hypervisor.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import { MigrationQueue } from '../../../core/model/migration-queue.js';
import { SeededRandom } from '../../../core/model/random.js';
import { createVm, type CreatedVm, type CreateRequest } from '../../../core/app/vm/create-vm.js';
import type { Fleet, Task } from '../../../core/app/vm/fleet.js';
import {
  DomainPreparer,
  readHostSettings,
  type DiskMaker,
  type NewDomain,
  type PreparerParts,
  type VmHost,
} from '../../../wrappers/hosts/index.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';

const place = { file: 'test.hosts.xml', line: 1, column: 1 };
const POOL = 'attitune';
const RANGE = { addresses: '10.0.0.100-10.0.0.103/24 via 10.0.0.1', bridge: 'br0' };

/** Calls of a hypervisor that fail, once each, by name: before they do anything, or after they have done it. */
export type Failures = Partial<Record<keyof Hypervisor, 'before' | 'after'>>;

/** Simulated hosts `host1`, `host2` … that share their storage, as a command sees them. */
export class FleetWorld {
  readonly clock = new SimulatedClock(1_000_000);
  readonly infrastructure: SimulatedInfrastructure;
  readonly said: string[] = [];
  readonly steps: string[] = [];
  readonly abort = new AbortController();
  readonly failures: Failures = {};
  /** Addresses that strangers on the network have. */
  readonly strangers = new Set<string>();
  readonly parts: PreparerParts;
  readonly preparer: DomainPreparer;
  readonly task: Task = {
    signal: this.abort.signal,
    say: (text) => this.said.push(text),
    onProgress: (step) => this.steps.push(step),
  };
  /** Called when the disks of a domain are to be made. */
  onDisks: () => void = () => undefined;
  #fleet: Fleet;

  constructor(memory: readonly string[] = ['4 GiB', '4 GiB'], attributes: Readonly<Record<string, string>> = RANGE) {
    this.infrastructure = new SimulatedInfrastructure({ clock: this.clock, random: new SeededRandom(1) });
    const hosts = memory.map((size, index) => {
      const own = { ...attributes, memory: size };
      const entry = { name: `host${index + 1}`, uri: `qemu+tls://host${index + 1}/system`, attributes: own, place };
      const access = this.infrastructure.addHost({ ...entry, attributes: { memory: size }, family: 'servers' });
      return this.#vmHost(access, entry);
    });
    this.#fleet = { hosts, silent: [], migrations: new MigrationQueue(), clock: this.clock };
    const disks: DiskMaker = {
      make: (host, pool, request) => this.#makeDisks(host, pool, request),
      remove: async (host, pool, name) => {
        const { storage } = host.hypervisor;
        for (const volume of await storage.volumes(pool))
          if (volume.name === `${name}.qcow2`) await storage.deleteVolume(pool, volume.name);
      },
    };
    const answers = (address: string) => Promise.resolve(this.strangers.has(address));
    this.parts = { disks, random: new SeededRandom(2), answers };
    this.preparer = new DomainPreparer(this.parts);
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** The fleet with that host silent. */
  without(name: string): Fleet {
    const error = new AttituneError('host-unreachable', `${name} does not answer.`);
    return {
      ...this.#fleet,
      hosts: this.#fleet.hosts.filter((host) => host.name !== name),
      silent: [{ name, uri: `qemu+tls://${name}/system`, error }],
    };
  }

  host(name: string): VmHost {
    return this.#fleet.hosts.find((host) => host.name === name) as VmHost;
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return this.clock.runUntil(promise);
  }

  create(
    request: Partial<CreateRequest> & { readonly name: string },
    fleet = this.#fleet,
    preparer = this.preparer,
  ): Promise<CreatedVm> {
    const defaults = { image: 'debian', memoryMiB: 512, vcpus: 1, start: true, ignoreUnreachable: false };
    return this.settle(createVm(fleet, preparer, { ...defaults, bootTimeoutMs: 60_000, ...request }, this.task));
  }

  /** Everything that is on the hosts and in their pools. */
  async left(): Promise<readonly string[]> {
    const all = await this.settle(
      Promise.all(
        this.infrastructure
          .hosts()
          .map(async ({ name, hypervisor }) => [
            ...(await hypervisor.list()).map((domain) => `${domain.name} on ${name}`),
            ...(await hypervisor.storage.volumes(POOL)).map((volume) => volume.name),
          ]),
      ),
    );
    return [...new Set(all.flat())].sort();
  }

  async #makeDisks({ hypervisor: { storage } }: HostAccess, pool: string, request: NewDomain) {
    this.onDisks();
    const format = 'qcow2' as const;
    const there = (await storage.volumes(pool)).find(({ name }) => name === `${request.name}.qcow2`);
    if (there && request.reuse === true) return { disks: [{ path: there.path, format }] };
    const capacityBytes = (request.diskMiB ?? 1024) * 2 ** 20;
    const { path } = await storage.createVolume(pool, { name: `${request.name}.qcow2`, format, capacityBytes });
    return { disks: [{ path, format }] };
  }

  #vmHost(access: HostAccess, entry: Parameters<typeof readHostSettings>[0]): VmHost {
    const { failures } = this;
    const hypervisor = new Proxy(access.hypervisor, {
      get: (target, key: keyof Hypervisor) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        const call = (value as (...args: unknown[]) => Promise<unknown>).bind(target);
        return async (...args: unknown[]) => {
          const when = failures[key];
          delete failures[key];
          if (when === undefined) return call(...args);
          if (when === 'after') await call(...args);
          throw new AttituneError('hypervisor', `${key} fails here.`);
        };
      },
    });
    return { ...access, hypervisor, settings: readHostSettings(entry), pool: () => Promise.resolve(POOL) };
  }
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<AttituneError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AttituneError) return error;
  throw new Error(`an AttituneError was expected, not ${String(error)}`);
}
