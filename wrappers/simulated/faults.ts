import { AttituneError } from '../../core/model/errors.js';
import { startAutomatically } from './domain-life.js';
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
    host.reconnect(() => this.#setNetwork(host, false));
    this.#cutOff(host, false);
  }

  /**
   * The host answers again; after {@link hostDies} with nothing running on it but what starts with it. Connections are
   * told what they missed, and that they are there again.
   */
  hostRecovers(name: string): void {
    const host = this.#cluster.host(name);
    const dead = !host.machine.powered;
    host.reconnect(() => {
      host.machine.powered = true;
      this.#setNetwork(host, true);
      if (!dead) return;
      host.setDaemon(true);
      startAutomatically(this.#cluster, host);
    });
  }

  /** The host loses its power, and everything on it its life. */
  hostDies(name: string): void {
    const host = this.#cluster.host(name);
    host.reconnect(() => this.#setNetwork(host, false));
    this.#cutOff(host, false);
    for (const domain of [...host.domains.values()]) host.remove(domain, 'failed');
    for (const process of host.machine.processes) process.exit(137);
    host.machine.powered = false;
  }

  /** libvirtd is killed: connections are lost and migrations to and from it end, but guests go on and are reached. */
  daemonDies(name: string): void {
    const host = this.#cluster.host(name);
    host.reconnect(() => host.setDaemon(false));
    this.#cutOff(host, true);
  }

  /** libvirtd is started again and finds the guests that run. */
  daemonRestarts(name: string): void {
    const host = this.#cluster.host(name);
    host.reconnect(() => host.setDaemon(true));
  }

  /** The two hosts do not hear each other, though everybody else hears both: migrations between them fail after a while. */
  linkBreaks(one: string, other: string): void {
    this.#cluster.setLink(one, other, false);
  }

  linkHeals(one: string, other: string): void {
    this.#cluster.setLink(one, other, true);
  }

  /** Something else fills a storage pool of the host, for all who share it, until this is called with `false`. */
  diskFull(name: string, pool = 'attitune', full = true): void {
    const found = this.#cluster.host(name).pools.get(pool);
    if (!found) throw new AttituneError('unknown-storage', `${name} has no storage pool "${pool}".`);
    found.folder.full = full;
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

  /** Migrations to and from the host lose it. */
  #cutOff(host: SimulatedHost, daemonOnly: boolean): void {
    for (const domain of [...host.domains.values(), ...host.incoming.values(), ...host.outgoing.values()])
      domain.migration?.hostLost(host.name, daemonOnly);
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
