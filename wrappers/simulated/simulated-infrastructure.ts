import { delay, type Clock } from '../../core/model/clock.js';
import type { DeploymentDiagram, HostEntry } from '../../core/model/deployment.js';
import { hostNamed } from '../../core/model/host-named.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';
import type {
  DomainRequest,
  HostAccess,
  Infrastructure,
  PreparedDomain,
  UpOptions,
} from '../../core/model/infrastructure.js';
import type { Random } from '../../core/model/random.js';
import type { SystemRepresentation } from '../../core/model/system-representation.js';
import { DEFAULT_SOFTWARE } from './default-software.js';
import { SimulatedFaults } from './faults.js';
import { assertAgent } from './guest-agent.js';
import { SimulatedHttpClient } from './http-client.js';
import { SimulationKernel } from './kernel.js';
import { SimulatedLoadGenerator } from './load-generator.js';
import type { SimulatedMachine } from './machine.js';
import { SimulatedNetwork } from './network.js';
import { DEFAULT_SETTINGS, type MigrationSettings, type SimulationSettings } from './options.js';
import { guarded } from '../power/guarded.js';
import { hostSettings } from './host-settings.js';
import { RequestModel } from './request-model.js';
import { SimulatedCluster } from './simulated-cluster.js';
import { SimulatedExecutor } from './simulated-executor.js';
import type { SimulatedHost } from './simulated-host.js';
import { SimulatedHypervisor } from './simulated-hypervisor.js';
import { SimulatedPower } from './simulated-power.js';
import { ProgramTable, type SimulatedSoftware, type UnknownPrograms } from './software.js';

/** How long a command waits for a guest that moves, boots or stands still. */
const GUEST_PATIENCE_MS = 6000;

/** What a simulation is made with; figures that are not given are those of {@link DEFAULT_SETTINGS}. */
export interface SimulationOptions extends Partial<Omit<SimulationSettings, 'migration'>> {
  readonly clock: Clock;
  readonly random: Random;
  readonly migration?: Partial<MigrationSettings>;
  /** Programs that behave; default Apache, Tomcat, a shell and the core utilities. */
  readonly software?: readonly SimulatedSoftware[];
  /** What a program does that no software matches; default `succeed`. */
  readonly unknownPrograms?: UnknownPrograms;
}

/** Everything that a deployment needs, simulated: hosts, guests, programs, network and load, on an injected clock. */
export class SimulatedInfrastructure implements Infrastructure {
  readonly kind = 'simulated';
  readonly clock: Clock;
  readonly http: SimulatedHttpClient;
  readonly migrations = new MigrationQueue();
  readonly load: SimulatedLoadGenerator;
  readonly faults: SimulatedFaults;
  readonly settings: SimulationSettings;
  readonly #kernel: SimulationKernel;
  readonly #programs: ProgramTable;
  readonly #cluster: SimulatedCluster;
  #hosts = new Map<string, HostAccess>();

