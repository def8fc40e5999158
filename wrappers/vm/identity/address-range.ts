import { AttituneError, type SourcePlace } from '../../../core/model/errors.js';

/** IPv4 addresses that may be given to guests, and the network that they are on. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
  readonly gateway?: string;
}

/** An address of a guest that is fixed from outside; without one it asks by DHCP. */
export interface FixedAddress {
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
}

const FORM = 'such as "10.0.0.100-10.0.0.199/24 via 10.0.0.1"';
const RANGE = /^\s*([\d.]+)(?:\s*-\s*([\d.]+))?\s*\/\s*(\d{1,2})(?:\s+via\s+([\d.]+))?\s*$/;

/** Reads `FIRST-LAST/PREFIX via GATEWAY`; one address alone and no gateway may be told. Throws `value`. */
export function parseAddressRange(text: string, place?: SourcePlace): AddressRange {
  const bad = (what: string) =>
    new AttituneError('value', `"${text}" is no range of addresses: ${what}; write it ${FORM}.`, { place });
  const [, from = '', to = from, bits = '', via] = text.length > 100 ? [] : (RANGE.exec(text) ?? []);
  const [first, last] = [addressNumber(from), addressNumber(to)];
  const prefix = Number(bits);
  if (first === undefined || last === undefined || bits === '') throw bad('it is not understood');
  if (prefix < 8 || prefix > 30) throw bad('its prefix must be from 8 to 30');
  if (last < first) throw bad('its end comes before its beginning');
  const size = 2 ** (32 - prefix);
  const network = first - (first % size);
  if (last >= network + size)
    throw bad(`it goes beyond its network, which ends with ${addressText(network + size - 1)}`);
  if (first === network || last === network + size - 1)
    throw bad('it holds the address of the network itself, or that for broadcasts');
  if (via === undefined) return { first, last, prefix };
  const gateway = addressNumber(via);
  if (gateway === undefined || gateway <= network || gateway >= network + size - 1)
    throw bad(`the gateway ${via} is no address of that network`);
  return { first, last, prefix, gateway: addressText(gateway) };
}

/** The addresses of a range, in their order; the gateway is left out. */
export function* addressesOf({ first, last, gateway }: AddressRange): Generator<string> {
  for (let number = first; number <= last; number += 1) {
    const address = addressText(number);
    if (address !== gateway) yield address;
  }
}

/** `undefined` for what is no IPv4 address. */
export function addressNumber(text: string): number | undefined {
  const bytes = text.split('.');
  if (bytes.length !== 4 || !bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) < 256)) return undefined;
  return bytes.reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
