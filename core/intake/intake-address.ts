import { isIPv4 } from 'node:net';

export interface IntakeAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** True where only this machine reaches it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

export function authority({ host, port }: IntakeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
