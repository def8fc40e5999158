import type { Clock } from '../../core/model/clock.js';
import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor, HttpClient } from '../../core/model/executor.js';
import type {
  DomainRequest,
  HostAccess,
  Infrastructure,
  PreparedDomain,
  UpOptions,
} from '../../core/model/infrastructure.js';
import type { Domain } from '../../core/model/hypervisor.js';
import type { LoadGenerator } from '../../core/model/load.js';
import { hostNamed } from '../../core/model/host-named.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import { OnceByName } from '../../core/model/once-by-name.js';
import type { SystemRepresentation } from '../../core/model/system-representation.js';
import { fixedAddresses } from '../vm/identity/index.js';
import type { DomainPreparer } from './domain-preparer.js';
import { closeSsh } from './ssh-host.js';
import { connectHost, type HostParts, type VmHost } from './vm-host.js';

export interface LibvirtInfrastructureParts extends HostParts {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly load: LoadGenerator;
  readonly preparer: DomainPreparer;
  /** Makes the executor inside a guest. */
  readonly guestExecutor: (domain: string, host: () => HostAccess) => Executor;
}

/**
 * Real hosts with libvirt. They, and what else runs on them, are the administrator's: `down` closes the connections only,
 * and what a manager started goes on when it dies; the next one finds it by its name.
 */
export class LibvirtInfrastructure implements Infrastructure {
  readonly kind = 'libvirt';
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly migrations = new MigrationQueue();
  readonly load: LoadGenerator;
  readonly #prepared = new OnceByName<{ readonly host: VmHost; readonly result: PreparedDomain }>();
  #hosts: readonly VmHost[] = [];
  #system: SystemRepresentation | undefined;
  #stop = new AbortController();
  #onProgress: UpOptions['onProgress'] = () => undefined;

  constructor(private readonly parts: LibvirtInfrastructureParts) {
    this.clock = parts.clock;
    this.http = parts.http;
    this.load = parts.load;
  }

