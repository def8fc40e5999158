import { availableParallelism } from 'node:os';
import type { Clock } from '../../core/model/clock.js';
import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor, HttpClient } from '../../core/model/executor.js';
import type { DomainRequest, HostAccess, Infrastructure, PreparedDomain } from '../../core/model/infrastructure.js';
import { hostNamed } from '../../core/model/host-named.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import type { LoadGenerator } from '../../core/model/load.js';
import { UndiciHttpClient } from '../http/undici-http-client.js';
import { LocalExecutor } from '../language/executors/local.js';
import { NoHypervisor, noHypervisor } from './no-hypervisor.js';

/** The `uri` of a host that is this machine. */
export const LOCAL_URI = 'local:';

const LOOPBACK = '127.0.0.1';

/**
 * The administrator's own machine as the hosts of a deployment, for software only. What runs on it outlives the manager:
 * `down` takes nothing down, and a manager that comes later finds it by the process ids that the former one stored.
 */
export class LocalInfrastructure implements Infrastructure {
  readonly kind = 'local';
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly migrations = new MigrationQueue();
  readonly load: LoadGenerator;
  #client: UndiciHttpClient | undefined;
  #hosts: readonly HostAccess[] = [];

  /** `http`: absent, real requests, ended by `down`. */
  constructor(parts: { readonly clock: Clock; readonly load: LoadGenerator; readonly http?: HttpClient }) {
    this.clock = parts.clock;
    this.load = parts.load;
    if (!parts.http) this.#client = new UndiciHttpClient();
    this.http = parts.http ?? (this.#client as UndiciHttpClient);
  }

  /** Rejects with `hypervisor` for a family that has one, `value` for a host that is not this machine. */
  up(deployment: DeploymentDiagram): Promise<void> {
    try {
      this.#hosts = deployment.hostFamilies.flatMap((family) => {
        if (family.hypervisor !== 'none') throw notLocal(family.name, family.hypervisor);
        return family.hosts.map(({ name, uri, place }) => {
          if (uri === LOCAL_URI) return accessOf(name);
          throw new AttituneError(
            'value',
            `The host ${name} has no hypervisor, so its uri must be "${LOCAL_URI}": software is administered on this machine only yet.`,
            { place },
          );
        });
      });
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(AttituneError.from(error));
    }
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
    this.#hosts = [];
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

function notLocal(family: string, hypervisor: string): AttituneError {
  return new AttituneError(
    'hypervisor',
    `The family ${family} is of hypervisor="${hypervisor}", which this machine is not. Run it with --simulate or --lab, or write hypervisor="none" and uri="${LOCAL_URI}".`,
  );
}
