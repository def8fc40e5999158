import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import {
  clientFiles,
  createAuthority,
  issueCertificate,
  writePkiFiles,
  type Identity,
} from '../../../core/pki/index.js';
import { credentialFiles, readCredentials } from '../../../wrappers/libvirt/transports/tls-credentials.js';

describe('Where the certificates of a libvirt client are', () => {
  const ada = { root: false, home: '/home/ada' };

  it('is what pkipath says, for anybody', () => {
    expect(credentialFiles('/pki', ada, () => false)).to.deep.equal({
      authority: '/pki/cacert.pem',
      certificate: '/pki/clientcert.pem',
      key: '/pki/clientkey.pem',
      revocations: '/pki/cacrl.pem',
    });
  });

  it('is the machine’s for root, and for who has none of their own', () => {
    const machines = {
      authority: '/etc/pki/CA/cacert.pem',
      certificate: '/etc/pki/libvirt/clientcert.pem',
      key: '/etc/pki/libvirt/private/clientkey.pem',
      revocations: '/etc/pki/CA/cacrl.pem',
    };
    expect(credentialFiles(undefined, { root: true, home: '/root' }, () => true)).to.deep.equal(machines);
    expect(credentialFiles(undefined, ada, () => false)).to.deep.equal(machines);
  });

  it('is the user’s, file by file, but certificate and key together', () => {
    const own = (...names: string[]) => {
      const files = credentialFiles(undefined, ada, (path) =>
        names.some((name) => path === `/home/ada/.pki/libvirt/${name}`),
      );
      return [files.authority, files.certificate, files.key].map((file) => file.startsWith('/home/ada/'));
    };
    expect(own('cacert.pem')).to.deep.equal([true, false, false]);
    expect(own('cacert.pem', 'clientcert.pem')).to.deep.equal([true, false, false]);
    expect(own('clientcert.pem', 'clientkey.pem')).to.deep.equal([false, true, true]);
  });
});

describe('What a libvirt client shows and trusts', () => {
  const NOW = new Date('2026-11-21T12:00:00Z');
  const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
  let folder: string;
  let authority: Identity;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-credentials-'));
    authority = await createAuthority({ name: 'Test CA', days: 100 }, NOW);
    const issued = await issueCertificate(authority, { name: 'admin', usages: ['client'], days: 50 }, NOW);
    await writePkiFiles(folder, clientFiles(authority.certificate, issued));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function refusal(now = NOW): Promise<string> {
    const error = await readCredentials(folder, now).then(
      () => expect.fail('it was accepted'),
      (reason: unknown) => reason,
    );
    expect(AttituneError.is(error, 'certificate'), String(error)).to.equal(true);
    return (error as AttituneError).message;
  }

  it('is read where it is whole and valid', async () => {
    const read = await readCredentials(folder, NOW);
    expect(read.certificate.certificate.subject).to.equal('CN=admin');
    expect(read.authority.certificates).to.have.lengthOf(1);
    expect(read.revocations).to.equal(undefined);
  });

  it('is refused before and after its time, with the day', async () => {
    expect(await refusal(later(-1)))
      .to.include('valid only from 2026-11-21')
      .and.include('clock');
    expect(await refusal(later(51)))
      .to.include('expired on 2027-01-10')
      .and.include('attitune pki issue --client');
  });

  it('is refused where the authority has expired, unless a valid one stands beside it', async () => {
    const old = await createAuthority({ name: 'Old CA', days: 10 }, NOW);
    await writeFile(join(folder, 'cacert.pem'), old.certificate);
    expect(await refusal(later(20)))
      .to.include('the authority')
      .and.include('Old CA');
    await writeFile(join(folder, 'cacert.pem'), `${old.certificate}${authority.certificate}`);
    expect((await readCredentials(folder, later(20))).authority.certificates).to.have.lengthOf(2);
  });

  it('is refused where a file is missing, is a folder, or holds something else', async () => {
    await writeFile(join(folder, 'cacert.pem'), 'nothing');
    expect(await refusal()).to.include('cacert.pem holds no certificate');
    await writeFile(join(folder, 'clientkey.pem'), authority.key);
    expect(await refusal()).to.include('does not belong');
    await rm(join(folder, 'clientcert.pem'));
    expect(await refusal()).to.match(/clientcert.pem|cacert.pem/);
  });
});
