import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/model/clock.js';
import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor, HttpClient } from '../../core/model/executor.js';
import type { Hypervisor } from '../../core/model/hypervisor.js';
import type {
  DomainRequest,
  HostAccess,
  Infrastructure,
  PreparedDomain,
  UpOptions,
} from '../../core/model/infrastructure.js';
import { hostNamed } from '../../core/model/host-named.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import { OnceByName } from '../../core/model/once-by-name.js';
import type { LoadGenerator } from '../../core/model/load.js';
import { DomainDisks } from '../vm/disks/index.js';
import { checkDomainName } from '../vm/identity/domain-name.js';
import { readPackages } from '../vm/image/image-contents.js';
import { describeGuest } from './guest-description.js';
import { guarded } from '../power/guarded.js';
import type { LabHost } from './host/lab-host.js';
import { LabPower } from './host/lab-power.js';
import { guestIdentity, type GuestIdentity } from './lab-plan.js';
import { Lab, type LabParts } from './lab.js';
import { MachinePrograms, type Programs } from '../machine/programs.js';

/** The storage pool of the hosts: the lab's folder of disks, which they share. */
const LAB_POOL = 'attitune';

/** What the lab takes from elsewhere. */
export interface LabInfrastructureParts {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly load: LoadGenerator;
  /**
   * Connects to the daemon of a lab host. Its hosts share their disks in one folder of one machine, which libvirt cannot
   * know to be shared: the client must migrate with the *unsafe* flag.
   */
  readonly connect: (host: { readonly name: string; readonly uri: string }) => Promise<Hypervisor>;
  /** Makes the executor inside a guest. */
  readonly guestExecutor: (domain: string, host: () => HostAccess) => Executor;
  readonly cpuLimit?: number;
  readonly programs?: Programs;
  readonly lab?: LabParts;
}

interface Prepared {
  readonly request: DomainRequest;
  readonly ordinal: number;
  readonly identity: GuestIdentity;
  readonly result: PreparedDomain;
}

/** Several libvirt hosts on this machine, brought up for one deployment. */
export class LabInfrastructure implements Infrastructure {
  readonly kind = 'lab';
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly migrations = new MigrationQueue();
  readonly load: LoadGenerator;
  readonly #programs: Programs;
  readonly #prepared = new OnceByName<Prepared>();
  readonly #ordinals = new Set<number>();
  /** By host. */
  readonly #pools = new Map<string, Promise<DomainDisks>>();
  #lab: Lab | undefined;
  #hosts: readonly HostAccess[] = [];
  #stop = new AbortController();

  constructor(private readonly parts: LabInfrastructureParts) {
    this.clock = parts.clock;
    this.http = parts.http;
    this.load = parts.load;
    this.#programs = parts.programs ?? parts.lab?.programs ?? new MachinePrograms();
  }

