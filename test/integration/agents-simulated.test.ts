import { expect } from 'chai';
import { AgentsWorld } from '../support/agents-world.js';

describe('a manager and its agents (simulated)', function () {
  this.timeout(60_000);

  it('tells of an agent that dies once, and that it is back; its software is then looked up', async () => {
    const world = await AgentsWorld.make();
    expect(world.agents.get('host1')!.executor.started).to.deep.equal(['work Work_1']);
    world.kill('host1');
    await world.clock.advance(3000);
    expect(world.told()).to.deep.equal([]);
    await world.clock.advance(60_000);
    expect(world.told()).to.deep.equal(['host.failed host1']);
    expect(world.events[0]!.why).to.match(
      /^the agent of host1 is silent: its last heartbeat came \d\.\d s ago, and 3 are missing \(one every 1 s\); it was lost by the bus/,
    );
    expect(world.state('host1')).to.equal('failed');
    expect(world.manager.system.component('Work_1').attributes.get('unseen')).to.equal('yes');
    await world.bear('host1');
    await world.clock.advance(2000);
    expect(world.told()).to.deep.equal(['host.failed host1', 'host.reachable host1']);
    expect(world.state('host1')).to.equal('started');
    expect(world.state('Work_1')).to.equal('started');
    expect(world.manager.system.component('Work_1').attributes.has('unseen')).to.equal(false);
  });

  it('tells of software that ended while its agent was silent', async () => {
    const world = await AgentsWorld.make();
    world.kill('host1');
    await world.clock.advance(10_000);
    world.agents.get('host1')!.executor.started.pop();
    await world.bear('host1');
    await world.clock.advance(2000);
    expect(world.told()).to.deep.equal(['host.failed host1', 'host.reachable host1', 'process.failed Work_1']);
    expect(world.state('Work_1')).to.equal('failed');
  });

  it('tells each way to a host once, and that the host is back when both are', async () => {
    const world = await AgentsWorld.make();
    const { faults } = world.infrastructure;
    world.kill('host1');
    await world.clock.advance(10_000);
    faults.hostUnreachable('host1');
    await world.clock.advance(10_000);
    expect(world.told()).to.deep.equal(['host.failed host1', 'host.unreachable host1']);
    await world.bear('host1');
    await world.clock.advance(10_000);
    expect(world.told()).to.have.length(2);
    expect(world.state('host1')).to.equal('failed');
    faults.hostRecovers('host1');
    await world.clock.advance(10_000);
    expect(world.told().slice(2)).to.deep.equal(['host.reachable host1']);
    expect(world.state('host1')).to.equal('started');
  });

  it('fails nobody while the manager itself is cut off, or the hub is away', async () => {
    const world = await AgentsWorld.make({}, 600_000);
    world.hub.disconnect('fleet');
    await world.clock.advance(120_000);
    world.hub.reconnect('fleet');
    await world.clock.advance(20_000);
    world.hub.stop();
    await world.clock.advance(120_000);
    world.hub.start();
    await world.clock.advance(20_000);
    expect(world.told()).to.deep.equal([]);
    expect(world.texts().filter((text) => text.includes('the bus is'))).to.have.length(4);
    // who is really gone is told all the same
    world.hub.disconnect('fleet');
    world.kill('host2');
    await world.clock.advance(60_000);
    world.hub.reconnect('fleet');
    await world.clock.advance(2000);
    expect(world.told()).to.deep.equal([]);
    await world.clock.advance(3000);
    expect(world.told()).to.deep.equal(['host.failed host2']);
  });

  it('waits for who is not there at the start, and tells so', async () => {
    const world = new AgentsWorld({ classes: [], diagrams: [] });
    await world.bearManager();
    await world.bear('host2');
    await world.clock.advance(10);
    await world.deploy();
    await world.clock.advance(600_000);
    expect(world.told()).to.deep.equal([]);
    expect(world.texts()).to.include('component host1: host1 is waiting for its agent');
    expect(world.manager.agents!.status().map(({ name, state }) => `${name} ${state}`)).to.deep.equal([
      'host1 waiting',
      'host2 alive',
    ]);
    await world.bear('host1');
    await world.clock.advance(2000);
    expect(world.texts()).to.include('component host1: the agent of host1 is heard');
    expect(world.told()).to.deep.equal([]);
  });

  it('has hosts measured by their agents, judges their readings as its own, and says when none come', async () => {
    const world = await AgentsWorld.make();
    await world.clock.advance(5000);
    const of = (host: string) => world.readings.filter(({ component }) => component === host);
    expect(of('host1').length).to.be.within(4, 6);
    expect(
      of('host1').every(({ value, unit, probe }) => value === 0 && unit === 'load' && probe === 'hostLoad'),
    ).to.equal(true);
    world.loads.set('host1', 9);
    await world.clock.advance(3000);
    expect(world.told()).to.deep.equal(['busy host1']);
    world.loads.set('host1', new Error('no /proc here'));
    await world.clock.advance(5000);
    expect(of('host1').at(-1)?.failure).to.match(/no \/proc here/);
    expect(world.texts().join('\n')).to.match(/trouble host1: Probe hostLoad cannot measure host1: no \/proc here/);
    const before = world.told().length;
    world.hub.lose = ({ from, channel }) => from === 'host1' && channel === 't:reading';
    world.loads.set('host1', 9);
    await world.clock.advance(10_000);
    expect(of('host1').at(-1)?.failure).to.match(/The agent host1 has sent no reading for \d+ s/);
    expect(of('host2').at(-1)?.value).to.equal(0);
    expect(world.told()).to.have.length(before);
    world.hub.lose = undefined;
    await world.clock.advance(5000);
    expect(of('host1').at(-1)?.value).to.equal(9);
  });

  it('gives an agent its probes again when it was begun anew, and has none measured after it is taken down', async () => {
    const world = await AgentsWorld.make();
    await world.clock.advance(3000);
    world.kill('host1');
    await world.clock.advance(500);
    await world.bear('host1');
    await world.clock.advance(3000);
    expect(world.manager.agents!.status().map(({ probes }) => probes)).to.deep.equal([1, 1]);
    const measured = world.readings.length;
    await world.clock.advance(3000);
    expect(world.readings.length - measured).to.be.at.least(5);
    await world.clock.runUntil(world.manager.undeploy().catch(() => undefined));
    await world.clock.advance(2000);
    expect(world.directory.all().map(({ heartbeat }) => heartbeat?.probes)).to.deep.equal([0, 0]);
  });

  it('tells once of an agent that does not take its probes, and that it does', async () => {
    const world = await AgentsWorld.make();
    world.hub.lose = ({ to, channel }) => to === 'host1' && channel === 'q:agent.probes';
    world.kill('host1');
    await world.bear('host1');
    await world.clock.advance(60_000);
    const told = () => world.texts().filter((text) => /measures again|does not take its probes/.test(text));
    expect(told()).to.deep.equal([
      'trouble host1: the agent of host1 does not take its probes: host1 did not answer to agent.probes within 5 s.',
    ]);
    world.hub.lose = undefined;
    await world.clock.advance(20_000);
    expect(told().slice(1)).to.deep.equal(['component host1: the agent of host1 measures again']);
  });

  it('takes no reading of somebody else for one of its own', async () => {
    const world = await AgentsWorld.make();
    await world.clock.advance(3000);
    const reading = { probe: 'hostLoad', measure: 'load', component: 'host1', unit: 'load', durationMs: 0, value: 99 };
    for (let times = 0; times < 5; times += 1) {
      world.agents.get('host2')!.bus.publish('reading', { ...reading, at: world.clock.now() });
      await world.clock.advance(1000);
    }
    expect(world.readings.filter(({ value }) => value === 99)).to.deep.equal([]);
    expect(world.told()).to.deep.equal([]);
  });

  it('goes on with its agents when the manager is followed by another one', async () => {
    const world = await AgentsWorld.make();
    await world.clock.advance(3000);
    world.killManager();
    await world.clock.advance(30_000);
    world.events.length = 0;
    await world.bearManager();
    await world.clock.advance(2000);
    await world.deploy();
    await world.clock.advance(5000);
    expect(world.told()).to.deep.equal([]);
    expect(['host1', 'host2', 'Work_1'].map((name) => world.state(name))).to.deep.equal(Array(3).fill('started'));
    expect(world.agents.get('host1')!.executor.started).to.deep.equal(['work Work_1']);
    world.loads.set('host2', 9);
    await world.clock.advance(4000);
    expect(world.told()).to.include('busy host2');
  });

  it('counts what is forged and tells it', async () => {
    const world = await AgentsWorld.make();
    const { bus } = world.agents.get('host2')!;
    const heartbeat = { agent: 'host1', sequence: 1, everyMs: 1000, accepting: false, probes: 0, troubles: {} };
    for (let times = 0; times < 20; times += 1) bus.publish('agent.heartbeat', heartbeat);
    world.hub.inject('fleet', 't:agent.heartbeat', '{"nonsense', 'host2');
    await world.clock.advance(70_000);
    const lines = world.texts().filter((text) => text.includes('refused'));
    expect(lines).to.deep.equal([
      'trouble host2: a message was refused, not of the form that messages have; it was from host2: it is not JSON',
      'trouble host2: 20 messages were refused, naming another sender than the one that it came from; the last one was from host2: its heartbeat names host1',
    ]);
    expect(world.manager.agents!.refused()).to.include({ forged: 20, malformed: 1 });
    expect(world.manager.agents!.status()[1]).to.deep.include({ name: 'host2', refused: { forged: 20, malformed: 1 } });
  });

  it('is not deceived by a clock that is a little off, and tells of one that is far off', async () => {
    const world = new AgentsWorld();
    await world.bearManager();
    await world.bear('host1', -8000);
    await world.bear('host2', 8000);
    await world.deploy();
    world.loads.set('host1', 9);
    world.loads.set('host2', 9);
    await world.clock.advance(5000);
    expect(world.told()).to.include.members(['busy host1', 'busy host2']);
    const last = world.readings.filter(({ component }) => component === 'host2').at(-1)!;
    expect(world.clock.now() - last.at).to.be.within(0, 1100);
    world.kill('host1');
    await world.bear('host1', 45_000);
    await world.clock.advance(6000);
    const failed = world.events.filter(({ name }) => name === 'host.failed');
    expect(failed.map(({ component }) => component)).to.deep.equal(['host1']);
    expect(failed[0]!.why).to.match(/its messages are refused, for its clock is off: it was sent 45\.0 s from now/);
    const [host1] = world.manager.agents!.status();
    expect(host1).to.include({ state: 'silent' });
    expect(host1!.clock).to.match(/45\.0 s from now/);
    expect(world.texts().filter((text) => text.includes('from another time'))).to.have.length(1);
  });
});