  constructor(options: SimulationOptions) {
    const { clock, random, migration, software, unknownPrograms, ...figures } = options;
    this.clock = clock;
    this.settings = { ...DEFAULT_SETTINGS, ...figures, migration: { ...DEFAULT_SETTINGS.migration, ...migration } };
    this.#kernel = new SimulationKernel(clock);
    this.#programs = new ProgramTable(software ?? DEFAULT_SOFTWARE, unknownPrograms ?? 'succeed');
    const network = new SimulatedNetwork();
    const { settings } = this;
    const model = new RequestModel({ kernel: this.#kernel, network, random, settings });
    this.#cluster = new SimulatedCluster({ kernel: this.#kernel, random, network, programs: this.#programs, settings });
    this.http = new SimulatedHttpClient(this.#kernel, model);
    this.load = new SimulatedLoadGenerator(this.#kernel, model, random, settings.arrivals);
    this.faults = new SimulatedFaults(this.#cluster);
  }

  /**
   * Makes the hosts of the deployment. Attributes of a host that count are those of {@link hostSettings}. Rejects with
   * `value` for a wrong one, `duplicate-name`, `cancelled`.
   */
  async up(deployment: DeploymentDiagram, _system: SystemRepresentation, options: UpOptions): Promise<void> {
    try {
      const entries = deployment.hostFamilies.flatMap((family) =>
        family.hosts.map((host) => ({ ...host, family: family.name })),
      );
      for (const entry of entries) {
        if (options.signal.aborted) {
          throw new AttituneError('cancelled', 'Bringing the simulated hosts up was cancelled.', {
            cause: options.signal.reason,
          });
        }
        options.onProgress(`simulated host ${entry.name}`);
        this.addHost(entry);
        await delay(this.clock, this.settings.hypervisorCallMs);
      }
    } catch (error) {
      await this.down();
      throw error;
    }
  }

  /** Adds one host; `up` does it for each of the deployment. Those of a family share their storage. */
  addHost(
    entry: Pick<HostEntry, 'name' | 'uri' | 'attributes' | 'place' | 'power'> & { readonly family?: string },
  ): HostAccess {
    const host = this.#cluster.addHost({ name: entry.name, uri: entry.uri, ...hostSettings(entry) });
    const access = this.#access(host, entry.power !== undefined);
    this.#hosts.set(host.name, access);
    return access;
  }

  hosts(): readonly HostAccess[] {
    return [...this.#hosts.values()];
  }

  host(name: string): HostAccess {
    return hostNamed(this.#hosts.values(), name);
  }

  prepareDomain(request: DomainRequest): Promise<PreparedDomain> {
    return new Promise((resolve) => {
      const { name, memoryMiB, vcpus, maxMemoryMiB, maxVcpus, image, swapMiB } = request;
      this.host(request.host);
      const { addresses } = this.#cluster;
      const swap = { path: `/simulated/${image}/${name}-swap.img`, format: 'raw' as const };
      resolve({
        address: addresses.guest(name),
        description: {
          name,
          memoryMiB,
          vcpus,
          ...(maxMemoryMiB !== undefined && { maxMemoryMiB }),
          ...(maxVcpus !== undefined && { maxVcpus }),
          disks: [{ path: `/simulated/${image}/${name}.img`, format: 'raw' }, ...(swapMiB === undefined ? [] : [swap])],
          networks: [{ bridge: 'br0', mac: addresses.mac(name) }],
        },
      });
    });
  }

  releaseDomain(name: string): Promise<void> {
    if (!this.#cluster.knows(name)) this.#cluster.addresses.release(name);
    return Promise.resolve();
  }

  guest(domain: string, host: () => HostAccess): Executor {
    return new SimulatedExecutor({
      node: domain,
      clock: this.clock,
      programs: this.#programs,
      callMs: this.settings.guestCommandMs,
      machine: () => this.#guestMachine(domain, host),
    });
  }

  /** From here on the hosts have the CPU that they are meant to have. */
  deployed(): Promise<void> {
    for (const host of this.#cluster.hosts) host.limit();
    return Promise.resolve();
  }

  down(): Promise<void> {
    this.load.abandon();
    this.#cluster.clear();
    this.#hosts = new Map();
    this.#kernel.stop();
    return Promise.resolve();
  }

  /** One more connection to a host's hypervisor. */
  connect(name: string): SimulatedHypervisor {
    return new SimulatedHypervisor(this.#cluster, this.#cluster.host(name));
  }

  /** However a host is switched in reality, here it is switched by the simulation. */
  #access(host: SimulatedHost, switched: boolean): HostAccess {
    const machine = () => {
      host.assertReachable();
      return host.machine;
    };
    const hypervisor = new SimulatedHypervisor(this.#cluster, host);
    const power = new SimulatedPower(this.#cluster.world, host, this.faults, () => this.#hosts.has(host.name));
    return {
      name: host.name,
      address: host.address,
      hypervisor,
      ...(switched ? { power: guarded(host.name, hypervisor, power) } : {}),
      executor: new SimulatedExecutor({
        node: host.name,
        clock: this.clock,
        programs: this.#programs,
        callMs: this.settings.hostCommandMs,
        machine: async () => Promise.resolve(machine()),
      }),
      migrationUri: host.uri,
      cpuCapacity: () => host.processor.capacity,
      usage: async () => {
        machine();
        return Promise.resolve(host.usage());
      },
      local: false,
    };
  }

  /** The inside of a guest; waits a while for one that moves, boots or stands still, as real agents make one wait. */
  async #guestMachine(name: string, host: () => HostAccess): Promise<SimulatedMachine> {
    const until = this.clock.now() + GUEST_PATIENCE_MS;
    for (;;) {
      try {
        const place = this.#cluster.host(host().name);
        place.assertReachable();
        const domain = place.domain(name);
        assertAgent(this.#cluster.world, domain);
        return domain.guest;
      } catch (error) {
        const passes = AttituneError.is(error, 'guest-agent') || AttituneError.is(error, 'domain-not-found');
        if (!passes || this.clock.now() >= until) throw error;
        await delay(this.clock, 100);
      }
    }
  }
}
