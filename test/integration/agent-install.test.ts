import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { installUnit } from '../../core/app/agent/install-unit.js';
import { systemdUnit } from '../../core/app/agent/systemd-unit.js';
import { PkiFolder } from '../../core/pki/index.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { AgentProcess } from '../support/agent-process.js';
import { skipUnless } from '../support/skip.js';

const BUS = ['--bus', 'ws://127.0.0.1:7420'] as const;
const SCRIPT = new URL('../../core/app/attitune.js', import.meta.url).pathname;

describe('attitune agent --install', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-unit-test-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Other tests in this process have a token for their agents. */
  const token = process.env['ATTITUNE_BUS_TOKEN'];
  before(() => {
    delete process.env['ATTITUNE_BUS_TOKEN'];
  });
  after(() => {
    if (token !== undefined) process.env['ATTITUNE_BUS_TOKEN'] = token;
  });

  async function called(...args: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
    const call = new AgentProcess(...args);
    const code = await call.over();
    return { code, said: call.said };
  }

  it('prints a unit that runs this program with the same options', async () => {
    const { code, said } = await called(
      ...['--install', '--unit', '-', ...BUS, '--name', 'host1', '--every', '2 s', '--no-hypervisor'],
      ...['--no-accepting', '--managers', 'manager,admin'],
    );
    expect(code).to.equal(0);
    const start = /^ExecStart=(.*)$/m.exec(said)?.[1];
    expect(start).to.equal(
      `${process.execPath} ${SCRIPT} agent --bus ws://127.0.0.1:7420 --name host1 --every "2000 ms" --no-hypervisor --no-accepting --managers manager,admin`,
    );
    // what the agent started must outlive it
    expect(said).to.match(/^KillMode=process$/m);
    expect(said).to.match(/^Restart=always$/m);
  });

  it('writes down where the token of its bus is, which a service would look for elsewhere', async () => {
    const print = ['--install', '--unit', '-', ...BUS, '--name', 'host1', '--no-hypervisor'];
    expect((await called(...print, '--bus-token', 'a/token')).said).to.include(` --bus-token ${resolve('a/token')} `);
    const state = process.env['ATTITUNE_STATE'];
    try {
      process.env['ATTITUNE_STATE'] = folder;
      expect((await called(...print)).said).to.include(` --bus-token ${join(folder, 'bus-token')} `);
    } finally {
      if (state === undefined) delete process.env['ATTITUNE_STATE'];
      else process.env['ATTITUNE_STATE'] = state;
    }
  });

  it('writes it, says what is next, and removes it; nothing is started', async () => {
    const file = join(folder, 'attitune-agent.service');
    const first = await called('--install', '--unit', file, ...BUS, '--name', 'host1');
    expect(first.code, first.said).to.equal(0);
    expect(first.said).to.include(`${file} is written`);
    expect(first.said).to.include('systemctl daemon-reload && systemctl enable --now attitune-agent.service');
    expect(await readFile(file, 'utf8')).to.match(/^ExecStart=/m);
    expect((await called('--install', '--unit', file, ...BUS, '--name', 'host1')).said).to.include(
      'was the same already',
    );
    const removed = await called('--uninstall', '--unit', file);
    expect(removed.said).to.include('is removed');
    expect((await called('--uninstall', '--unit', file)).said).to.include(`There is no ${file}`);
  });

  it('has the name of the certificate, and refuses one that is not there', async () => {
    const pki = join(folder, 'pki');
    const now = new Date();
    const authority = await PkiFolder.init(pki, { name: 'test', days: 2 }, now);
    const { folder: mine } = await authority.issueClient('host7', { days: 1 }, now);
    const args = ['--install', '--unit', '-', '--bus', 'wss://manager:7421', '--pki'];
    const { said } = await called(...args, mine);
    expect(said).to.include(`--name host7 --pki ${mine}`);
    expect(await called(...args, mine, '--name', 'host8')).to.have.property('code', 1);
    const missing = await called(...args, join(folder, 'nowhere'));
    expect(missing.code).to.equal(1);
    expect(missing.said).to.match(/error certificate: .*is missing/);
  });

  it('refuses what systemd does not take, and leaves the former unit', async function () {
    skipUnless(this, { programs: { 'systemd-analyze': 'systemd' } });
    const file = join(folder, 'other.service');
    const executor = new LocalExecutor({ node: 'here' });
    await writeFile(file, 'former\n');
    const unit = systemdUnit({ argv: [join(folder, 'no-such-program'), 'agent'], description: 'a test' });
    const error = await installUnit(executor, file, unit).then(
      () => expect.fail('it was taken'),
      (reason: unknown) => reason as Error,
    );
    expect(error.message).to.match(/systemd does not take the unit/);
    expect(await readFile(file, 'utf8')).to.equal('former\n');
    const strange = [process.execPath, SCRIPT, 'a b', '100%', '$HOME', `it's "x"`, 'back\\slash', ';'];
    const installed = await installUnit(executor, file, systemdUnit({ argv: strange, description: '100 % $HOME' }));
    expect(installed).to.deep.equal({ verified: true, changed: true });
  });

  it('writes words as systemd reads them back', () => {
    const unit = systemdUnit({ argv: ['/bin/echo', 'a b', '100%', '$HOME', '"x"', '\\'], description: 'd' });
    expect(/^ExecStart=(.*)$/m.exec(unit)?.[1]).to.equal(`/bin/echo "a b" "100%%" "$$HOME" "\\"x\\"" "\\\\"`);
  });

  it('must be called by root to write where systemd looks', function () {
    skipUnless(this, { root: true, programs: { setpriv: 'util-linux' } });
    const file = join(folder, 'refused.service');
    const { status, stderr } = spawnSync(
      'setpriv',
      ['--reuid=65534', '--clear-groups', process.execPath, SCRIPT, 'agent', '--install', ...BUS, '--unit', file],
      { encoding: 'utf8' },
    );
    expect(status, stderr).to.equal(1);
    expect(stderr).to.include('not-root').and.to.include('sudo');
  });
});
