import { MAX_MESSAGE_BYTES } from '../../model/member-bus.js';
import { ANY_ROLE, everythingTo, inboxOf, lifeOf, membersNews, spaceOf, tokenOf, type Space } from './subjects.js';

/** Whom a certificate of that common name stands for. A manager may have any role, and may make the bucket of members. */
export interface NatsUser {
  readonly name: string;
  readonly kind: 'agent' | 'manager';
}

export interface ServerSettings {
  readonly name: string;
  /** Where it listens, as `0.0.0.0`. */
  readonly address: string;
  readonly port: number;
  readonly space?: string;
  /** The folder of JetStream's store. */
  readonly store: string;
  /** Files as the server itself finds them. */
  readonly files: { readonly authority: string; readonly certificate: string; readonly key: string };
  readonly users: readonly NatsUser[];
}

/** A server that may lose power holds names no longer than this: it asks each connection so often, twice. */
const PING_INTERVAL = '5s';
const HEADER_ROOM_BYTES = 64 * 1024;

/**
 * The configuration of a nats-server (2.9 or later) on which every connection is known by its certificate, speaks under
 * its own name only, and hears what is for everybody or for itself.
 *
 * What agents may ask of JetStream is their own entry among the members and reading entries one by one: a consumer, a
 * direct answer or a stream of their own could be told to send words of theirs under another's subject.
 */
export function serverConfiguration(settings: ServerSettings): string {
  const { name, address, port, store, files, users } = settings;
  const space = spaceOf(settings.space);
  return [
    `# A nats-server for the space ${space.name} of AttiTUNe; written by 'attitune pki nats-config'.`,
    '# Everybody is known by the certificate, and may speak under its name only; an agent has no other role.',
    `server_name: ${quoted(name)}`,
    `listen: ${quoted(`${address.includes(':') ? `[${address}]` : address}:${port}`)}`,
    `max_payload: ${MAX_MESSAGE_BYTES + HEADER_ROOM_BYTES}`,
    'max_pending: 256MB',
    `ping_interval: "${PING_INTERVAL}"`,
    'ping_max: 2',
    'jetstream {',
    `  store_dir: ${quoted(store)}`,
    '  max_memory_store: 64MB',
    '  max_file_store: 256MB',
    '}',
    'tls {',
    `  ca_file: ${quoted(files.authority)}`,
    `  cert_file: ${quoted(files.certificate)}`,
    `  key_file: ${quoted(files.key)}`,
    '  verify_and_map: true',
    '  timeout: 5',
    '}',
    'authorization {',
    '  users: [',
    ...users.map((user) => `    ${userEntry(user, space)}`),
    '  ]',
    '}',
    '',
  ].join('\n');
}

function userEntry({ name, kind }: NatsUser, space: Space): string {
  const token = tokenOf(name);
  const api = kind === 'manager' ? MANAGER_API : AGENT_API;
  const publish = [
    `attitune.${space.name}.${token}.>`,
    `$KV.${space.bucket}.${token}`,
    ...(kind === 'manager' ? [`$KV.${space.bucket}.${ANY_ROLE}.${token}`] : []),
    ...api.map((subject) => `$JS.API.${subject.replaceAll('STREAM_NAME', space.stream)}`),
  ];
  const subscribe = [
    `attitune.${space.name}.*.all.>`,
    everythingTo(space, name),
    lifeOf(space, '*', name, '*'),
    membersNews(space),
    `${inboxOf(name)}.>`,
  ];
  const list = (subjects: readonly string[]) => `[${subjects.map(quoted).join(', ')}]`;
  return `{ user: ${quoted(`CN=${name}`)}, permissions: { publish: ${list(publish)}, subscribe: ${list(subscribe)} } }`;
}

const AGENT_API = ['STREAM.INFO.STREAM_NAME', 'STREAM.MSG.GET.STREAM_NAME'] as const;
const MANAGER_API = [
  ...AGENT_API,
  'STREAM.CREATE.STREAM_NAME',
  'STREAM.UPDATE.STREAM_NAME',
  'STREAM.DELETE.STREAM_NAME',
] as const;

/** A string of the configuration's own language. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
