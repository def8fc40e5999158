/** Calls of libvirt's drivers for networks and for the host's own interfaces. Source: `src/remote/remote_protocol.x`. */
import { remote } from './remote-program.js';
import { text, uuid } from './remote-types.js';
import { hyper, int, uint } from './xdr.js';
import type { Infer } from './xdr.js';
import { array, optional, struct } from './xdr-composites.js';

/** `remote_nonnull_network`. */
const network = struct({ name: text, uuid });
/** `remote_nonnull_interface`. */
const hostInterface = struct({ name: text, mac: text });

/** `remote_network_dhcp_lease`: `expirytime` in seconds since the epoch, `type` a `virIPAddrType`. */
const dhcpLease = struct({
  iface: text,
  expirytime: hyper,
  type: int,
  mac: optional(text),
  iaid: optional(text),
  ipaddr: text,
  prefix: uint,
  hostname: optional(text),
  clientid: optional(text),
});
export type RemoteDhcpLease = Infer<typeof dhcpLease>;

const listing = struct({ needResults: int, flags: uint });

export const networkProcedures = {
  networkLookupByName: remote(46, struct({ name: text }), struct({ net: network })),
  interfaceGetXMLDesc: remote(130, struct({ iface: hostInterface, flags: uint }), struct({ xml: text })),
  connectListAllNetworks: remote(283, listing, struct({ nets: array(network, 16_384), ret: uint })),
  connectListAllInterfaces: remote(284, listing, struct({ ifaces: array(hostInterface, 16_384), ret: uint })),
  networkGetDhcpLeases: remote(
    341,
    struct({ net: network, mac: optional(text), needResults: int, flags: uint }),
    struct({ leases: array(dhcpLease, 65_536), ret: uint }),
  ),
} as const;