  async up(deployment: DeploymentDiagram, _system: unknown, options: UpOptions): Promise<void> {
    if (this.#lab) throw new AttituneError('lab', 'The lab of this deployment is up already.');
    const hosts = deployment.hostFamilies.flatMap((family) => family.hosts.map((host) => host.name));
    const images = deployment.classes.flatMap(({ attributes: { image, packages } }) =>
      image === undefined || image === '' ? [] : [{ name: image, packages: readPackages(packages) }],
    );
    const { clock, cpuLimit } = this.parts;
    this.#stop = new AbortController();
    const lab = await Lab.up({ hosts, images, cpuLimit }, options, {
      clock,
      programs: this.#programs,
      ...this.parts.lab,
    });
    this.#lab = lab;
    try {
      options.onProgress('lab: connections');
      // one after the other, so that what is connected is known when one fails
      const switched = new Set(
        deployment.hostFamilies.flatMap((family) => family.hosts.filter(({ power }) => power).map(({ name }) => name)),
      );
      for (const host of lab.hosts)
        this.#hosts = [...this.#hosts, await this.#access(host, switched.has(host.plan.name))];
    } catch (error) {
      await this.down();
      throw AttituneError.from(error, 'host-unreachable', 'A lab host cannot be reached');
    }
  }

  hosts(): readonly HostAccess[] {
    return this.#hosts;
  }

  host(name: string): HostAccess {
    return hostNamed(this.#hosts, name);
  }

  async prepareDomain(request: DomainRequest): Promise<PreparedDomain> {
    this.host(request.host);
    return (await this.#prepared.get(request.name, () => this.#prepare(request))).result;
  }

  async releaseDomain(name: string): Promise<void> {
    const prepared = await this.#prepared.known(name);
    if (!prepared || !this.#lab) return;
    this.#prepared.forget(name);
    for (const disk of prepared.result.description.disks) await rm(disk.path, { force: true });
    this.#ordinals.delete(prepared.ordinal);
    await this.#lab.recordGuest(name, undefined);
  }

  guest(domain: string, host: () => HostAccess): Executor {
    return this.parts.guestExecutor(domain, host);
  }

  /** Guests start many times faster without the limit: it is set only now. */
  async deployed(): Promise<void> {
    await this.#lab?.limitCpus(true);
  }

  async down(): Promise<void> {
    this.#stop.abort(new AttituneError('cancelled', 'The lab is being taken down.'));
    const hosts = this.#hosts;
    this.#hosts = [];
    await Promise.allSettled([this.#prepared.clear(), ...hosts.map((host) => host.hypervisor.close())]);
    this.#ordinals.clear();
    this.#pools.clear();
    await this.#lab?.down();
    this.#lab = undefined;
  }

  async #access(host: LabHost, switched: boolean): Promise<HostAccess> {
    const { name, uri, address } = host.plan;
    const hypervisor = await this.parts.connect({ name, uri });
    return {
      name,
      address,
      hypervisor,
      ...(switched ? { power: guarded(name, hypervisor, new LabPower(host, this.#stop.signal)) } : {}),
      executor: host.executor,
      migrationUri: uri,
      cpuCapacity: () => host.cpuCapacity,
      usage: () => host.usage(),
      cgroup: host.cgroup.location,
      local: false,
    };
  }

  async #prepare(request: DomainRequest): Promise<Prepared> {
    const lab = this.#lab as Lab;
    checkDomainName(request.name);
    const signal = this.#stop.signal;
    const { name, diskMiB, swapMiB, copy } = request;
    const steps = { signal, onProgress: () => undefined };
    const image = await lab.image({ name: request.image, packages: request.packages }, steps);
    const ordinal = this.#freeOrdinal();
    const identity = guestIdentity(lab.plan.subnet, name, ordinal);
    this.#ordinals.add(ordinal);
    try {
      const [pool] = await Promise.all([this.#disks(lab, this.host(request.host)), this.#havePools(lab)]);
      const base = await pool.ensureBase(image, steps);
      const disks = await pool.create(name, base, { diskMiB, swapMiB, copy }, steps);
      const consoleLog = join(lab.paths.consoles, `${name}.log`);
      await mkdir(lab.paths.consoles, { recursive: true });
      await lab.recordGuest(name, { address: identity.address, mac: identity.mac });
      const { plan, acceleration } = lab;
      const description = describeGuest({
        ...{ request, base, disks, identity, plan, acceleration: acceleration.kind, consoleLog },
      });
      return { request, ordinal, identity, result: { description, address: identity.address } };
    } catch (error) {
      this.#ordinals.delete(ordinal);
      throw error;
    }
  }

  /** The lab's folder of disks as a pool of that host; all hosts share it. */
  #disks(lab: Lab, { name, hypervisor: { storage } }: HostAccess): Promise<DomainDisks> {
    let disks = this.#pools.get(name);
    if (!disks) {
      disks = storage
        .ensureFolderPool(LAB_POOL, lab.paths.disks)
        .then((pool) => new DomainDisks(storage, pool.name, this.clock));
      this.#pools.set(name, disks);
      disks.catch(() => this.#pools.delete(name));
    }
    return disks;
  }

  /** Every host has the pool, since the machine may migrate to any; one that does not answer has it later. */
  async #havePools(lab: Lab): Promise<void> {
    await Promise.all(
      this.#hosts.map((host) =>
        this.#disks(lab, host).catch((error: unknown) => {
          if (!AttituneError.is(error, 'host-unreachable')) throw error;
        }),
      ),
    );
  }

  #freeOrdinal(): number {
    let ordinal = 0;
    while (this.#ordinals.has(ordinal)) ordinal += 1;
    return ordinal;
  }
}
