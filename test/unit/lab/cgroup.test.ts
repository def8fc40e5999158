import { expect } from 'chai';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import { findCgroupTree } from '../../../wrappers/lab/host/cgroup.js';

describe('Cgroup of a lab host', () => {
  let mount: string;

  beforeEach(async () => {
    mount = await mkdtemp(join(tmpdir(), 'attitune-cgroup-'));
  });

  afterEach(async () => {
    await rm(mount, { recursive: true });
  });

  const read = (...path: string[]) => readFile(join(mount, ...path), 'utf8');
  const put = async (content: string, ...path: string[]) => {
    await mkdir(join(mount, ...path.slice(0, -1)), { recursive: true });
    await writeFile(join(mount, ...path), content);
  };

  it('on version 1 writes a quota per period, and reads nanoseconds', async () => {
    await put('', 'cpu', 'cgroup.procs');
    await put('', 'cpuacct', 'cgroup.procs');
    const tree = findCgroupTree(mount);
    expect(tree.version).to.equal(1);
    const group = await tree.create('host1');
    const folder = ['cpu', 'attitune-lab', 'host1'];
    expect(await read(...folder, 'cpu.cfs_quota_us')).to.equal('-1');
    expect(await group.limited()).to.equal(undefined);
    await group.limit(0.8);
    expect([await read(...folder, 'cpu.cfs_quota_us'), await read(...folder, 'cpu.cfs_period_us')]).to.deep.equal([
      '80000',
      '100000',
    ]);
    expect(await group.limited()).to.equal(0.8);
    await put('2500000000\n', 'cpuacct', 'attitune-lab', 'host1', 'cpuacct.usage');
    expect(await group.cpuSeconds()).to.equal(2.5);
    expect(group.joinFiles).to.have.length(2);
    await put('12\n13\n', ...folder, 'cgroup.procs');
    await put('13\n14\n', 'cpuacct', 'attitune-lab', 'host1', 'cgroup.procs');
    expect(await group.processes()).to.deep.equal([12, 13, 14]);
  });

  it('on version 1 takes controllers that share one hierarchy', async () => {
    await put('', 'cpu,cpuacct', 'cgroup.procs');
    const group = await findCgroupTree(mount).create('host1');
    expect(group.location.cpu).to.equal(group.location.cpuacct);
    expect(group.joinFiles).to.have.length(1);
  });

  it('on version 2 passes the controller on, writes cpu.max, and reads microseconds', async () => {
    await put('cpuset cpu io memory pids', 'cgroup.controllers');
    const tree = findCgroupTree(mount);
    expect(tree.version).to.equal(2);
    const group = await tree.create('host1');
    expect(await read('cgroup.subtree_control')).to.equal('+cpu');
    expect(await read('attitune-lab', 'cgroup.subtree_control')).to.equal('+cpu');
    expect(await read('attitune-lab', 'host1', 'cpu.max')).to.equal('max 100000');
    expect(await group.limited()).to.equal(undefined);
    await group.limit(0.4);
    expect(await read('attitune-lab', 'host1', 'cpu.max')).to.equal('40000 100000');
    expect(await group.limited()).to.equal(0.4);
    await put('usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n', 'attitune-lab', 'host1', 'cpu.stat');
    expect(await group.cpuSeconds()).to.equal(1.5);
  });

  it('finds the groups that exist, and refuses limits that stop everything', async () => {
    await put('cpu', 'cgroup.controllers');
    const tree = findCgroupTree(mount);
    expect(await tree.existing()).to.deep.equal([]);
    await tree.create('host2');
    const group = await tree.create('host1');
    expect((await tree.existing()).map(({ host }) => host)).to.deep.equal(['host1', 'host2']);
    const error = await group.limit(0).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError).with.property('code', 'value');
  });

  it('says so where no CPU controller is mounted', () => {
    expect(() => findCgroupTree(mount))
      .to.throw(AttituneError)
      .with.property('code', 'lab');
  });
});
