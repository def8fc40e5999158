import { join } from 'node:path';
import { inspectTls, parseLibvirtUri, type Endpoint } from '../../../wrappers/libvirt/index.js';
import type { VmHost } from '../../../wrappers/hosts/index.js';
import type { Fleet } from '../vm/fleet.js';
import type { ConnectionFacts, HostFacts, Problem } from './findings.js';
import { readLibvirtSettings, type LibvirtPlaces } from './libvirt-files.js';

/** Where the files of a host are, if this machine sees them. */
export type PlacesOf = (name: string, endpoint: Endpoint) => LibvirtPlaces | undefined;

/** This machine's own libvirt. */
export const localPlaces: PlacesOf = (_name, endpoint) =>
  endpoint.kind === 'unix' && endpoint.path.startsWith('/run/libvirt/')
    ? { configuration: '/etc/libvirt', lockSocket: '/run/libvirt/virtlockd-sock' }
    : undefined;

/** The hosts of the lab, whose folders are below `hosts` of this machine. */
export function labPlaces(hosts: string): PlacesOf {
  return (name) => ({
    configuration: join(hosts, name, 'etc-libvirt'),
    lockSocket: join(hosts, name, 'run/libvirt/virtlockd-sock'),
  });
}

/** Asks every host all that the doctor judges, changing nothing. */
export async function gatherHosts({ hosts, silent }: Fleet, placesOf: PlacesOf): Promise<readonly HostFacts[]> {
  const up = hosts.map(async (host) => factsOf(host.name, host.hypervisor.uri, await connectionOf(host), placesOf));
  const down = silent.map(({ name, uri, error }) => factsOf(name, uri, { problem: error.message }, placesOf));
  return Promise.all([...up, ...down]);
}

async function factsOf(
  name: string,
  uri: string,
  connection: ConnectionFacts | Problem,
  placesOf: PlacesOf,
): Promise<HostFacts> {
  const { endpoint } = parseLibvirtUri(uri);
  const places = placesOf(name, endpoint);
  const connected = !('problem' in connection);
  return {
    name,
    uri,
    transport: endpoint.kind,
    verified:
      endpoint.kind === 'tls' ? endpoint.verify : endpoint.kind === 'ssh' ? endpoint.hostKeys !== 'ignore' : true,
    connection,
    ...(endpoint.kind === 'tls' && connected ? { certificates: await attempt(() => inspectTls(endpoint)) } : {}),
    ...(places ? { settings: await attempt(() => readLibvirtSettings(places)) } : {}),
  };
}

async function connectionOf(host: VmHost): Promise<ConnectionFacts | Problem> {
  const { hypervisor, settings } = host;
  return attempt(async () => {
    const { hostUuid, version, domainTypes } = await hypervisor.capabilities();
    const pool = await attempt(async () => {
      const name = await host.pool();
      const found = (await hypervisor.storage.pools()).find((each) => each.name === name);
      const freeMiB = Math.floor((found?.availableBytes ?? 0) / 2 ** 20);
      return { name, place: found?.path ?? found?.type ?? '', freeMiB };
    });
    const network = await attempt(async () => {
      const kind = settings.bridge === undefined ? 'network' : 'bridge';
      const name = settings.bridge ?? settings.network ?? 'default';
      const all = (await hypervisor.networks()).filter((each) => each.kind === kind);
      const found = all.find((each) => each.name === name);
      if (found) return { name, state: found.active ? ('active' as const) : ('inactive' as const) };
      return { name, state: kind === 'bridge' && all.length === 0 ? ('untold' as const) : ('missing' as const) };
    });
    return { hostUuid, version, domainTypes, pool, network };
  });
}

async function attempt<T>(look: () => Promise<T>): Promise<T | Problem> {
  try {
    return await look();
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
