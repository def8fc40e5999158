import { createHash } from 'node:crypto';
import { AttituneError } from '../../core/model/errors.js';
import { addressOf, type Subnet } from './subnet.js';

/** Every name that the lab gives to something of the machine begins so; taking down goes by it. */
export const LAB_PREFIX = 'attitune-';
/** Network namespace of the switch, and the bridge in it. */
export const SWITCH_NAMESPACE = `${LAB_PREFIX}switch`;
export const SWITCH_BRIDGE = `${LAB_PREFIX}br`;
/** The manager's own network interface in the lab. */
export const MANAGER_LINK = `${LAB_PREFIX}lab`;
/** The bridge of a host, into which the taps of its VMs go. */
export const HOST_BRIDGE = 'br0';
/** The port of libvirt's daemons, for TLS. */
export const LIBVIRT_PORT = 16514;

const FIRST_HOST = 11;
const FIRST_GUEST = 101;
const LAST_GUEST = 250;
const MAX_HOSTS = FIRST_GUEST - FIRST_HOST;

/** Names, addresses and identities of a lab: data only, the same for the same input. */
export interface LabPlan {
  readonly subnet: Subnet;
  readonly managerAddress: string;
  readonly managerMac: string;
  readonly hosts: readonly LabHostPlan[];
}

export interface LabHostPlan {
  /** As in the deployment; also its UTS host name. */
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  /** The veth of the host, `eth0`; the bridge has its own. Both fixed, so that no tap that comes or goes changes them. */
  readonly mac: string;
  readonly bridgeMac: string;
  /** The switch's end of the veth. */
  readonly port: string;
  /** libvirt refuses to migrate between daemons of one `host_uuid`. */
  readonly uuid: string;
  readonly uri: string;
}

/** Who a guest is on the network; fixed by its ordinal. */
export interface GuestIdentity {
  readonly address: string;
  readonly mac: string;
  readonly uuid: string;
}

/** Plans a lab for these hosts, whose certificates are in the folder `pki`. Throws `value` for names that cannot be host names, or too many. */
export function planLab(hostNames: readonly string[], subnet: Subnet, pki: string): LabPlan {
  if (hostNames.length === 0) throw new AttituneError('value', 'A lab needs at least one host.');
  if (hostNames.length > MAX_HOSTS) {
    throw new AttituneError(
      'value',
      `A lab has room for ${MAX_HOSTS} hosts, and the deployment names ${hostNames.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const name of hostNames) {
    if (!/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?$/.test(name)) {
      throw new AttituneError('value', `'${name}' cannot be the name of a lab host: use letters, digits, '-' and '.'.`);
    }
    if (name === 'switch')
      throw new AttituneError('value', `A lab host cannot be called 'switch': the lab's own switch is.`);
    if (seen.has(name)) throw new AttituneError('duplicate-name', `Two hosts of the deployment are called '${name}'.`);
    seen.add(name);
  }
  return {
    subnet,
    managerAddress: addressOf(subnet, 1),
    managerMac: mac(0x01, 0),
    hosts: hostNames.map((name, index) => {
      const address = addressOf(subnet, FIRST_HOST + index);
      return {
        name,
        namespace: LAB_PREFIX + name,
        address,
        mac: mac(0x02, index),
        bridgeMac: mac(0x03, index),
        port: `${LAB_PREFIX}p${index + 1}`,
        uuid: uuidOf(`host ${name}`),
        uri: `qemu+tls://${address}/system?pkipath=${encodeURI(pki)}`,
      };
    }),
  };
}

/** The identity of the `ordinal`-th guest (from 0). Throws `no-capacity` when the subnet is used up. */
export function guestIdentity(subnet: Subnet, name: string, ordinal: number): GuestIdentity {
  if (FIRST_GUEST + ordinal > LAST_GUEST) {
    throw new AttituneError('no-capacity', `The lab has addresses for ${LAST_GUEST - FIRST_GUEST + 1} VMs only.`);
  }
  return { address: addressOf(subnet, FIRST_GUEST + ordinal), mac: mac(0x04, ordinal), uuid: uuidOf(`guest ${name}`) };
}

/** A locally administered address in the range that QEMU's guests use. */
function mac(kind: number, index: number): string {
  const bytes = [0x52, 0x54, 0x00, 0xa7, kind, index];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** A UUID (version 8: the bits are ours) made of a text. */
function uuidOf(text: string): string {
  const hash = createHash('sha256').update(`attitune lab ${text}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
