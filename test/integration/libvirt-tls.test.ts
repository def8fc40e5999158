import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import { clientFiles, createAuthority, issueCertificate, writePkiFiles, type Identity } from '../../core/pki/index.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback, type PrivateLibvirt } from '../support/private-libvirt.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

describe('libvirt over TLS, with a real daemon', function () {
  this.timeout(60_000);
  let folder: string;
  let authority: Identity;
  let stranger: Identity;
  let libvirt: PrivateLibvirt;

  /** A client's files in a folder of their own; resolves with the option that names it. */
  async function client(name: string, trusted: Identity, { certificate, key }: Identity): Promise<string> {
    await writePkiFiles(join(folder, name), clientFiles(trusted.certificate, { certificate, key }));
    return `pkipath=${join(folder, name)}`;
  }

  const admin = (issuer: Identity, now = new Date(), days = 10) =>
    issueCertificate(issuer, { name: 'admin', usages: ['client'], days }, now);

  const server = (issuer: Identity, hosts: readonly string[], now = new Date(), days = 10) =>
    issueCertificate(issuer, { name: 'host1', hosts, usages: ['server', 'client'], days }, now);

  const connect = (options: string, host = '127.0.0.1', daemon = libvirt.daemons[0]!) =>
    LibvirtHypervisor.connect({
      host: 'host1',
      uri: `qemu+tls://${host}:${daemon.port}/system?${options}`,
      connectTimeoutMs: 10_000,
    });

  async function refusal(options: string, host?: string, daemon = libvirt.daemons[0]!): Promise<AttituneError> {
    try {
      await (await connect(options, host, daemon)).close();
    } catch (error) {
      if (!AttituneError.is(error)) throw error;
      expect(error.code, error.message).to.equal('certificate');
      expect(error.message).to.match(/^host1: /);
      return error;
    }
    return expect.fail('it was let in');
  }

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    folder = await mkdtemp(join(tmpdir(), 'attitune-tls-'));
    authority = await createAuthority({ name: 'Test CA' }, daysAgo(100));
    stranger = await createAuthority({ name: 'Test CA' }, daysAgo(100));
    const { certificate, key } = await server(authority, ['127.0.0.1', 'host1']);
    libvirt = await startLibvirtOnLoopback({ authority: authority.certificate, certificate, key });
  });
  after(async () => {
    await libvirt.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('works with the certificates that attitune pki issues', async () => {
    const host = await connect(await client('good', authority, await admin(authority)));
    try {
      expect((await host.capabilities()).domainTypes).to.include('qemu');
      expect(await host.list()).to.deep.equal([]);
    } finally {
      await host.close();
    }
  });

  it('answers many calls that are made at once without delay', async () => {
    const host = await connect(await client('many', authority, await admin(authority)));
    try {
      const begun = performance.now();
      await Promise.all(Array.from({ length: 30 }, () => host.list()));
      // a request that the daemon overlooks lies there until its next keepalive, 5 s later
      expect(performance.now() - begun).to.be.below(4000);
    } finally {
      await host.close();
    }
  });

  it('trusts each authority of a bundle', async () => {
    const bundle = { certificate: `${stranger.certificate}${authority.certificate}`, key: '' };
    const host = await connect(await client('bundle', bundle, await admin(authority)));
    await host.close();
  });

  it('trusts no server of another authority, even of the same name', async () => {
    const error = await refusal(await client('wrong-ca', stranger, await admin(stranger)));
    expect(error.message).to.include('issued by "Test CA"').and.include('another one of the same name');
  });

  it('says that the server refused our certificate', async () => {
    const error = await refusal(await client('foreign', authority, await admin(stranger)));
    expect(error.message).to.include('refused our certificate').and.include('was not issued by the authority');
    expect(error.details).to.include({ side: 'client' });
  });

  it('trusts no server under a name that its certificate does not have', async () => {
    const error = await refusal(await client('name', authority, await admin(authority)), 'localhost');
    expect(error.message).to.match(/its certificate is for .*host1.*, not for localhost/);
  });

  it('shows no certificate that has expired', async () => {
    const error = await refusal(await client('expired', authority, await admin(authority, daysAgo(20))));
    expect(error.message).to.include('our client certificate').and.include('expired on').and.include('clientcert.pem');
  });

  it('trusts no server whose certificate has expired, and says when it did', async () => {
    const { certificate, key } = await server(authority, ['127.0.0.1'], daysAgo(20));
    const other = await startLibvirtOnLoopback({ authority: authority.certificate, certificate, key });
    try {
      const options = await client('server-expired', authority, await admin(authority));
      const error = await refusal(options, '127.0.0.1', other.daemons[0]);
      expect(error.message).to.include(`expired on ${daysAgo(10).toISOString().slice(0, 10)}`);
      expect(error.message).to.include('attitune pki issue');
    } finally {
      await other.stop();
    }
  });

  it('names the files that are missing or do not fit', async () => {
    const options = await client('files', authority, await admin(authority));
    await writeFile(join(folder, 'files/clientkey.pem'), (await admin(authority)).key);
    expect((await refusal(options)).message).to.include('does not belong to the certificate');
    await writeFile(join(folder, 'files/clientkey.pem'), 'nothing');
    expect((await refusal(options)).message).to.include('no private key');
    await rm(join(folder, 'files/clientcert.pem'));
    expect((await refusal(options)).message).to.include('clientcert.pem is missing');
    await rm(join(folder, 'files/cacert.pem'));
    expect((await refusal(options)).message).to.include('cacert.pem is missing');
  });

  it('says nothing to a server that is not asked for TLS, and takes no other way', async () => {
    let heard = 0;
    const plain = createServer((socket) => {
      socket.on('data', (chunk) => (heard += chunk[0] === 0x16 ? 0 : 1)).end('not TLS at all');
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    try {
      const options = await client('plain', authority, await admin(authority));
      const { port } = plain.address() as AddressInfo;
      const error = await LibvirtHypervisor.connect({
        host: 'host1',
        uri: `qemu+tls://127.0.0.1:${port}/system?${options}`,
      }).catch((reason: unknown) => reason);
      expect(AttituneError.is(error, 'protocol')).to.equal(true);
      expect(heard).to.equal(0);
    } finally {
      plain.close();
    }
  });
});
