/** libvirt's connection URIs, `DRIVER+TRANSPORT://HOST:PORT/PATH?socket=FILE`, for the transports unix and tcp. */
import { AttituneError } from '../../core/model/errors.js';

export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export interface LibvirtUri {
  readonly driver: 'qemu' | 'test';
  readonly endpoint: Endpoint;
  /** What the daemon is asked to open: the URI without transport, host and options, such as `qemu:///system`. */
  readonly name: string;
}

/** Where libvirtd listens unless told otherwise. */
const DEFAULT_SOCKET = '/run/libvirt/libvirt-sock';
const DEFAULT_TCP_PORT = 16509;

const SCHEME = /^(?<driver>[a-z]+)(?:\+(?<transport>[a-z0-9]+))?$/;
const EXPECTED =
  'qemu:///system, qemu+unix:///system?socket=/path, qemu+tcp://host[:port]/system or test:///default are understood';

/** Reads a connection URI. Throws `value` with what is wrong and which forms are understood. */
export function parseLibvirtUri(text: string): LibvirtUri {
  const bad = (what: string) => new AttituneError('value', `"${text}" is no usable libvirt URI: ${what}; ${EXPECTED}.`);
  if (!URL.canParse(text)) throw bad('it is not a URI');
  const url = new URL(text);
  const { driver, transport } = SCHEME.exec(url.protocol.slice(0, -1))?.groups ?? {};
  if (driver !== 'qemu' && driver !== 'test') throw bad(`the driver "${url.protocol.slice(0, -1)}" is unknown`);
  if (url.username || url.password) throw bad('it names a user, which these transports do not take');
  if (url.hash) throw bad('it has a fragment');
  if (url.pathname.length < 2) throw bad('its path is missing');
  const options = readOptions(url.search, bad);
  const name = `${driver}://${url.pathname}`;
  return { driver, name, endpoint: readEndpoint(url, transport, options, bad) };
}

function readOptions(search: string, bad: (what: string) => AttituneError): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const part of search.slice(1).split('&').filter(Boolean)) {
    const [name = '', ...value] = part.split('=');
    if (name !== 'socket') throw bad(`the option "${name}" is unknown`);
    if (options.has(name)) throw bad(`the option "${name}" is given twice`);
    try {
      options.set(name, decodeURIComponent(value.join('=')));
    } catch {
      throw bad(`the option "${name}" is not encoded well`);
    }
  }
  return options;
}

function readEndpoint(
  url: URL,
  transport: string | undefined,
  options: ReadonlyMap<string, string>,
  bad: (what: string) => AttituneError,
): Endpoint {
  const socket = options.get('socket');
  if (transport === 'tcp') {
    if (socket !== undefined) throw bad('the transport tcp has no socket');
    if (!url.hostname) throw bad('the transport tcp needs a host');
    const port = url.port === '' ? DEFAULT_TCP_PORT : Number(url.port);
    if (port === 0) throw bad('port 0 cannot be reached');
    return { kind: 'tcp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
  }
  if (transport !== undefined && transport !== 'unix') throw bad(`the transport "${transport}" is not supported`);
  if (url.host) throw bad(`a host needs the transport tcp, as in ${url.protocol.split(/[+:]/)[0]}+tcp://${url.host}/`);
  if (socket === undefined && url.pathname === '/session') throw bad('a session needs ?socket= with its socket');
  if (socket !== undefined && !socket.startsWith('/')) throw bad('the socket must be an absolute path');
  if (socket?.includes('\0')) throw bad('the socket has a zero byte in its path');
  return { kind: 'unix', path: socket ?? DEFAULT_SOCKET };
}
