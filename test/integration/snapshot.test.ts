import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readSnapshot } from '../../core/app/plan/snapshot-file.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback, type PrivateLibvirt } from '../support/private-libvirt.js';
import { attitune } from '../support/whole-process.js';

describe('attitune snapshot', function () {
  this.timeout(60_000);
  let folder: string;
  let libvirt: PrivateLibvirt | undefined;
  before(async function () {
    skipWithoutPrivateLibvirt(this);
    folder = await mkdtemp(join(tmpdir(), 'attitune-snapshot-'));
    libvirt = await startLibvirtOnLoopback();
  });
  after(async () => {
    await libvirt?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const uri = () => `host1=test+unix:///default?socket=${libvirt?.daemons[0]?.socket ?? ''}`;

  it('writes the cluster of libvirt hosts, which attitune plan reads', async () => {
    const file = join(folder, 'cluster.json');
    const run = await attitune('snapshot', '--connect', uri(), '-o', file);
    expect(run.code, run.stderr).to.equal(0);
    expect(run.stderr).to.match(/1 hosts and 1 VMs/);
    const { cluster } = readSnapshot(file);
    expect(cluster.hosts.map(({ name }) => name)).to.deep.equal(['host1']);
    expect(cluster.hosts[0]?.memoryMiB).to.be.greaterThan(0);
    expect(cluster.vms[0]).to.include({ name: 'test', host: 'host1', running: true });
    expect(await readFile(file, 'utf8')).to.match(/^\{\n {2}"attitune-cluster": 1,/);
  });

  it('is asked for where attitune plan has no file', async () => {
    const run = await attitune('plan', '--connect', uri(), '--goal', 'balance', '--json');
    expect(run.code, run.stderr).to.equal(0);
    expect(JSON.parse(run.stdout)).to.include({ feasible: true, answer: 'nothing-to-do' });
  });

  it('is of hosts or of a manager, and says where none is', async () => {
    const both = await attitune('snapshot', '--connect', uri(), '--bus', 'ws://127.0.0.1:1');
    expect(both.code).to.equal(2);
    expect(both.stderr).to.match(/error usage: Use either hosts/);
    const none = await attitune('snapshot', '--bus', 'ws://127.0.0.1:1');
    expect(none.code).to.equal(1);
    expect(none.stderr).to.match(/error bus/);
  });
});
