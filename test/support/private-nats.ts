import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../../core/bus/credentials.js';
import { serverConfiguration, spaceOf, type NatsUser, type ServerSettings } from '../../core/bus/nats/index.js';
import { createAuthority, issueCertificate, type Identity } from '../../core/pki/index.js';
import { BUS_TOKEN } from './bus-token.js';
import { skipUnless } from './skip.js';

/** A nats-server of our own on the loopback interface; its store is in `directory` and ends with it. */
export interface PrivateNats {
  readonly directory: string;
  /** `127.0.0.1:PORT`. */
  readonly server: string;
  readonly port: number;
  readonly pid: number;
  /** A certificate of that name, from the authority that the server trusts. */
  identify(name: string): Promise<Credentials>;
  /** Kills it at once, as when its machine loses power. */
  kill(): Promise<void>;
  /** Starts it again on the same port and store. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface NatsOptions {
  /** Members with certificates, and no others; absent: anybody, without TLS. */
  readonly users?: readonly NatsUser[];
  /** Without TLS, it asks for the token that commands have. */
  readonly token?: boolean;
  /** Default: with JetStream. */
  readonly jetStream?: boolean;
  /** Default: the server's own. */
  readonly maxPayload?: number;
  readonly space?: string;
}

/** Skips a suite where there is no nats-server. */
export function skipWithoutNats(context: Mocha.Context): void {
  skipUnless(context, { programs: { 'nats-server': 'nats-server' } });
}

export async function startNats({
  users,
  token = false,
  jetStream = true,
  maxPayload,
  space,
}: NatsOptions = {}): Promise<PrivateNats> {
  const directory = await mkdtemp(join(tmpdir(), 'attitune-nats-'));
  const port = await freePort();
  const file = join(directory, 'nats-server.conf');
  const store = join(directory, 'store');
  const authority = await createAuthority({ name: 'test authority' }, new Date());
  if (users) {
    const identity = await issueCertificate(
      authority,
      { name: 'nats', hosts: ['127.0.0.1', 'localhost'], usages: ['server'] },
      new Date(),
    );
    const files = await writeIdentity(directory, authority, identity);
    const settings: ServerSettings = { name: 'nats', address: '127.0.0.1', port, store, files, users };
    await writeFile(file, serverConfiguration({ ...settings, space: spaceOf(space).name }));
  } else {
    const stream = jetStream ? `jetstream { store_dir: ${JSON.stringify(store)} }\n` : '';
    const authorization = `authorization { token: ${JSON.stringify(BUS_TOKEN.secret)} }\n`;
    const limit = maxPayload === undefined ? '' : `max_payload: ${maxPayload}\n`;
    await writeFile(file, `listen: "127.0.0.1:${port}"\n${stream}${limit}${token ? authorization : ''}`);
  }

  let child: ChildProcess | undefined;
  const kill = async () => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGKILL');
    await ended;
  };
  const start = async () => {
    const log = join(directory, 'log');
    // it ends with this process, however that ends
    child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nats-server', '-c', file, '-l', log], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      if (await listens(port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`nats-server did not come up: ${await readFile(log, 'utf8').catch(() => 'no log')}`);
  };
  const stop = async () => {
    await kill();
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    directory,
    server: `127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    async identify(name) {
      const made = await issueCertificate(authority, { name, usages: ['client'] }, new Date());
      return { name, authority: authority.certificate, certificate: made.certificate, key: made.key };
    },
    kill,
    start,
    stop,
  };
}

/** What is wrong with a configuration, by the server's own check; empty: nothing. */
export function checkConfiguration(file: string): string {
  const { status, stdout, stderr } = spawnSync('/usr/sbin/nats-server', ['-t', '-c', file], { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

async function writeIdentity(
  directory: string,
  authority: Identity,
  { certificate, key }: Identity,
): Promise<ServerSettings['files']> {
  const files = {
    authority: join(directory, 'ca.pem'),
    certificate: join(directory, 'cert.pem'),
    key: join(directory, 'key.pem'),
  };
  await writeFile(files.authority, authority.certificate);
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, key, { mode: 0o600 });
  return files;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
