import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { MEMBER_NAME } from '../bus/envelope.js';
import { serverConfiguration, type NatsUser } from '../bus/nats/index.js';
import { AttituneError } from '../model/errors.js';
import { suggest } from '../xml/suggest.js';
import { HOST_FILES, PkiFolder, writePkiFiles, type StoredCertificate } from '../pki/index.js';

export interface NatsServerRequest {
  /** The host that it runs on, which has a certificate of the folder. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly space?: string;
  /** Clients that are managers; default: all of them. Others may do what agents may. */
  readonly managers?: readonly string[];
  /** Where its files will be on that host, and where its store. */
  readonly installed: string;
  readonly store: string;
}

export interface NatsServerFiles {
  /** With the configuration and the PEM files that it names. */
  readonly folder: string;
  readonly users: readonly NatsUser[];
  /** Certificates whose name no member of a bus can have. */
  readonly passedOver: readonly string[];
}

/** Below the folder that is installed. */
const FILES = {
  configuration: 'nats-server.conf',
  authority: 'cacert.pem',
  certificate: 'servercert.pem',
  key: 'serverkey.pem',
} as const;

/**
 * Writes what a nats-server needs that knows everybody with a certificate of a PKI folder: hosts as agents, clients as
 * managers. Rejects with `certificate` where the host has none, with `usage` and with `value`.
 */
export async function writeNatsServerFiles(
  pki: PkiFolder,
  { host, address, port, space, managers, installed, store }: NatsServerRequest,
  now: Date,
): Promise<NatsServerFiles> {
  const certificates = await pki.certificates(now);
  const own = certificates.find(({ kind, name }) => kind === 'host' && name === host);
  if (!own)
    throw new AttituneError(
      'certificate',
      `The folder ${pki.folder} has no certificate for the host ${host}: make one with 'attitune pki issue ${host}'.`,
    );
  const { users, passedOver } = usersOf(certificates, managers);
  const at = (name: string) => posix.join(installed, name);
  const files = { authority: at(FILES.authority), certificate: at(FILES.certificate), key: at(FILES.key) };
  const configuration = serverConfiguration({
    ...{ name: host, address, port, store, files, users },
    ...(space === undefined ? {} : { space }),
  });
  const issued = (path: string) => readFile(join(pki.folder, 'hosts', host, path), 'utf8');
  const folder = join(pki.folder, 'nats', host);
  await writePkiFiles(folder, [
    { path: FILES.configuration, content: configuration, secret: false },
    { path: FILES.authority, content: await issued(HOST_FILES.authority), secret: false },
    { path: FILES.certificate, content: await issued(HOST_FILES.serverCertificate), secret: false },
    { path: FILES.key, content: await issued(HOST_FILES.serverKey), secret: true },
  ]);
  return { folder, users, passedOver };
}

/** One for each name. Throws `usage` for a manager that has no certificate of a client. */
function usersOf(
  certificates: readonly StoredCertificate[],
  managers?: readonly string[],
): Pick<NatsServerFiles, 'users' | 'passedOver'> {
  const clients = certificates.filter(({ kind }) => kind === 'client').map(({ name }) => name);
  const unknown = managers?.find((name) => !clients.includes(name));
  if (unknown !== undefined)
    throw new AttituneError('usage', `There is no certificate for a client ${unknown}.${suggest(unknown, clients)}`);
  const users = new Map<string, NatsUser>();
  const passedOver: string[] = [];
  for (const { kind, name } of certificates) {
    if (kind === 'authority') continue;
    const manages = kind === 'client' && (managers ?? clients).includes(name);
    if (!MEMBER_NAME.test(name)) passedOver.push(name);
    else if (manages || !users.has(name)) users.set(name, { name, kind: manages ? 'manager' : 'agent' });
  }
  return { users: [...users.values()], passedOver };
}
