import { parseAddressRange, type AddressRange } from '../vm/identity/index.js';
import type { HostEntry } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';

/** What a host, or its family, says of the virtual machines on it. */
export interface HostSettings {
  /** The storage pool of their disks; absent: `attitune` where there is one, else `default`. */
  readonly pool?: string;
  /** The folder of that pool; where it is told, the pool is made if there is none. */
  readonly poolPath?: string;
  /** The bridge, or the network of libvirt, that they are connected to: one of the two. */
  readonly bridge?: string;
  readonly network?: string;
  /** What their addresses are taken from; absent: they ask by DHCP. */
  readonly addresses?: AddressRange;
  /** How the daemons of other hosts reach this one's. */
  readonly migrationUri?: string;
}

/** libvirt's own network, which most installations have. */
const DEFAULT_NETWORK = 'default';
const NAME = /^[\w.:@-]{1,60}$/;

/** Reads the attributes `pool`, `poolPath`, `bridge` or `network`, `addresses` and `migrationUri` of a host. Throws `value`. */
export function readHostSettings({
  name,
  attributes,
  place,
}: Pick<HostEntry, 'name' | 'attributes' | 'place'>): HostSettings {
  const { addresses, migrationUri, poolPath } = attributes;
  const [pool, bridge, network] = ['pool', 'bridge', 'network'].map((attribute) => {
    const value = attributes[attribute];
    if (value === undefined || NAME.test(value)) return value;
    throw new AttituneError('value', `The host ${name} has ${attribute}="${value}", which is no name.`, { place });
  });
  if (bridge !== undefined && network !== undefined) {
    const what = `The host ${name} has both a bridge ("${bridge}") and a network ("${network}") for its virtual machines: leave one out.`;
    throw new AttituneError('value', what, { place });
  }
  if (poolPath !== undefined && !poolPath.startsWith('/'))
    throw new AttituneError('value', `The host ${name} has poolPath="${poolPath}": it must be an absolute path.`, {
      place,
    });
  return {
    ...(poolPath === undefined ? {} : { poolPath }),
    ...(pool === undefined ? {} : { pool }),
    ...(bridge === undefined ? { network: network ?? DEFAULT_NETWORK } : { bridge }),
    ...(addresses === undefined ? {} : { addresses: parseAddressRange(addresses, place) }),
    ...(migrationUri === undefined ? {} : { migrationUri }),
  };
}
