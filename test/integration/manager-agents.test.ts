import { readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { AgentStatus } from '../../core/model/manager-status.js';
import { PkiFolder } from '../../core/pki/index.js';
import { eventually } from '../support/eventually.js';
import { ManagerFleet, NamespaceHosts, type RunningCommand } from '../support/manager-fleet.js';
import { skipUnless } from '../support/skip.js';

const HOSTS = ['h1', 'h2', 'h3'];
const BUS = `wss://${NamespaceHosts.gate}:7421`;
const FILE = 'fleet.deployment.xml';

const deployment = (hosts: NamespaceHosts) => `<deployment xmlns="urn:attitune:deployment:1" name="fleet">
  <hosts family="front" hypervisor="none"><host name="h1" uri="agent://${hosts.address('h1')}"/></hosts>
  <hosts family="back" hypervisor="none">
    <host name="h2" uri="agent://${hosts.address('h2')}"/><host name="h3" uri="agent://${hosts.address('h3')}"/>
  </hosts>
  <component class="Balancer" wrapper="program" hosts="front"><attribute name="folder" value="FOLDER"/></component>
  <component class="Worker" wrapper="program" hosts="back"><attribute name="folder" value="FOLDER"/></component>
  <event name="backup" of="Worker"/>
  <probe name="load" measure="load" of="back" every="500 ms"/>
  <diagram src="start.scxml" role="start"/>
  <diagram src="stop.scxml" role="stop"/>
</deployment>`;

const WRAPPER = `<wrapper xmlns="urn:attitune:wrapper:1" name="program" description="of a test">
  <attribute name="folder"/>
  <attribute name="pid" runtime="true"/>
  <method name="start" key="process" method="start">
    <param value="sleep"/><param value="600"/><param value="log:$folder/\${srname}.log"/>
  </method>
  <method name="stop" key="process" method="stop"><param value="grace:2 s"/></method>
</wrapper>`;

const roleDiagram = (role: string) =>
  `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="${role}" datamodel="ecmascript" initial="on">
  <state id="on"><invoke id="i" type="attitune" src="all.${role}"/><transition event="done.invoke.i" target="end"/></state>
  <final id="end"/>
</scxml>`;

/** One story, told in order: the manager and three agents in network namespaces of their own, over TLS. */
describe('attitune manager with agents on other machines', function () {
  this.timeout(60_000);
  let hosts: NamespaceHosts;
  let fleet: ManagerFleet;
  let manager: RunningCommand;
  const agents = new Map<string, RunningCommand>();

  const beginManager = () => {
    const listen = ['--listen', `${NamespaceHosts.gate}:7421`, '--pki', fleet.path(`pki/hosts/${NamespaceHosts.gate}`)];
    manager = fleet.start(['manager', FILE, '--state', fleet.path('state'), ...listen], hosts.on('gate'));
  };
  const beginAgent = (name: string, ...more: readonly string[]) => {
    const options = ['--bus', BUS, '--name', name, '--every', '1 s', '--no-hypervisor', ...more];
    return fleet.start(['agent', ...options, '--pki', fleet.path(`pki/hosts/${name}`)], hosts.on(name));
  };
  const ask = (...args: readonly string[]) =>
    fleet.run([...args, '--bus', BUS, '--pki', fleet.path('pki/clients/me')], hosts.on('gate'));
  const listed = async () => (JSON.parse((await ask('agents', '--json')).text) as { agents: AgentStatus[] }).agents;
  const times = (text: string) => manager.talk.text.split(text).length - 1;
  const spaceOf = (pid: number) => readlinkSync(`/proc/${pid}/ns/net`);

  before(async function () {
    skipUnless(this, { root: true, programs: { ip: 'iproute2' } });
    hosts = new NamespaceHosts(HOSTS);
    fleet = new ManagerFleet({
      [FILE]: deployment(hosts),
      'program.wrapper.xml': WRAPPER,
      'start.scxml': roleDiagram('start'),
      'stop.scxml': roleDiagram('stop'),
    });
    const now = new Date();
    const pki = await PkiFolder.init(fleet.path('pki'), { name: 'a test' }, now);
    for (const name of [NamespaceHosts.gate, ...HOSTS]) await pki.issueHost(name, {}, now);
    await pki.issueClient('me', {}, now);
  });
  after(async () => {
    await (fleet as ManagerFleet | undefined)?.dispose(FILE);
    (hosts as NamespaceHosts | undefined)?.remove();
  });

  it('waits for the agents that it needs, and starts software on their hosts', async () => {
    beginManager();
    await manager.said(/is on the bus at wss:/);
    for (const name of HOSTS) agents.set(name, beginAgent(name));
    await manager.said(/Running\./);
    const pids = fleet.processes(FILE);
    expect(pids).to.have.length(2);
    const spaces = (name: string) => spaceOf(agents.get(name)!.pid);
    expect(pids.map(spaceOf).sort()).to.deep.equal([spaces('h1'), spaces('h2')].sort());
  });

  it('tells how its agents are, and how the system is', async () => {
    // what was assigned a moment ago is in the next heartbeat
    const probing = async () => {
      const all = await listed();
      return all.filter(({ probes }) => probes === 1).length === 2 && all;
    };
    const rows = await eventually(probing, 20_000, 'two agents probe');
    expect(rows.map(({ name, state, host }) => `${name} ${state} ${host}`)).to.deep.equal([
      'h1 alive true',
      'h2 alive true',
      'h3 alive true',
    ]);
    for (const { load, memoryTotalMiB, ageMs } of rows) {
      expect(load).to.have.length(3);
      expect(memoryTotalMiB).to.be.greaterThan(0);
      expect(ageMs).to.be.lessThan(5000);
    }
    expect(rows.map(({ probes }) => probes)).to.deep.equal([0, 1, 1]);
    const { text, code } = await ask('status');
    expect(code).to.equal(0);
    expect(text)
      .to.match(/fleet is running: manager fleet/)
      .and.match(/Worker_1\s+│ Worker\s+│ started\s+│ h2/);
    const emitted = await ask('emit', 'backup', 'Worker_1', 'now');
    expect(emitted.code, emitted.text).to.equal(0);
    await manager.said(/event\s+Worker_1\s+backup \(now\): told from outside/);
    const refused = await ask('emit', 'backup', 'Balancer_1');
    expect(refused.code, refused.text).to.equal(2);
    expect(refused.text).to.include('The event backup is about Worker');
    const set = await ask('agents', 'set', 'h3', '--every', '900 ms');
    expect(set.text).to.include('h3: a heartbeat every 0.9 s');
  });

  it('lets nobody in under the name of another, and tells so', async () => {
    const forged = await fleet.run(
      ['agent', '--bus', BUS, '--name', 'h2', '--no-hypervisor', '--pki', fleet.path('pki/hosts/h1')],
      hosts.on('h1'),
    );
    expect(forged.code).to.equal(1);
    expect(forged.text).to.match(/error certificate: .* is for h1, and cannot be used by h2/);
    const second = beginAgent('h1');
    await second.said(/Waiting for it/);
    await second.end('SIGTERM');
    await manager.said(/trouble .*h1 .*a connection was refused; it was from h1/);
    const mighty = await fleet.run(
      ['agents', 'set', 'h2', '--every', '2 s', '--bus', BUS, '--pki', fleet.path('pki/hosts/h3'), '--name', 'h3'],
      hosts.on('h1'),
    );
    expect(mighty.code).to.equal(2);
    expect(mighty.text).to.match(/error not-permitted: .*certificate of h3 is a host's, .*no manager/);
    expect((await ask('status')).text).to.match(/Messages refused: .*connection \d/);
  });

  it('tells once of an agent that is killed, whose software goes on, and that it is back', async () => {
    const before = fleet.processes(FILE);
    await agents.get('h2')!.end('SIGKILL');
    await manager.said(/event\s+h2\s+host\.failed/);
    expect(fleet.processes(FILE)).to.deep.equal(before);
    expect((await listed()).map(({ state }) => state)).to.deep.equal(['alive', 'silent', 'alive']);
    agents.set('h2', beginAgent('h2'));
    await manager.said(/event\s+h2\s+host\.reachable/);
    expect(times('host.failed')).to.equal(1);
    expect(times('process.failed')).to.equal(0);
    expect(fleet.processes(FILE)).to.deep.equal(before);
  });

  it('tells once of a host whose network is cut, and that it is back', async () => {
    hosts.cable('h3', 'down');
    await manager.said(/event\s+h3\s+host\.failed/);
    await pause(3000);
    expect(times('host.failed')).to.equal(2);
    hosts.cable('h3', 'up');
    await manager.said(/event\s+h3\s+host\.reachable/);
    expect((await listed()).map(({ state }) => state)).to.deep.equal(['alive', 'alive', 'alive']);
  });

  it('may be killed: all goes on, and the next one takes it up with the agents', async () => {
    const before = fleet.processes(FILE);
    await manager.end('SIGKILL');
    await pause(1000);
    expect(fleet.processes(FILE)).to.deep.equal(before);
    const kept = await fleet.run(['status', 'fleet', '--state', fleet.path('state')]);
    expect(kept.text)
      .to.match(/fleet, as its last manager left it \S+: running/)
      .and.match(/Worker_1.*started.*h2/);
    beginManager();
    await manager.said(/fleet is taken up/);
    await manager.said(/Running\./);
    expect(fleet.processes(FILE)).to.deep.equal(before);
    const rows = await listed();
    expect(rows.map(({ state }) => state)).to.deep.equal(['alive', 'alive', 'alive']);
    expect(manager.talk.text).to.not.match(/host\.(failed|unreachable)|process\.failed/);
  });

  it('is taken down by Ctrl-C, with what it started', async () => {
    expect(await manager.end('SIGINT')).to.equal(0);
    expect(fleet.processes(FILE)).to.deep.equal([]);
    const kept = await fleet.run(['status', 'fleet', '--state', fleet.path('state'), '--json']);
    expect(JSON.parse(kept.text)).to.deep.equal({ deployment: 'fleet', system: null });
    const events = fleet.journal('fleet').filter(({ kind }) => kind === 'event');
    expect(events.map(({ subject, text }) => `${subject} ${text.split(':')[0] ?? ''}`)).to.deep.equal([
      'Worker_1 backup (now)',
      'h2 host.failed',
      'h2 host.reachable',
      'h3 host.failed',
      'h3 host.reachable',
    ]);
    for (const agent of agents.values()) expect(await agent.end('SIGTERM')).to.equal(0);
  });
});
