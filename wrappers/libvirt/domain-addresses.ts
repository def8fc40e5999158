/** The addresses of a guest, from whoever knows them. */
import { BlockList, isIP } from 'node:net';
import { virDomainInterfaceAddressesSource as SOURCE } from './definition-constants.js';
import { lookupDomain } from './domain.js';
import { libvirtCode } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';

/** The surest first: what the network gave, what the guest says, what the host's table of neighbours still knows. */
const SOURCES = [
  SOURCE.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
  SOURCE.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
  SOURCE.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
];

/** Loopback, link-local and unspecified: none by which others reach the guest. */
const UNREACHABLE = new BlockList();
UNREACHABLE.addSubnet('127.0.0.0', 8, 'ipv4');
UNREACHABLE.addSubnet('169.254.0.0', 16, 'ipv4');
UNREACHABLE.addAddress('0.0.0.0', 'ipv4');
UNREACHABLE.addSubnet('fe80::', 10, 'ipv6');
UNREACHABLE.addAddress('::1', 'ipv6');
UNREACHABLE.addAddress('::', 'ipv6');

/** Whether an address is one by which others reach its guest. */
export function isReachable(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && !UNREACHABLE.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** See `Hypervisor.addresses`. A domain that does not run has none. */
export async function domainAddresses(connection: RpcConnection, name: string): Promise<readonly string[]> {
  const dom = await lookupDomain(connection, name);
  if (dom.id < 0) return [];
  for (const source of SOURCES) {
    const addresses = await addressesBy(connection, dom, source);
    if (addresses.length > 0) return addresses;
  }
  return [];
}

async function addressesBy(connection: RpcConnection, dom: RemoteDomain, source: number): Promise<string[]> {
  try {
    const { ifaces } = await connection.call(remoteProcedures.domainInterfaceAddresses, { dom, source, flags: 0 });
    return [...new Set(ifaces.flatMap(({ addrs }) => addrs.map(({ addr }) => addr)).filter(isReachable))];
  } catch (error) {
    // a guest without an agent, a driver without that source: the next one may know
    if (libvirtCode(error) === undefined) throw error;
    return [];
  }
}
