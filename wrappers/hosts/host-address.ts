import { hostname, networkInterfaces } from 'node:os';

/** What is known of a host from its libvirt URI. */
export interface HostPlace {
  /** Where it is reached; the loopback address for this machine. */
  readonly address: string;
  /** True for this machine. */
  readonly local: boolean;
  /** How other hosts reach its daemon. */
  readonly migrationUri: string;
}

const LOOPBACK = '127.0.0.1';

/** This machine's own names and addresses. */
export function ownNames(): ReadonlySet<string> {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  return new Set(['localhost', hostname(), ...addresses]);
}

/** Reads a URI that `parseLibvirtUri` has taken. `own`: names and addresses of this machine; `self`: the one for others. */
export function placeOfUri(uri: string, own: ReadonlySet<string> = ownNames(), self: string = hostname()): HostPlace {
  const url = new URL(uri);
  const driver = url.protocol.split(/[+:]/)[0] ?? 'qemu';
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // the certificates and sockets that it may name are those of this machine
  if (name === '') return { address: LOOPBACK, local: true, migrationUri: `${driver}+tls://${self}${url.pathname}` };
  url.search = '';
  return { address: name, local: own.has(name), migrationUri: url.href };
}
