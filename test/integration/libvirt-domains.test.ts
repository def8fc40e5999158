import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import { lookupDomain } from '../../wrappers/libvirt/domain.js';
import { parseLibvirtUri } from '../../wrappers/libvirt/index.js';
import { RpcConnection } from '../../wrappers/libvirt/rpc/connection.js';
import { remoteProcedures } from '../../wrappers/libvirt/rpc/procedures.js';
import { remote } from '../../wrappers/libvirt/rpc/remote-program.js';
import { remoteDomain, text } from '../../wrappers/libvirt/rpc/remote-types.js';
import { nothing, uint } from '../../wrappers/libvirt/rpc/xdr.js';
import { struct } from '../../wrappers/libvirt/rpc/xdr-composites.js';
import { openSession } from '../../wrappers/libvirt/session.js';
import { dialEndpoint } from '../../wrappers/libvirt/transports/index.js';
import { rejection } from '../contract/hypervisor-context.js';
import { startHypervisorPair } from '../support/libvirt-pair.js';
import type { LibvirtPair } from '../support/libvirt-pair.js';
import { skipWithoutPrivateLibvirt } from '../support/private-libvirt.js';

/** Calls that only others make, and leave behind what a definition is kept for. */
const others = {
  domainManagedSave: remote(182, struct({ dom: remoteDomain, flags: uint }), nothing, 'long'),
  domainSnapshotCreateXML: remote(
    185,
    struct({ dom: remoteDomain, xml: text, flags: uint }),
    struct({ snap: struct({ name: text, dom: remoteDomain }) }),
    'long',
  ),
};

describe('domains of a libvirt daemon with QEMU, beyond the contract', function () {
  this.timeout(60_000);
  let folder: string;
  let pair: LibvirtPair;
  let connection: RpcConnection;
  const undo: (() => unknown)[] = [];

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    folder = await mkdtemp(join(tmpdir(), 'attitune-domains-'));
    undo.unshift(() => rm(folder, { recursive: true, force: true }));
    pair = await startHypervisorPair();
    undo.unshift(() => pair.stop());
    connection = await openSession({
      host: 'host1',
      clock: new SystemClock(),
      dial: dialEndpoint,
      connectTimeoutMs: 5000,
      uri: parseLibvirtUri(`qemu+unix:///system?socket=${pair.daemons[0]!.socket}`),
    });
    undo.unshift(() => {
      connection.close(remoteProcedures.connectClose);
    });
  });
  after(async () => {
    for (const step of undo) await step();
  });

  it('are forgotten with their saved memory and what is known of their snapshots; disks stay', async () => {
    const { source } = pair;
    const disk = join(folder, 'disk.qcow2');
    expect(spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '8M']).status).to.equal(0);
    await source.define({ ...pair.idleGuest('kept'), disks: [{ path: disk, format: 'qcow2' }] });
    const dom = await lookupDomain(connection, 'kept');
    const xml = '<domainsnapshot><name>before</name></domainsnapshot>';
    await connection.call(others.domainSnapshotCreateXML, { dom, xml, flags: 0 });
    await source.start('kept');
    await connection.call(others.domainManagedSave, { dom: await lookupDomain(connection, 'kept'), flags: 0 });
    // libvirt itself refuses to forget it as it is
    const plain = connection.call(remoteProcedures.domainUndefine, { dom });
    await rejection(plain, 'domain-state');
    await source.undefine('kept');
    expect(await source.list()).to.deep.equal([]);
    const { stdout } = spawnSync('qemu-img', ['snapshot', '-l', disk], { encoding: 'utf8' });
    expect(stdout).to.include('before');
  });

  it('keep their size where neither the machine nor the guest gives CPUs back', async () => {
    const { source } = pair;
    await source.define({ ...pair.idleGuest('large'), vcpus: 2, maxVcpus: 4, maxMemoryMiB: 64 });
    await source.start('large');
    expect(await source.scale('large', { vcpus: 3, memoryMiB: 64 })).to.deep.equal({ vcpus: 3, memoryMiB: 64 });
    const error = await rejection(source.scale('large', { vcpus: 1, memoryMiB: 48 }), 'domain-state');
    expect(error.message).to.include('keeps its 3 virtual CPUs').and.include('agent');
    expect((await source.statistics())[0]).to.include({ name: 'large', vcpus: 3 });
    expect((await source.describe('large')).description).to.include({ vcpus: 3, memoryMiB: 64 });
    await source.destroy('large');
    expect(await source.scale('large', { vcpus: 1 })).to.deep.equal({ vcpus: 1, memoryMiB: 64 });
    await source.undefine('large');
  });

  it('tell each round of their migration', async () => {
    const { source, target, migration } = pair;
    const rounds: number[] = [];
    const subscription = await source.onMigrationIteration(({ domain, iteration }) => {
      if (domain === 'moving') rounds.push(iteration);
    });
    await source.create(pair.busyGuest('moving'));
    await source.migrate('moving', migration, { bandwidthMiBps: 200 });
    expect(rounds[0]).to.equal(1);
    expect(rounds).to.deep.equal([...rounds].sort((a, b) => a - b));
    subscription.unsubscribe();
    await target.destroy('moving');
  });

  it('compare the CPUs that others ask for with what their host has', async () => {
    const { source } = pair;
    const asking = (model: string, feature = '') =>
      `<cpu mode="custom" match="exact"><model>${model}</model>${feature}</cpu>`;
    expect(await source.compareCpu(asking('qemu64'))).to.be.oneOf(['identical', 'superset']);
    expect(await source.compareCpu(asking('qemu64', '<feature policy="require" name="avx512f"/>'))).to.equal(
      'incompatible',
    );
    await rejection(source.compareCpu(asking('nonsense')), 'hypervisor');
    const { capabilities } = await connection.call(remoteProcedures.connectGetCapabilities, undefined);
    const own = /<cpu>.*?<\/cpu>/s.exec(capabilities)?.[0] ?? expect.fail('no CPU');
    expect(await source.compareCpu(own), 'what a passed-through CPU asks for').to.equal('identical');
  });
});
