import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import { AttituneError } from '../../model/errors.js';
import { MAX_MESSAGE_BYTES } from '../../model/member-bus.js';
import type { Credentials } from '../credentials.js';
import type { SessionToken } from '../session-token.js';
import { inboxOf } from './subjects.js';

export interface NatsServers {
  /** `HOST:PORT` of one server, or of several of a cluster. */
  readonly servers: readonly string[];
  /** Absent: without TLS. */
  readonly credentials?: Credentials;
  /** Without TLS, what the server must ask everybody for; absent: nothing is shown, and it need not. */
  readonly token?: SessionToken;
}

const CONNECT_MS = 5000;
const RECONNECT_MS = 250;
/** Members that lost the same server come back over this time. */
const SPREAD_MS = 500;
const PING_MS = 5000;

/**
 * Connects under a member's name; what it published does not come back to it. Once it has succeeded the connection is made
 * again for ever. Rejects with `bus`, `certificate`, `not-permitted` where the token is not that of the server or it asks for
 * none, and `protocol` for a server that lacks what the bus needs.
 */
export async function connectToNats(
  { servers, credentials, token }: NatsServers,
  name: string,
): Promise<NatsConnection> {
  const where = servers.join(', ');
  const connection = await connect({
    servers: [...servers],
    name,
    noEcho: true,
    inboxPrefix: inboxOf(name),
    ...(credentials && {
      tls: { ca: credentials.authority, cert: credentials.certificate, key: credentials.key },
    }),
    ...(token && { token: token.secret }),
    timeout: CONNECT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: SPREAD_MS,
    reconnectJitterTLS: SPREAD_MS,
    ignoreAuthErrorAbort: true,
    pingInterval: PING_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
  }).catch((error: unknown) => {
    throw connectionError(error, where, name, { credentials, token });
  });
  try {
    checkServer(connection, where, token);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * Throws `protocol` where the server cannot carry the bus, and `not-permitted` where it lets in anybody and may not. It is
 * asked again after each reconnection.
 */
export function checkServer({ info }: NatsConnection, where: string, token?: SessionToken): void {
  if (token && info?.auth_required !== true)
    throw new AttituneError(
      'not-permitted',
      `The NATS server at ${where} lets in every user of this machine, who could then give commands. Write into its ` +
        `configuration, which only its user may read: ${authorizationLine(token)}`,
    );
  if (info?.headers !== true || info.jetstream !== true)
    throw new AttituneError(
      'protocol',
      `The NATS server at ${where} (${info?.version ?? 'of an unknown version'}) has no JetStream, where the bus keeps its ` +
        "members: start it with the option -js and a store (-sd FOLDER), or with 'jetstream { store_dir: FOLDER }' in its " +
        "configuration, which 'attitune pki nats-config' writes.",
    );
  if (info.max_payload < MAX_MESSAGE_BYTES)
    throw new AttituneError(
      'protocol',
      `The NATS server at ${where} takes messages of at most ${info.max_payload} bytes, and those of the bus have up to ` +
        `${MAX_MESSAGE_BYTES}: set 'max_payload: ${MAX_MESSAGE_BYTES}' or more in its configuration.`,
    );
}

/** What Node and OpenSSL call a certificate that one of the two sides does not take. */
const CERTIFICATE_CODES = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|HOSTNAME_MISMATCH)/;

/** Any failure of a connection, with what to do. */
export function connectionError(
  error: unknown,
  where: string,
  name: string,
  { credentials, token }: Shown,
): AttituneError {
  const secure = credentials !== undefined;
  if (AttituneError.is(error)) return error;
  const causes = causesOf(error);
  const text = causes.map(({ message }) => message).join(': ') || 'it closed the connection';
  const options = { cause: error };
  const unknown = causes.some((cause) => cause instanceof errors.AuthorizationError);
  const untrusted = causes.some((cause) => CERTIFICATE_CODES.test((cause as NodeJS.ErrnoException).code ?? ''));
  if (token && unknown)
    return new AttituneError(
      'not-permitted',
      `The NATS server at ${where} does not take the token in ${token.place}. Name the right one with --bus-token, or write ` +
        `into the server's configuration: ${authorizationLine(token)}`,
      options,
    );
  if (!secure && (unknown || untrusted))
    return new AttituneError(
      'certificate',
      `The NATS server at ${where} lets in nobody without a certificate: use tls+nats:// and --pki.`,
      options,
    );
  if (unknown)
    return new AttituneError(
      'certificate',
      `The NATS server at ${where} does not know ${name} by its certificate: write its configuration anew with ` +
        `'attitune pki nats-config', and reload it.`,
      options,
    );
  if (untrusted)
    return new AttituneError('certificate', `No secure connection to the NATS server at ${where}: ${text}.`, options);
  if (secure && /'tls'/.test(text))
    return new AttituneError(
      'certificate',
      `The NATS server at ${where} has no TLS: write its configuration with 'attitune pki nats-config', or use nats:// on ` +
        'the same machine.',
      options,
    );
  return new AttituneError('bus', `The NATS server at ${where} cannot be reached: ${text}.`, options);
}

/** What was shown to the server. */
type Shown = { readonly [K in 'credentials' | 'token']?: NatsServers[K] | undefined };

/** The secret itself is not for messages, which others may read. */
function authorizationLine({ place }: SessionToken): string {
  return `authorization { token: "$TOKEN" }, with the first line of ${place} in the place of $TOKEN.`;
}

function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) causes.push(cause);
  return causes;
}