  /** Connects to every host. Rejects with `hypervisor` for a family of another kind, else as connecting does. */
  async up(
    deployment: DeploymentDiagram,
    system: SystemRepresentation | undefined,
    { signal, onProgress }: UpOptions,
  ): Promise<void> {
    if (this.#hosts.length > 0)
      throw new AttituneError('hypervisor', 'The hosts of this deployment are connected already.');
    this.#stop = new AbortController();
    this.#onProgress = onProgress;
    this.#system = system;
    try {
      const entries = deployment.hostFamilies.flatMap((family) => {
        if (family.hypervisor === 'libvirt') return family.hosts;
        const what = `The family ${family.name} is of hypervisor="${family.hypervisor}", beside families with libvirt. Run it with --simulate or --lab, or give all families hypervisor="libvirt".`;
        throw new AttituneError('hypervisor', what, { place: family.place });
      });
      onProgress('hosts: connecting', 0);
      let connected = 0;
      const outcomes = await Promise.allSettled(
        entries.map(async (entry) => {
          const host = await connectHost(entry, this.parts);
          // what is connected is known, so that it is closed should another one fail
          this.#hosts = [...this.#hosts, host];
          onProgress('hosts: connecting', ++connected / entries.length);
        }),
      );
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      signal.throwIfAborted();
      const software = this.#hostsOfSoftware(deployment);
      if (software.length > 0) await this.parts.agents?.awaited(software, { signal, onProgress });
      // in the order of the file, in which they are filled
      const order = entries.map(({ name }) => name);
      this.#hosts = [...this.#hosts].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    } catch (error) {
      await this.down();
      if (signal.aborted)
        throw new AttituneError('cancelled', 'Connecting to the hosts was cancelled.', { cause: error });
      throw AttituneError.from(error, 'host-unreachable', 'A host cannot be reached');
    }
  }

  /** Other machines on which software is to run beside their virtual machines: nothing can be started there without an agent. */
  #hostsOfSoftware({ classes, hostFamilies }: DeploymentDiagram): readonly string[] {
    const families = new Set(classes.filter(({ name }) => this.#isSoftware(name)).map(({ hosts }) => hosts));
    const names = hostFamilies.filter(({ name }) => families.has(name)).flatMap(({ hosts }) => hosts);
    const remote = new Set(this.#hosts.filter(({ agent }) => agent !== undefined).map(({ name }) => name));
    return names.map(({ name }) => name).filter((name) => remote.has(name));
  }

  #isSoftware(className: string): boolean {
    return this.#system?.kindOf(className) === 'software';
  }

  hosts(): readonly VmHost[] {
    return this.#hosts;
  }

  host(name: string): VmHost {
    return hostNamed(this.#hosts, name);
  }

  async prepareDomain(request: DomainRequest): Promise<PreparedDomain> {
    this.host(request.host);
    return (await this.#prepared.get(request.name, () => this.#prepare(request))).result;
  }

  /**
   * Deletes the disks of what this deployment started, in this run or an earlier one; those of others of that name stay.
   * Rejects with `domain-state` while a host has a domain of that name. A host that does not answer is passed over: whoever
   * releases a domain has made sure that it is gone.
   */
  async releaseDomain(name: string): Promise<void> {
    const prepared = await this.#prepared.known(name);
    if (!prepared && !this.#startedBefore(name)) return;
    for (const host of this.#hosts) {
      if ((await answerOf(host)).some((domain) => domain.name === name))
        throw new AttituneError('domain-state', `${name} is still on ${host.name}, so its disks stay.`);
    }
    this.#prepared.forget(name);
    const hosts = prepared ? [prepared.host] : this.#hosts;
    for (const host of hosts) await this.parts.preparer.release(host, name);
  }

  guest(domain: string, host: () => HostAccess): Executor {
    return this.parts.guestExecutor(domain, host);
  }

  deployed(): Promise<void> {
    return Promise.resolve();
  }

  async down(): Promise<void> {
    this.#stop.abort(new AttituneError('cancelled', 'The connections to the hosts are being closed.'));
    const hosts = this.#hosts;
    this.#hosts = [];
    await this.#prepared.clear();
    await Promise.allSettled([closeSsh(hosts), ...hosts.map((host) => host.hypervisor.close())]);
  }

  async #prepare(request: DomainRequest): Promise<{ readonly host: VmHost; readonly result: PreparedDomain }> {
    const present = await this.#present(request.name);
    if (present) return present;
    const host = this.host(request.host);
    await this.#havePools();
    const { description, address = '' } = await this.parts.preparer.prepare(
      host,
      this.#hosts,
      { ...request, reuse: this.#startedBefore(request.name) },
      { signal: this.#stop.signal, onProgress: this.#onProgress },
    );
    return { host, result: { description, address } };
  }

  /** Whether the disks of that name are those of this deployment's own machine: it has been started once. */
  #startedBefore(name: string): boolean {
    const component = this.#system?.components.find((candidate) => candidate.name === name);
    return component?.attributes.get('home') !== undefined;
  }

  /** Pools that are made where they are missing are made on every host, since the machine may migrate to any. */
  async #havePools(): Promise<void> {
    await Promise.all(
      this.#hosts.map(async (host) => {
        if (host.settings.poolPath === undefined) return;
        await host.pool().catch((error: unknown) => {
          if (!AttituneError.is(error, 'host-unreachable')) throw error;
        });
      }),
    );
  }

  /** A domain of that name that a former manager started: what it was started with. */
  async #present(name: string): Promise<{ readonly host: VmHost; readonly result: PreparedDomain } | undefined> {
    for (const host of this.#hosts) {
      if (!(await answerOf(host)).some((domain) => domain.name === name)) continue;
      const details = await host.hypervisor.describe(name);
      return { host, result: { description: details.description, address: fixedAddresses(details)[0] ?? '' } };
    }
    return undefined;
  }
}

/** The domains of a host; none of one that does not answer, which must not keep all others from their work. */
async function answerOf({ hypervisor }: VmHost): Promise<readonly Domain[]> {
  return await hypervisor.list().catch((error: unknown) => {
    if (AttituneError.is(error, 'host-unreachable')) return [];
    throw error;
  });
}
