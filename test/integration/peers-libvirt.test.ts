import { expect } from 'chai';
import { BusMember } from '../../core/bus/member.js';
import { MemoryHub } from '../../core/bus/memory-hub.js';
import { WebSocketHub } from '../../core/bus/websocket/index.js';
import { SystemClock } from '../../core/model/clock.js';
import type { MigrationHost } from '../../wrappers/vm/migrate-vm.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import { SeededRandom } from '../../core/model/random.js';
import { HypervisorPeerHost } from '../../core/peers/hypervisor-peer-host.js';
import { PeerNode } from '../../core/peers/peer-node.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { migrateVm } from '../../wrappers/vm/migrate-vm.js';
import { AgentProcess } from '../support/agent-process.js';
import { eventually } from '../support/eventually.js';
import { startHypervisorPair, type LibvirtPair } from '../support/libvirt-pair.js';
import { libraryDiagram, peerDiagrams, peerEngine } from '../support/peer-world.js';
import { skipWithoutPrivateLibvirt } from '../support/private-libvirt.js';
import { BUS_TOKEN } from '../support/bus-token.js';

/** The guests that are on a host. */
const guests = async (pair: LibvirtPair, side: 'source' | 'target') =>
  (await pair[side].list()).map(({ name }) => name).sort();

describe('peers on two real libvirt daemons', function () {
  this.timeout(120_000);
  let pair: LibvirtPair;
  const stops: (() => Promise<unknown>)[] = [];

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    pair = await startHypervisorPair();
    stops.push(() => pair.stop());
  });

  afterEach(async () => {
    // the pair stays for the next test, empty
    for (const stop of stops.splice(1).reverse()) await stop();
    for (const side of ['source', 'target'] as const)
      for (const name of await guests(pair, side)) await pair[side].destroy(name);
  });
  after(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  it('a host that is to be shut down gives both its guests away, live', async () => {
    for (const name of ['peer-a', 'peer-b']) await pair.source.create(pair.idleGuest(name));
    const clock = new SystemClock();
    const hub = new MemoryHub({ clock });
    const queue = new MigrationQueue();
    const executor = new LocalExecutor({ node: 'here' });
    const hosts: readonly MigrationHost[] = [
      { name: 'host1', hypervisor: pair.source, migrationUri: 'unused' },
      { name: 'host2', hypervisor: pair.target, migrationUri: pair.migration.uri },
    ];
    const notices: string[] = [];
    for (const [index, from] of hosts.entries()) {
      const { name, hypervisor } = from;
      const random = new SeededRandom(index + 1);
      const bus = await BusMember.open(hub.transport(), { name, role: 'agent', clock, random });
      stops.push(() => bus.close());
      const host = new HypervisorPeerHost({
        ...{ host: { name, hypervisor, executor, cpuCapacity: () => 2 }, clock, sampleMs: 200 },
        migrate: (domain, to, signal) => {
          const target = hosts.find((each) => each.name === to)!;
          return migrateVm({ domain, from, to: target, hosts, queue, clock, signal, report: () => undefined });
        },
      });
      const node = new PeerNode({
        ...{ bus, host, engine: peerEngine, clock, random, diagrams: peerDiagrams(), everyMs: 500, settleMs: 100 },
        policy: libraryDiagram(index === 0 ? 'peer-leave' : 'peer-keep-count'),
        contacts: () => ['host1', 'host2'],
        onNotice: (text) => notices.push(text),
      });
      stops.push(() => host.close());
      stops.push(() => node.stop());
      node.start();
    }
    await eventually(async () => (await guests(pair, 'source')).length === 0, 60_000, 'both guests on host2');
    expect(await guests(pair, 'target'), notices.join('\n')).to.deep.equal(['peer-a', 'peer-b']);
    expect(notices.filter((text) => / moved from host1 to host2 in /.test(text))).to.have.length(2);
  });

  it('attitune agent --peer on both: one leaves, the other one takes what it has', async () => {
    await pair.source.create(pair.idleGuest('peer-c'));
    const hub = new WebSocketHub({ clock: new SystemClock(), graceMs: 500, token: BUS_TOKEN });
    stops.push(() => hub.close());
    const { url } = await hub.listen('127.0.0.1', 0);
    const [first] = pair.daemons;
    const socketOf = (name: string) => first!.socket.replace('/host1/', `/${name}/`);
    const libvirt = (name: string) => `qemu+unix:///system?socket=${socketOf(name)}`;
    const agents = Object.entries({ host1: 'peer-leave', host2: 'peer-keep-count' }).map(([name, policy]) => {
      const peer = ['--peer', `library:${policy}`, '--peer-every', '1 s', '--peer-uri', libvirt('{}')];
      return new AgentProcess('--bus', url, '--name', name, '--connect', libvirt(name), ...peer);
    });
    for (const agent of agents) stops.push(() => agent.end('SIGTERM'));
    const said = () => agents.map((agent) => agent.said).join('\n');
    await eventually(async () => (await guests(pair, 'target')).includes('peer-c'), 60_000, 'peer-c on host2').catch(
      (error: unknown) => expect.fail(`${String(error)}\n${said()}`),
    );
    await eventually(() => Promise.resolve(said().includes('peer-c moved from host1 to host2')), 10_000, 'told');
    expect(await guests(pair, 'source')).to.deep.equal([]);
    expect(said()).to.contain('host1 is overloaded').and.to.contain('host2 is underloaded');
  });
});
