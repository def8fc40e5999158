import { AttituneError } from '../../core/model/errors.js';

/** The lab's network: always a /24. */
export interface Subnet {
  /** The first three bytes: `10.213.77`. */
  readonly base: string;
  readonly prefix: 24;
  /** `10.213.77.0/24`. */
  readonly text: string;
}

export const DEFAULT_SUBNET = '10.213.77.0/24';

/** Reads `A.B.C.0/24`, a private one (RFC 1918). Throws `value` otherwise. */
export function parseSubnet(text: string): Subnet {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.0\/24$/.exec(text.trim());
  const bytes = match?.slice(1, 4).map(Number) ?? [];
  const [first = -1, second = -1] = bytes;
  const isPrivate =
    first === 10 || (first === 172 && second >= 16 && second <= 31) || (first === 192 && second === 168);
  if (!match || bytes.some((byte) => byte > 255) || !isPrivate) {
    throw new AttituneError(
      'value',
      `'${text}' is no subnet for the lab: set ATTITUNE_LAB_SUBNET to a private /24 such as ${DEFAULT_SUBNET}.`,
    );
  }
  const base = bytes.join('.');
  return { base, prefix: 24, text: `${base}.0/24` };
}

export function addressOf(subnet: Subnet, host: number): string {
  return `${subnet.base}.${host}`;
}

/** One line of `ip -j route show table all`, as far as it matters here. */
export interface Route {
  readonly dst: string;
  readonly dev?: string;
}

/** The routes of other interfaces that overlap with the subnet; a default route does not count. */
export function collisions(subnet: Subnet, routes: readonly Route[], ownLink: string): readonly Route[] {
  const [start, end] = range(subnet.text) as readonly [number, number];
  return routes.filter((route) => {
    const other = range(route.dst);
    return route.dev !== ownLink && other !== undefined && other[0] <= end && start <= other[1];
  });
}

/** First and last address of `A.B.C.D[/N]`; undefined for `default`, a default route in numbers, and IPv6. */
function range(text: string): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(text);
  if (!match) return undefined;
  const bits = match[5] === undefined ? 32 : Number(match[5]);
  if (bits === 0) return undefined;
  const address = match.slice(1, 5).reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - bits);
  const start = Math.floor(address / size) * size;
  return [start, start + size - 1];
}
