/** What domains can be connected to: networks of libvirt's, with their DHCP leases, and bridges of the host. */
import { AttituneError } from '../../core/model/errors.js';
import type { HostNetwork } from '../../core/model/hypervisor.js';
import { attributeOf, parseXml } from '../../core/xml/index.js';
import { virErrorNumber } from './constants.js';
import { libvirtCode } from './errors.js';
import { networkProcedures } from './rpc/network-procedures.js';
import type { RpcConnection } from './rpc/connection.js';

/** An address that a network of libvirt's gave a guest. */
export interface DhcpLease {
  readonly address: string;
  readonly mac?: string;
  readonly hostname?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** `VIR_CONNECT_LIST_NETWORKS_ACTIVE` and `VIR_CONNECT_LIST_INTERFACES_ACTIVE`. */
const ACTIVE = 2;

/** See `Hypervisor.networks`. */
export async function hostNetworks(connection: RpcConnection): Promise<readonly HostNetwork[]> {
  const [networks, bridges] = await Promise.all([
    optionalDriver(() => libvirtNetworks(connection)),
    optionalDriver(() => hostBridges(connection)),
  ]);
  return [...networks, ...bridges];
}

/** The leases that a network has given. Rejects with `hypervisor` where there is no such network. */
export async function dhcpLeases(connection: RpcConnection, network: string): Promise<readonly DhcpLease[]> {
  const { net } = await connection.call(networkProcedures.networkLookupByName, { name: network });
  const args = { net, mac: undefined, needResults: 1, flags: 0 };
  const { leases } = await connection.call(networkProcedures.networkGetDhcpLeases, args);
  return leases.map(({ ipaddr, mac, hostname, expirytime }) => ({
    address: ipaddr,
    ...(mac !== undefined && { mac }),
    ...(hostname !== undefined && { hostname }),
    expiresAt: Number(expirytime) * 1000,
  }));
}

async function libvirtNetworks(connection: RpcConnection): Promise<HostNetwork[]> {
  const [all, active] = await Promise.all(
    [0, ACTIVE].map((flags) => connection.call(networkProcedures.connectListAllNetworks, { needResults: 1, flags })),
  );
  const running = new Set(active?.nets.map(({ uuid }) => uuid));
  return (all?.nets ?? []).map(({ name, uuid }) => ({ kind: 'network', name, active: running.has(uuid) }));
}

async function hostBridges(connection: RpcConnection): Promise<HostNetwork[]> {
  const [all, active] = await Promise.all(
    [0, ACTIVE].map((flags) => connection.call(networkProcedures.connectListAllInterfaces, { needResults: 1, flags })),
  );
  const running = new Set(active?.ifaces.map(({ name }) => name));
  const bridges = await Promise.all(
    (all?.ifaces ?? []).map(async (iface) => {
      const xml = await interfaceXml(connection, iface);
      const bridge = xml !== undefined && attributeOf(parseXml(xml, iface.name), 'type') === 'bridge';
      return bridge ? [{ kind: 'bridge' as const, name: iface.name, active: running.has(iface.name) }] : [];
    }),
  );
  return bridges.flat();
}

/** `undefined` for one that is gone since it was listed, as cards of guests come and go. */
async function interfaceXml(connection: RpcConnection, iface: { readonly name: string; readonly mac: string }) {
  try {
    return (await connection.call(networkProcedures.interfaceGetXMLDesc, { iface, flags: 0 })).xml;
  } catch (error) {
    if (libvirtCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Drivers that a daemon can be without, or whose own daemon does not run. */
const NO_DRIVER: readonly (number | undefined)[] = [
  virErrorNumber.VIR_ERR_NO_SUPPORT,
  virErrorNumber.VIR_ERR_NO_CONNECT,
  virErrorNumber.VIR_ERR_SYSTEM_ERROR,
];

async function optionalDriver<T>(list: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await list();
  } catch (error) {
    if (AttituneError.is(error) && NO_DRIVER.includes(libvirtCode(error))) return [];
    throw error;
  }
}
