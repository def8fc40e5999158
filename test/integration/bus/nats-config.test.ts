import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { NatsServerFiles } from '../../../core/app/nats-server-files.js';
import { checkConfiguration, skipWithoutNats } from '../../support/private-nats.js';

const run = promisify(execFile);
const CLI = new URL('../../../core/app/attitune.js', import.meta.url).pathname;

describe('attitune pki nats-config', function () {
  this.timeout(30_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-pki-nats-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  const pki = (...args: string[]) =>
    run(process.execPath, [CLI, 'pki', ...args], { env: { ...process.env, ATTITUNE_STATE: folder } });

  it('writes what nats-server takes, with a user for each certificate', async function () {
    skipWithoutNats(this);
    await pki('init');
    await pki('issue', 'host1', '--address', '10.0.0.11');
    await pki('issue', '--client', 'ada');
    await pki('issue', '--client', 'Ada Lovelace');
    const installed = join(folder, 'pki/nats/host1');
    const { stdout, stderr } = await pki('nats-config', 'host1', '--installed', installed, '--store', folder);
    expect(stdout).to.include('agents host1').and.include('managers ada').and.include('tls+nats://host1:4222');
    expect(stderr).to.include('Ada Lovelace cannot be the name of a member');
    expect(checkConfiguration(join(installed, 'nats-server.conf'))).to.equal('');
    const text = await readFile(join(installed, 'nats-server.conf'), 'utf8');
    expect(text).to.include('user: "CN=ada"').and.not.include('Lovelace');
    expect((await stat(join(installed, 'serverkey.pem'))).mode & 0o777).to.equal(0o600);
  });

  it('writes it for another space and port', async () => {
    const { stdout } = await pki('nats-config', 'host1', '--space', 'site2', '--port', '4333', '--json');
    const { folder: written, users } = JSON.parse(stdout) as NatsServerFiles;
    expect(users).to.deep.equal([
      { name: 'host1', kind: 'agent' },
      { name: 'ada', kind: 'manager' },
    ]);
    const text = await readFile(join(written, 'nats-server.conf'), 'utf8');
    expect(text).to.include(':4333').and.include('attitune.site2.host1.>').and.include('/etc/nats/cacert.pem');
  });

  it('takes those for managers that are named', async () => {
    await pki('issue', '--client', 'guest');
    const { stdout } = await pki('nats-config', 'host1', '--managers', 'ada', '--json');
    expect((JSON.parse(stdout) as NatsServerFiles).users.map(({ name, kind }) => `${kind} ${name}`)).to.deep.equal([
      'agent host1',
      'manager ada',
      'agent guest',
    ]);
  });

  it('says what is missing', async () => {
    const failure = (...args: string[]) =>
      pki(...args).then(
        () => expect.fail('it did not fail'),
        (error: unknown) => error as { code: number; stderr: string },
      );
    const unknown = await failure('nats-config', 'host7');
    expect(unknown).to.include({ code: 1 });
    expect(unknown.stderr).to.include('attitune pki issue host7');
    expect(await failure('nats-config', 'host1', '--space', 'a.b')).to.include({ code: 2 });
    const nobody = await failure('nats-config', 'host1', '--managers', 'adda');
    expect(nobody).to.include({ code: 2 });
    expect(nobody.stderr).to.include('Did you mean "ada"');
  });
});
