import { isIPv4, isIPv6 } from 'node:net';
import { AttituneError } from '../model/errors.js';

export interface IntakeAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT`, or a port alone, which is on loopback. Throws `usage`. */
export function parseIntakeAddress(text: string): IntakeAddress {
  const [, six, name, digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]:|([\w.-]+):)?(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? name ?? '127.0.0.1';
  const port = Number(digits);
  if (digits !== '' && port <= 65_535 && (six === undefined || isIPv6(six))) return { host, port };
  throw new AttituneError(
    'usage',
    `"${text}" is no address to listen on, such as 127.0.0.1:9091, [::1]:9091, or 9091 for loopback.`,
  );
}

/** True where only this machine reaches it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

export function authority({ host, port }: IntakeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
