/**
 * libvirt's connection URIs, `DRIVER+TRANSPORT://USER@HOST:PORT/PATH?OPTIONS`. As with libvirt itself, a URI without a
 * transport means the local daemon's socket, or TLS where it names a host. Source: https://libvirt.org/uri.html.
 */
import { isIP } from 'node:net';
import { AttituneError } from '../../core/model/errors.js';
import type { Endpoint, SshEndpoint, TcpEndpoint, TlsEndpoint, Transport, UnixEndpoint } from './endpoint.js';
import { readOptions, type Refusal, type UriOptions } from './uri-options.js';

export type Driver = 'qemu' | 'xen' | 'test';

export interface LibvirtUri {
  readonly driver: Driver;
  readonly endpoint: Endpoint;
  /** What the daemon is asked to open: the URI without transport, host and options, such as `qemu:///system`. */
  readonly name: string;
}

/** Where libvirt's daemons listen unless told otherwise. */
const SOCKETS = '/run/libvirt';
const DEFAULT_PORTS = { tcp: 16509, tls: 16514 } as const;
/** A far end may be old enough to have no `/run`; `/var/run` is everywhere. */
const REMOTE_SOCKET = '/var/run/libvirt/libvirt-sock';

const DRIVERS: readonly string[] = ['qemu', 'xen', 'test'] satisfies Driver[];
const SCHEME = /^(?<driver>[a-z]+)(?:\+(?<transport>[a-z0-9]+))?$/;
const HOST = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
const EXPECTED =
  'qemu:///system, qemu+tls://host/system, qemu+ssh://user@host/system, qemu+tcp://host/system, xen:///system and ' +
  'test:///default are understood';

/** Reads a connection URI. Throws `value` with what is wrong and which forms are understood. */
export function parseLibvirtUri(text: string): LibvirtUri {
  const refuse: Refusal = (what) =>
    new AttituneError('value', `"${text}" is no usable libvirt URI: ${what}; ${EXPECTED}.`);
  if (!URL.canParse(text)) throw refuse('it is not a URI');
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  const { driver = '', transport = url.host ? 'tls' : 'unix' } = SCHEME.exec(scheme)?.groups ?? {};
  if (!isDriver(driver)) throw refuse(`the driver "${scheme}" is unknown`);
  if (!Object.hasOwn(READERS, transport)) throw refuse(`the transport "${transport}" is not supported`);
  if (url.username && transport !== 'ssh') throw refuse('it names a user, which only the transport ssh takes');
  if (url.password) throw refuse('it holds a password: passwords are not taken, use a key');
  if (url.hash) throw refuse('it has a fragment');
  if (url.pathname.length < 2) throw refuse('its path is missing');
  const name = `${driver}://${url.pathname}`;
  const kind = transport as Transport;
  const options = readOptions(url.search, kind, refuse);
  return { driver, name, endpoint: READERS[kind]({ url, driver, name, options, refuse }) };
}

interface Parts {
  readonly url: URL;
  readonly driver: Driver;
  readonly name: string;
  readonly options: UriOptions;
  readonly refuse: Refusal;
}

const READERS: Readonly<Record<Transport, (parts: Parts) => Endpoint>> = { unix, tcp, tls, ssh };

function unix({ url, driver, options, refuse }: Parts): UnixEndpoint {
  if (url.host) throw refuse(`the transport unix reaches no other host, such as ${url.host}`);
  const { socket, mode = 'auto' } = options;
  if (socket !== undefined) return { kind: 'unix', path: socket };
  if (url.pathname === '/session') throw refuse('a session needs ?socket= with its socket');
  const legacy = `${SOCKETS}/libvirt-sock`;
  const direct = `${SOCKETS}/virt${driver}d-sock`;
  // libvirt has no daemon for its mock driver alone
  if (mode === 'legacy' || driver === 'test') return { kind: 'unix', path: legacy };
  return mode === 'direct' ? { kind: 'unix', path: direct } : { kind: 'unix', path: legacy, direct };
}

function tcp(parts: Parts): TcpEndpoint {
  return { kind: 'tcp', host: hostOf(parts, 'tcp'), port: portOf(parts) ?? DEFAULT_PORTS.tcp };
}

function tls(parts: Parts): TlsEndpoint {
  const { pkipath, no_verify: unverified } = parts.options;
  return {
    kind: 'tls',
    host: hostOf(parts, 'tls'),
    port: portOf(parts) ?? DEFAULT_PORTS.tls,
    verify: unverified !== '1',
    ...(pkipath === undefined ? {} : { pkipath }),
  };
}

function ssh(parts: Parts): SshEndpoint {
  const { url, options, name, refuse } = parts;
  const port = portOf(parts);
  const socket = options.socket ?? (url.pathname === '/session' ? undefined : REMOTE_SOCKET);
  const proxy = options.proxy ?? (options.socket === undefined ? 'auto' : 'netcat');
  if (proxy === 'native' && options.socket !== undefined) throw refuse('proxy=native finds its socket by itself');
  if (proxy === 'netcat' && socket === undefined) throw refuse('a session needs ?socket= with its socket');
  const hostKeys = options.no_verify === '1' ? 'ignore' : (options.known_hosts_verify ?? 'normal');
  const { command, keyfile, known_hosts: knownHosts } = options;
  return {
    kind: 'ssh',
    host: hostOf(parts, 'ssh'),
    hostKeys,
    proxy,
    name,
    netcat: options.netcat ?? 'nc',
    ...(port === undefined ? {} : { port }),
    ...(url.username ? { user: userOf(parts) } : {}),
    ...(command === undefined ? {} : { command }),
    ...(keyfile === undefined ? {} : { keyfile }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
    ...(socket === undefined ? {} : { socket }),
  };
}

function isDriver(text: string): text is Driver {
  return DRIVERS.includes(text);
}

function hostOf({ url, refuse }: Parts, transport: Transport): string {
  if (!url.hostname) throw refuse(`the transport ${transport} needs a host`);
  const bare = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 0 && !HOST.test(bare)) throw refuse(`"${url.hostname}" is no name of a host`);
  return bare;
}

function portOf({ url, refuse }: Parts): number | undefined {
  if (url.port === '0') throw refuse('port 0 cannot be reached');
  return url.port === '' ? undefined : Number(url.port);
}

function userOf({ url, refuse }: Parts): string {
  try {
    const user = decodeURIComponent(url.username);
    if (/^[\w.@\\+-]+$/.test(user) && !user.startsWith('-')) return user;
  } catch {
    // refused below
  }
  throw refuse(`"${url.username}" is no name of a user`);
}
