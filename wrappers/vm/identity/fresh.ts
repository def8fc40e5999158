import { randomInt } from 'node:crypto';
import { AttituneError } from '../../../core/model/errors.js';
import type { Random } from '../../../core/model/random.js';
import { addressesOf, type AddressRange, type FixedAddress } from './address-range.js';
import type { Taken } from './taken.js';

/** The randomness of the machine. */
export const MACHINE_RANDOM: Random = { next: () => randomInt(2 ** 32) / 2 ** 32 };

/** Locally administered, and in the range that QEMU's guests use. */
const MAC_PREFIX = '52:54:00';
/** The fourth byte of what the lab gives to its hosts and guests. */
const LAB_BYTE = 0xa7;

/** A MAC address that no domain has. */
export function freshMac(random: Random, { macs }: Pick<Taken, 'macs'>): string {
  for (;;) {
    const bytes = [0, 0, 0].map(() => Math.floor(random.next() * 256));
    if (bytes[0] === LAB_BYTE) continue;
    const mac = [MAC_PREFIX, ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
    if (!macs.has(mac)) return mac;
  }
}

/** A version 4 UUID (RFC 9562) that no domain has. */
export function freshUuid(random: Random, { uuids }: Pick<Taken, 'uuids'>): string {
  for (;;) {
    const hex = Array.from({ length: 32 }, (_, index) => {
      const digit = Math.floor(random.next() * 16);
      if (index === 12) return '4';
      return (index === 16 ? (digit & 3) | 8 : digit).toString(16);
    }).join('');
    const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    if (!uuids.has(uuid)) return uuid;
  }
}

/**
 * The first address of the range that no domain has and nobody answers at. `answers` is asked for one address after the
 * other. Rejects with `no-capacity` where there is none.
 */
export async function freshAddress(
  range: AddressRange,
  { addresses }: Pick<Taken, 'addresses'>,
  answers: (address: string) => Promise<boolean>,
): Promise<FixedAddress> {
  const { prefix, gateway } = range;
  let answering = 0;
  for (const address of addressesOf(range)) {
    if (addresses.has(address)) continue;
    if (!(await answers(address))) return { address, prefix, ...(gateway === undefined ? {} : { gateway }) };
    answering += 1;
  }
  const others = answering > 0 ? ` (${answering} answer on the network without being of a domain here)` : '';
  throw new AttituneError(
    'no-capacity',
    `No address of the range is free any more${others}. Widen the attribute "addresses" of the hosts.`,
  );
}
