import { readCredentials, type Credentials } from '../bus/credentials.js';
import type { ListenerErrorHandler } from '../bus/listeners.js';
import { BusMember } from '../bus/member.js';
import type { OutboxBounds } from '../bus/outbox.js';
import type { SessionToken } from '../bus/session-token.js';
import type { Transport } from '../bus/transport.js';
import { isLoopback, WebSocketTransport } from '../bus/websocket/index.js';
import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Random } from '../model/random.js';
import { busToken } from './bus-token.js';

export interface MemberBusRequest {
  /** `ws://127.0.0.1:7420`, `wss://manager:7421`, `nats://127.0.0.1:4222`, `tls+nats://manager:4222/SPACE`. */
  readonly address: string;
  /** The folder of the certificate: a client's of `attitune pki issue`, or a host's `/etc/pki`. */
  readonly pki?: string | undefined;
  /** The token file of a bus without certificates; default: the environment's, else the one of this user. */
  readonly busToken?: string | undefined;
  /** Of the member; with certificates the one in its own, which is also the default. */
  readonly name?: string | undefined;
  readonly role: string;
  readonly clock: Clock;
  readonly random?: Random;
  readonly outbox?: OutboxBounds;
  readonly onError?: ListenerErrorHandler;
}

/** What a carrier needs to make a transport. */
export interface CarrierRequest {
  readonly url: string;
  /** With TLS. */
  readonly credentials?: Credentials;
  /** Without TLS. */
  readonly token?: SessionToken;
  readonly clock: Clock;
  readonly random: Random;
}

interface Carrier {
  /** Without TLS it reaches this machine only. */
  readonly tls: boolean;
  readonly transport: (request: CarrierRequest) => Promise<Transport>;
}

const webSocket = (request: CarrierRequest): Promise<Transport> => Promise.resolve(new WebSocketTransport(request));

const NATS_PORT = '4222';

/** The path of the address is the space on the server. Its client library is loaded only where it is used. */
async function nats({ url, credentials, token, clock }: CarrierRequest): Promise<Transport> {
  const { hostname, port, pathname } = new URL(url);
  const { NatsTransport } = await import('../bus/nats/index.js');
  const space = pathname.replaceAll(/^\/|\/$/g, '');
  return new NatsTransport({
    servers: [`${hostname}:${port === '' ? NATS_PORT : port}`],
    clock,
    ...(credentials ? { credentials } : {}),
    ...(token ? { token } : {}),
    ...(space === '' ? {} : { space }),
  });
}

/** Ways to a bus, by the scheme of its address. */
const CARRIERS: Readonly<Record<string, Carrier>> = {
  ws: { tls: false, transport: webSocket },
  wss: { tls: true, transport: webSocket },
  nats: { tls: false, transport: nats },
  'tls+nats': { tls: true, transport: nats },
};

/** The environment's word for an address, and for a folder of certificates, where a command is given none. */
export const BUS_VARIABLE = 'ATTITUNE_BUS';
export const PKI_VARIABLE = 'ATTITUNE_PKI';

/** Randomness of this process, for what need not be repeated. */
const RANDOM: Random = { next: () => Math.random() };

/**
 * Joins a bus. Rejects with `usage` for an address that is none, with `not-permitted` without TLS to another machine, without
 * the token of a bus on this one, and with a host's certificate for more than an agent, with `certificate`, `name-taken`, `protocol`, and with `bus` where nothing answers: an agent tries that again by itself.
 */
export async function openMemberBus(request: MemberBusRequest): Promise<BusMember> {
  const { address, clock, random = RANDOM, role } = request;
  const { carrier, url } = carrierOf(address);
  const credentials = carrier.tls ? await credentialsFor(request) : undefined;
  const name = request.name ?? credentials?.name;
  if (name === undefined) throw new AttituneError('usage', `Name this member of the bus at ${address} with --name.`);
  if (credentials && credentials.name !== name)
    throw new AttituneError(
      'certificate',
      `The certificate in ${request.pki ?? ''} is for ${credentials.name}, and cannot be used by ${name}: on a bus with certificates names are those in them.`,
    );
  const { outbox, onError } = request;
  const token = carrier.tls ? undefined : await busToken(request.busToken);
  const transport = await carrier.transport({
    ...{ url, clock, random },
    ...(credentials ? { credentials } : {}),
    ...(token ? { token } : {}),
  });
  return BusMember.open(transport, {
    name,
    role,
    clock,
    random,
    ...(outbox ? { outbox } : {}),
    ...(onError ? { onError } : {}),
  });
}

function carrierOf(address: string): { readonly carrier: Carrier; readonly url: string } {
  const parsed = URL.canParse(address) ? new URL(address) : undefined;
  const scheme = parsed?.protocol.slice(0, -1) ?? '';
  const carrier = Object.hasOwn(CARRIERS, scheme) ? CARRIERS[scheme] : undefined;
  if (!parsed || !carrier || parsed.hostname === '')
    throw new AttituneError(
      'usage',
      `${JSON.stringify(address)} is no address of a bus: write it as ${Object.keys(CARRIERS)
        .map((known) => `${known}://HOST:PORT`)
        .join(' or ')}.`,
    );
  if (!carrier.tls && !isLoopback(parsed.hostname))
    throw new AttituneError(
      'not-permitted',
      `${address} is not on this machine, and nobody without a certificate gives a command: take the bus's address with TLS, and name the folder of your certificate with --pki.`,
    );
  return { carrier, url: address };
}

async function credentialsFor({ pki, address, clock }: MemberBusRequest): Promise<Credentials> {
  if (pki === undefined)
    throw new AttituneError(
      'certificate',
      `${address} asks for a certificate: name its folder with --pki, or in ${PKI_VARIABLE}.`,
    );
  return readCredentials(pki, 'client', new Date(clock.now()));
}
