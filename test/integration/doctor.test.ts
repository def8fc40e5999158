import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Finding } from '../../core/app/doctor/findings.js';
import { clientFiles, createAuthority, issueCertificate, writePkiFiles } from '../../core/pki/index.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback, type PrivateLibvirt } from '../support/private-libvirt.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

describe('attitune doctor, with a real daemon', function () {
  this.timeout(60_000);
  let folder: string;
  let libvirt: PrivateLibvirt;

  async function doctor(...uris: readonly string[]): Promise<{ code: number; findings: readonly Finding[] }> {
    const args = [CLI, 'doctor', '--json', ...uris.flatMap((uri) => ['--connect', uri])];
    const { code = 0, stdout } = (await promisify(execFile)(process.execPath, args).catch(
      (error: unknown) => error as { code: number; stdout: string },
    )) as { code?: number; stdout: string };
    return { code, findings: JSON.parse(stdout) as readonly Finding[] };
  }

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    folder = await mkdtemp(join(tmpdir(), 'attitune-doctor-'));
    const now = new Date();
    const authority = await createAuthority({ name: 'Test CA' }, now);
    const server = { name: 'host1', hosts: ['127.0.0.1'], usages: ['server'], days: 10 } as const;
    const { certificate, key } = await issueCertificate(authority, server, now);
    const client = await issueCertificate(authority, { name: 'admin', usages: ['client'] }, now);
    await writePkiFiles(folder, clientFiles(authority.certificate, client));
    libvirt = await startLibvirtOnLoopback({ authority: authority.certificate, certificate, key });
  });
  after(async () => {
    await (libvirt as PrivateLibvirt | undefined)?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('tells of each host what is well, what is not, and what cannot be told from here', async () => {
    const [daemon] = libvirt.daemons;
    const uri = `one=qemu+tls://127.0.0.1:${daemon!.port}/system?pkipath=${folder}`;
    const { code, findings } = await doctor(uri, 'two=qemu+tcp://127.0.0.1:1/system');
    const state = (host: string, check: string) =>
      findings.find((finding) => finding.host === host && finding.check === check)?.state;
    expect(state('one', 'connection')).to.equal('ok');
    expect(state('one', 'certificates')).to.equal('warn');
    expect(state('one', 'lock manager')).to.equal('unknown');
    expect(state('one', 'storage pool')).to.equal('fail');
    expect(state('two', 'connection')).to.equal('fail');
    expect(code).to.equal(1);
    expect(
      findings.every(({ state: each, advice }) => each === 'ok' || each === 'fail' || advice !== undefined),
    ).to.equal(true);
  });
});
