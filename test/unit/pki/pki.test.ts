import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ErrorCode } from '../../../core/model/errors.js';
import { AttituneError } from '../../../core/model/errors.js';
import { createAuthority, issueCertificate, PkiFolder, readCertificate, validity } from '../../../core/pki/index.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

async function refusal(promise: Promise<unknown>): Promise<{ code: ErrorCode; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (AttituneError.is(error)) return error;
    throw error;
  }
  return expect.fail('it was not refused');
}

describe('certificates', () => {
  it('are signed by their authority, for the names and uses that were asked for', async () => {
    const authority = await createAuthority({ name: 'Test CA' }, NOW);
    const hosts = ['host1.example.org', '10.0.0.7', 'fd00::7'];
    const issued = await issueCertificate(authority, { name: 'host1', hosts, usages: ['server', 'client'] }, NOW);
    const ca = new X509Certificate(authority.certificate);
    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.verify(ca.publicKey)).to.equal(true);
    expect(certificate.checkIssued(ca)).to.equal(true);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).to.equal(true);
    expect([ca.ca, certificate.ca]).to.deep.equal([true, false]);
    expect(certificate.checkHost('host1.example.org')).to.equal('host1.example.org');
    expect(certificate.checkHost('host2.example.org')).to.equal(undefined);
    expect(certificate.checkIP('fd00::7')).to.equal('fd00::7');
    const facts = readCertificate(issued.certificate, 'host1.pem');
    expect(facts).to.deep.include({ name: 'host1', issuer: 'Test CA', usages: ['server', 'client'] });
    expect(facts.hosts).to.include.members(['host1.example.org', '10.0.0.7']);
  });

  it('differ each time they are issued', async () => {
    const authority = await createAuthority({ name: 'Test CA' }, NOW);
    const [one, other] = await Promise.all(
      [1, 2].map(() => issueCertificate(authority, { name: 'a', usages: ['client'] }, NOW)),
    );
    expect(one?.key).not.to.equal(other?.key);
    expect(new X509Certificate(one!.certificate).serialNumber).not.to.equal(
      new X509Certificate(other!.certificate).serialNumber,
    );
  });

  it('never outlive their authority, which issues none once it has expired', async () => {
    const authority = await createAuthority({ name: 'Test CA', days: 10 }, NOW);
    const issued = await issueCertificate(authority, { name: 'a', usages: ['client'], days: 20 }, NOW);
    expect(readCertificate(issued.certificate, 'a').validTo).to.deep.equal(later(10));
    const error = await refusal(issueCertificate(authority, { name: 'a', usages: ['client'] }, later(11)));
    expect(error).to.include({ code: 'certificate' });
    expect(error.message).to.include('2026-12-01');
  });

  it('are told by their dates', () => {
    const dates = { validFrom: NOW, validTo: later(100) };
    const states = [-1, 1, 69, 71, 100].map((days) => validity(dates, later(days)));
    expect(states).to.deep.equal(['not-yet-valid', 'valid', 'valid', 'expires-soon', 'expired']);
  });

  for (const name of ['', ' a', '-a', 'a\nb', 'a\u0000b', 'a/b', '<a>', '"a"', 'a'.repeat(65)]) {
    it(`are not made for the name ${JSON.stringify(name)}`, async () => {
      expect((await refusal(createAuthority({ name }, NOW))).code).to.equal('value');
    });
  }

  for (const host of ['', '*', '*.example.org', 'a b', '-a', 'a..b', 'a/b', '10.0.0.999x_', `${'a'.repeat(64)}.org`]) {
    it(`do not stand for the host ${JSON.stringify(host)}`, async () => {
      const authority = await createAuthority({ name: 'Test CA' }, NOW);
      const error = await refusal(issueCertificate(authority, { name: 'a', hosts: [host], usages: ['server'] }, NOW));
      expect(error.code).to.equal('value');
    });
  }

  for (const days of [0, -1, 1.5, NaN, 1e9]) {
    it(`are not valid for ${days} days`, async () => {
      expect((await refusal(createAuthority({ name: 'a', days }, NOW))).code).to.equal('value');
    });
  }
});

describe('the folder of an authority', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-pki-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const mode = async (path: string) => (await stat(join(folder, path))).mode & 0o777;
  const text = (path: string) => readFile(join(folder, path), 'utf8');

  it('keeps keys for their owner', async () => {
    const pki = await PkiFolder.init(folder, { name: 'Test CA' }, NOW);
    await pki.issueHost('host1', { alternatives: ['10.0.0.1'] }, NOW);
    await pki.issueClient('admin', {}, NOW);
    const keys = [
      ...['cakey.pem', 'hosts/host1/libvirt/private/serverkey.pem', 'hosts/host1/libvirt/private/clientkey.pem'],
      'clients/admin/clientkey.pem',
    ];
    expect(await Promise.all(keys.map(mode))).to.deep.equal(keys.map(() => 0o600));
    expect(await mode('hosts/host1/libvirt/private')).to.equal(0o700);
  });

  it('is never made a second time', async () => {
    await PkiFolder.init(folder, { name: 'Test CA' }, NOW);
    const before = await text('cakey.pem');
    const error = await refusal(PkiFolder.init(folder, { name: 'Other CA' }, NOW));
    expect(error.code).to.equal('certificate');
    expect(error.message).to.include('is not replaced');
    expect(await text('cakey.pem')).to.equal(before);
    await rm(join(folder, 'cacert.pem'));
    expect((await refusal(PkiFolder.init(folder, { name: 'Other CA' }, NOW))).code).to.equal('certificate');
    expect(await text('cakey.pem')).to.equal(before);
  });

  it('issues again with a new key, and lists what it issued', async () => {
    await PkiFolder.init(folder, { name: 'Test CA' }, NOW);
    const pki = await PkiFolder.open(folder);
    await pki.issueHost('host1', {}, NOW);
    const before = await text('hosts/host1/libvirt/private/serverkey.pem');
    await pki.issueHost('host1', { days: 20 }, NOW);
    await pki.issueClient('Ada Admin', {}, NOW);
    expect(await text('hosts/host1/libvirt/private/serverkey.pem')).not.to.equal(before);
    const rows = (await pki.certificates(NOW)).map(({ kind, name, state }) => [kind, name, state]);
    expect(rows).to.deep.equal([
      ['authority', 'Test CA', 'valid'],
      ['host', 'host1', 'expires-soon'],
      ['client', 'Ada Admin', 'valid'],
    ]);
  });

  it('refuses names that would leave it', async () => {
    const pki = await PkiFolder.init(folder, { name: 'Test CA' }, NOW);
    for (const name of ['../a', '.', '', 'a/b', '.hidden'])
      expect((await refusal(pki.issueClient(name, {}, NOW))).code, name).to.equal('value');
    expect((await refusal(pki.issueHost('../host', {}, NOW))).code).to.equal('value');
  });

  it('says what is missing or cannot be read', async () => {
    const missing = await refusal(PkiFolder.open(folder));
    expect(missing.code).to.equal('certificate');
    expect(missing.message).to.include('attitune pki init');
    const pki = await PkiFolder.init(folder, { name: 'Test CA' }, NOW);
    await pki.issueClient('admin', {}, NOW);
    await writeFile(join(folder, 'clients/admin/clientcert.pem'), 'no certificate');
    expect((await refusal(pki.certificates(NOW))).message).to.include('clientcert.pem');
  });
});
