import { availableParallelism } from 'node:os';
import type { Clock } from '../../core/model/clock.js';
import type { DeploymentDiagram, HostEntry } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor, HttpClient } from '../../core/model/executor.js';
import type {
  DomainRequest,
  HostAccess,
  Infrastructure,
  PreparedDomain,
  UpOptions,
} from '../../core/model/infrastructure.js';
import { hostNamed } from '../../core/model/host-named.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import type { LoadGenerator } from '../../core/model/load.js';
import type { SystemRepresentation } from '../../core/model/system-representation.js';
import { UndiciHttpClient } from '../http/undici-http-client.js';
import { LocalExecutor } from '../language/executors/local.js';
import { agentAddress, AgentMachine, type HostAgents } from './host-agents.js';
import { NoHypervisor, noHypervisor } from './no-hypervisor.js';
import { closeSsh, sshDestination, sshHost } from './ssh-host.js';

/** The `uri` of a host that is this machine. */
export const LOCAL_URI = 'local:';

const LOOPBACK = '127.0.0.1';

/**
 * The administrator's own machine as the hosts of a deployment, and others by their agents or by `ssh`, for software only. What runs
 * on them outlives the manager: `down` takes nothing down, and a manager that comes later finds it by the process ids that
 * the former one stored.
 */
export class LocalInfrastructure implements Infrastructure {
  readonly kind = 'local';
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly migrations = new MigrationQueue();
  readonly load: LoadGenerator;
  readonly #agents: HostAgents | undefined;
  #client: UndiciHttpClient | undefined;
  #hosts: readonly HostAccess[] = [];

  /** `http`: absent, real requests, ended by `down`. `agents`: absent, all hosts are this machine. */
  constructor(parts: {
    readonly clock: Clock;
    readonly load: LoadGenerator;
    readonly http?: HttpClient;
    readonly agents?: HostAgents;
  }) {
    this.#agents = parts.agents;
    this.clock = parts.clock;
    this.load = parts.load;
    if (!parts.http) this.#client = new UndiciHttpClient();
    this.http = parts.http ?? (this.#client as UndiciHttpClient);
  }

  /**
   * Rejects with `hypervisor` for a family that has one, `value` for a host that is neither this machine nor one with an
   * agent. Agents that are not there yet are waited for; where one does not come its host is one that does not answer.
   */
  async up(deployment: DeploymentDiagram, _system?: SystemRepresentation, options?: UpOptions): Promise<void> {
    const hosts = deployment.hostFamilies.flatMap((family) => {
      if (family.hypervisor !== 'none') throw notLocal(family.name, family.hypervisor);
      return family.hosts.map((host) => this.#access(host));
    });
    const elsewhere = hosts.flatMap(({ agent }) => (agent === undefined ? [] : [agent]));
    if (this.#agents && options && elsewhere.length > 0) await this.#agents.awaited(elsewhere, options);
    this.#hosts = hosts;
  }

  #access(entry: HostEntry): HostAccess {
    const { name, uri, place } = entry;
    if (uri === LOCAL_URI) return accessOf(name);
    const bySsh = sshDestination(uri);
    if (bySsh) return sshHost(entry, bySsh);
    const address = agentAddress(uri);
    if (address === undefined)
      throw new AttituneError(
        'value',
        `The host ${name} has no hypervisor, so its uri must be "${LOCAL_URI}" for this machine, "agent://ADDRESS" for another one with an agent, or "ssh://USER@ADDRESS" for one without.`,
        { place },
      );
    const agents = this.#agents;
    if (agents) return remoteAccess(name, uri, address, agents);
    throw new AttituneError(
      'value',
      `The host ${name} is another machine ("${uri}"), which only its agent can reach: run it with 'attitune manager'.`,
      { place },
    );
  }

  hosts(): readonly HostAccess[] {
    return this.#hosts;
  }

  host(name: string): HostAccess {
    return hostNamed(this.#hosts, name);
  }

  prepareDomain({ host }: DomainRequest): Promise<PreparedDomain> {
    return Promise.reject(noHypervisor(host));
  }

  releaseDomain(): Promise<void> {
    return Promise.resolve();
  }

  guest(domain: string): Executor {
    throw new AttituneError(
      'hypervisor',
      `There is no guest "${domain}": the hosts of this deployment have no hypervisor.`,
    );
  }

  deployed(): Promise<void> {
    return Promise.resolve();
  }

  async down(): Promise<void> {
    const hosts = this.#hosts;
    this.#hosts = [];
    await closeSsh(hosts);
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }
}

function accessOf(name: string): HostAccess {
  return {
    name,
    address: LOOPBACK,
    hypervisor: new NoHypervisor(name, LOCAL_URI),
    executor: new LocalExecutor({ node: name }),
    migrationUri: LOCAL_URI,
    cpuCapacity: availableParallelism,
    local: true,
  };
}

function remoteAccess(name: string, uri: string, address: string, agents: HostAgents): HostAccess {
  return {
    name,
    address,
    hypervisor: new AgentMachine(name, uri, agents),
    executor: agents.executorFor(name),
    migrationUri: uri,
    cpuCapacity: () => agents.machine(name)?.cpus ?? 0,
    local: false,
    agent: name,
  };
}

function notLocal(family: string, hypervisor: string): AttituneError {
  return new AttituneError(
    'hypervisor',
    `The family ${family} is of hypervisor="${hypervisor}", which this machine is not. Run it with --simulate or --lab, or write hypervisor="none" and uri="${LOCAL_URI}".`,
  );
}
