import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import {
  clientFiles,
  createAuthority,
  issueCertificate,
  writePkiFiles,
  type Identity,
} from '../../../core/pki/index.js';
import { dialTls, inspectTls } from '../../../wrappers/libvirt/transports/tls.js';

const days = (count: number) => new Date(Date.now() + count * 86_400_000);

/** Against a server that does what libvirtd never does; what libvirtd does is tested with libvirtd itself. */
describe('The transport tls', () => {
  let folder: string;
  let authority: Identity;
  let host: Identity;
  let server: Server;

  before(async () => {
    authority = await createAuthority({ name: 'Test CA' }, new Date());
    host = await issueCertificate(authority, { name: 'host1', hosts: ['127.0.0.1'], usages: ['server'] }, new Date());
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-tls-'));
    const client = await issueCertificate(authority, { name: 'admin', usages: ['client'] }, new Date());
    await writePkiFiles(folder, clientFiles(authority.certificate, client));
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  async function listen(greet: (socket: TLSSocket) => void, { certificate, key } = host): Promise<number> {
    const context = { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
    server = createServer(context, (socket) => {
      socket.on('error', () => undefined);
      greet(socket);
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const endpoint = (port: number, verify = true) => {
    return { kind: 'tls', host: '127.0.0.1', port, verify, pkipath: folder } as const;
  };
  async function refusal(port: number, signal = new AbortController().signal): Promise<Error> {
    const outcome: unknown = await dialTls(endpoint(port), signal).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(Error);
    return outcome as Error;
  }

  it('hands on what follows the byte of acceptance, even in the same record', async () => {
    const port = await listen((socket) => socket.end(Buffer.from([1, 42, 43])));
    const stream = await dialTls(endpoint(port), new AbortController().signal);
    const [chunk] = (await once(stream, 'data')) as [Buffer];
    expect([...chunk]).to.deep.equal([42, 43]);
    stream.destroy();
  });

  it('takes no other byte for acceptance', async () => {
    const port = await listen((socket) => socket.end(Buffer.from([0])));
    const error = await refusal(port);
    expect(AttituneError.is(error, 'protocol'), String(error)).to.equal(true);
  });

  it('ends when it is aborted while the server says nothing', async () => {
    const abort = new AbortController();
    const port = await listen(() => abort.abort(new Error('no answer within 10 s')));
    expect((await refusal(port, abort.signal)).message).to.equal('no answer within 10 s');
  });

  it('trusts no certificate that is not valid yet, and none that is for clients', async () => {
    const early = await issueCertificate(
      authority,
      { name: 'host1', hosts: ['127.0.0.1'], usages: ['server'] },
      days(2),
    );
    expect((await refusal(await listen((socket) => socket.end('\x01'), early))).message).to.include('check the clocks');
    await new Promise((resolve) => server.close(resolve));
    const client = { name: 'host1', hosts: ['127.0.0.1'], usages: ['client'] } as const;
    const wrong = await issueCertificate(authority, client, new Date());
    const error = await refusal(await listen((socket) => socket.end('\x01'), wrong));
    expect(AttituneError.is(error, 'certificate'), String(error)).to.equal(true);
    expect(error.message).to.include('not for servers');
  });

  it('trusts no certificate that its authority has revoked', async () => {
    const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const der = createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' });
    const list = await x509.X509CrlGenerator.create(
      {
        issuer: new x509.X509Certificate(authority.certificate).subjectName,
        thisUpdate: days(-1),
        nextUpdate: days(10),
        signingAlgorithm: ecdsa,
        signingKey: await webcrypto.subtle.importKey('pkcs8', der, ecdsa, false, ['sign']),
        entries: [{ serialNumber: new x509.X509Certificate(host.certificate).serialNumber, revocationDate: days(-1) }],
      },
      webcrypto,
    );
    // OpenSSL knows it by its longer name only
    await writeFile(join(folder, 'cacrl.pem'), list.toString('pem').replaceAll(/(BEGIN|END) CRL/g, '$1 X509 CRL'));
    const error = await refusal(await listen((socket) => socket.end('\x01')));
    expect(error.message).to.include('"host1" was revoked').and.include('cacrl.pem');
  });

  it('does without no file that is there but cannot be used', async () => {
    await writeFile(join(folder, 'cacrl.pem'), 'nothing');
    const error = await refusal(await listen((socket) => socket.end('\x01')));
    expect(AttituneError.is(error, 'certificate'), String(error)).to.equal(true);
    expect(error.message).to.include('cacrl.pem');
  });

  it('trusts anybody only where it is told to', async () => {
    const stranger = await createAuthority({ name: 'Strange CA' }, new Date());
    const other = await issueCertificate(stranger, { name: 'elsewhere', usages: ['server'] }, new Date());
    const port = await listen((socket) => socket.end('\x01'), other);
    expect((await refusal(port)).message).to.include('Strange CA');
    (await dialTls(endpoint(port, false), new AbortController().signal)).destroy();
    expect((await inspectTls(endpoint(port))).server).to.include({ name: 'elsewhere', issuer: 'Strange CA' });
  });
});
