import { AttituneError } from '../../core/model/errors.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { SimulatedHost } from './simulated-host.js';

/** Trouble on demand, for scenarios and tests. Names are those of the deployment; unknown ones throw `unknown-host` or `domain-not-found`. */
export class SimulatedFaults {
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  /** The host's network fails: what runs on it goes on, but nobody reaches it, and migrations to and from it fail. */
  hostUnreachable(name: string): void {
    const host = this.#cluster.host(name);
    this.#setNetwork(host, false);
    const reason = (domain: SimulatedDomain) =>
      new AttituneError(
        'migration-failed',
        `The migration of ${domain.name} failed: ${name} stopped answering. It stays on ${domain.host.name}.`,
      );
    for (const domain of [...host.domains.values(), ...host.incoming.values()])
      domain.interruptMigration?.(reason(domain));
    host.emitLoss();
  }

  /** The host answers again; after {@link hostDies} with nothing running on it. */
  hostRecovers(name: string): void {
    const host = this.#cluster.host(name);
    host.machine.powered = true;
    this.#setNetwork(host, true);
  }

  /** The host loses its power, and everything on it its life. */
  hostDies(name: string): void {
    const host = this.#cluster.host(name);
    this.#setNetwork(host, false);
    for (const domain of [...host.domains.values()]) host.remove(domain, 'failed');
    for (const process of host.machine.processes) process.exit(137);
    host.machine.powered = false;
    this.hostUnreachable(name);
  }

  /** The guest's kernel panics, or its process on the host is killed. */
  domainDies(name: string): void {
    const domain = this.#domain(name);
    domain.host.remove(domain, 'crashed');
  }

  /** Migrations make no progress until this is called with `false`; they can be aborted. */
  migrationsStall(stall = true): void {
    this.#cluster.migrationsStall = stall;
  }

  /** The guest agent does not answer until this is called with `false`. */
  agentSilent(name: string, silent = true): void {
    this.#domain(name).agentSilent = silent;
  }

  #setNetwork(host: SimulatedHost, networked: boolean): void {
    const { kernel } = this.#cluster.world;
    kernel.catchUp();
    host.machine.networked = networked;
    for (const domain of host.domains.values()) domain.guest.linked = networked;
  }

  #domain(name: string): SimulatedDomain {
    const found = this.#cluster.findDomain(name);
    if (!found) throw new AttituneError('domain-not-found', `No simulated host has a domain "${name}".`);
    return found;
  }
}
