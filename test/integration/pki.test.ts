import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import type { Issued, StoredCertificate } from '../../core/pki/index.js';
import { skipUnless } from '../support/skip.js';

const run = promisify(execFile);
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

describe('attitune pki', function () {
  this.timeout(30_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-pki-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  const pki = (...args: string[]) =>
    run(process.execPath, [CLI, 'pki', ...args], { cwd: folder, env: { ...process.env, ATTITUNE_STATE: folder } });
  async function failure(...args: string[]): Promise<{ code: number; stderr: string }> {
    return pki(...args).then(
      () => expect.fail('it did not fail'),
      (error: unknown) => error as { code: number; stderr: string },
    );
  }

  it('does what the page on transports says', async () => {
    const page = await readFile(asset('wrappers/libvirt/transports/README.md'), 'utf8');
    const commands = [...page.matchAll(/^attitune pki ([^#\n]*)/gm)].map(([, words = '']) => words.trim().split(/\s+/));
    expect(commands).to.have.lengthOf(3);
    for (const words of commands) expect((await pki(...words)).stdout).to.include(join(folder, 'pki'));
    const certificates = JSON.parse((await pki('show', '--json')).stdout) as StoredCertificate[];
    expect(certificates.map(({ kind, name, hosts }) => [kind, name, hosts])).to.deep.equal([
      ['authority', 'AttiTUNe CA', []],
      ['host', 'host1', ['host1', '10.0.0.11']],
      ['client', 'ada', []],
    ]);
    expect((await stat(join(folder, 'pki/cakey.pem'))).mode & 0o777).to.equal(0o600);
  });

  it('makes what other programs take for certificates of one authority', async function () {
    skipUnless(this, { programs: { openssl: 'openssl' } });
    const issued = JSON.parse((await pki('issue', 'host2', '--alias', 'host2.example.org', '--json')).stdout) as Issued;
    const { file } = issued.certificate;
    const { stdout } = await run('openssl', [
      ...['verify', '-CAfile', join(folder, 'pki/cacert.pem'), '-purpose', 'sslserver'],
      ...['-verify_hostname', 'host2.example.org', file],
    ]);
    expect(stdout).to.include(': OK');
  });

  it('warns of what expires soon', async () => {
    const { stdout, stderr } = await pki('issue', '--client', 'guest', '--days', '3');
    expect(stdout).to.include('pkipath=');
    expect(stderr).to.include('guest expires within 30 days').and.include('attitune pki issue --client guest');
  });

  it('says what is wrong, and makes nothing', async () => {
    expect(await failure('issue')).to.include({ code: 2 });
    expect(await failure('issue', 'host1', '--client', 'ada')).to.include({ code: 2 });
    expect(await failure('issue', '../etc')).to.include({ code: 2 });
    expect(await failure('issue', 'host1', '--days', '0')).to.include({ code: 2 });
    expect(await failure('issue', 'host1', '--address', 'not an address')).to.include({ code: 2 });
    const again = await failure('init');
    expect(again).to.include({ code: 1 });
    expect(again.stderr).to.include('is not replaced');
    const none = await failure('show', '--dir', join(folder, 'nothing'));
    expect(none).to.include({ code: 1 });
    expect(none.stderr).to.include('attitune pki init');
  });
});
