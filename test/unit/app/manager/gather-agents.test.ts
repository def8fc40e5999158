import { expect } from 'chai';
import { listenAddress } from '../../../../core/app/commands/bus-options.js';
import { gatherAgents } from '../../../../core/app/manager/ask-managers.js';
import { attendDesk } from '../../../../core/app/manager/desk.js';
import { hostAgents } from '../../../../core/app/manager/host-agents.js';
import { BusMember } from '../../../../core/bus/member.js';
import { AgentDirectory } from '../../../../core/loop/agents/index.js';
import { SeededRandom } from '../../../../core/model/random.js';
import { AgentsWorld } from '../../../support/agents-world.js';

const SIGNAL = new AbortController().signal;

describe('who asks for agents', () => {
  async function client(world: AgentsWorld): Promise<AgentDirectory> {
    const { clock, hub } = world;
    const member = await BusMember.open(hub.transport(), {
      name: 'me',
      role: 'client',
      clock,
      random: new SeededRandom(99),
    });
    return new AgentDirectory(member, clock);
  }

  it('is told what the managers know, at once', async () => {
    const world = await AgentsWorld.make();
    attendDesk(world.member, world.manager, { clock: world.clock, version: '1', phase: () => 'running' });
    await world.clock.advance(1500);
    const directory = await client(world);
    const before = world.clock.now();
    const rows = await world.clock.runUntil(gatherAgents(directory, world.clock, 60_000, SIGNAL));
    expect(world.clock.now() - before).to.be.at.most(1100);
    expect(rows.map(({ name, host, probes }) => [name, host, probes])).to.deep.equal([
      ['host1', true, 1],
      ['host2', true, 1],
    ]);
  });

  it('hears them itself where there is no manager, for as long as it waits', async () => {
    const world = new AgentsWorld();
    await world.bear('host1');
    await world.bear('host2');
    world.hub.lose = ({ from, to }) => from === 'host2' && to === 'me';
    const directory = await client(world);
    const before = world.clock.now();
    const rows = await world.clock.runUntil(gatherAgents(directory, world.clock, 4000, SIGNAL));
    expect(rows.map(({ name, state, host }) => `${name} ${state} ${host}`)).to.deep.equal([
      'host1 alive false',
      'host2 waiting false',
    ]);
    expect(world.clock.now() - before).to.be.within(5000, 5200);
  });

  it('waits as an infrastructure for those that it cannot do without, and not for ever', async () => {
    const world = new AgentsWorld();
    await world.bearManager();
    const agents = hostAgents(world.directory, world.clock, 10_000);
    const steps: string[] = [];
    const awaited = agents.awaited(['host1', 'host2'], { signal: SIGNAL, onProgress: (step) => steps.push(step) });
    await world.clock.advance(3000);
    await world.bear('host1');
    expect(agents.machine('host2')).to.equal(undefined);
    const before = world.clock.now();
    await world.clock.runUntil(awaited);
    expect(world.clock.now() - before).to.be.within(6900, 7100);
    expect(steps).to.deep.equal(['agents: waiting for host1, host2']);
    expect(agents.machine('host1')).to.deep.equal({ cpus: 2, memoryMiB: 4096 });
    await world.clock.runUntil(agents.awaited(['host1'], { signal: SIGNAL, onProgress: () => expect.fail() }));
    const stop = new AbortController();
    const cancelled = agents.awaited(['host2'], { signal: stop.signal, onProgress: () => undefined });
    stop.abort(new Error('enough'));
    expect(await cancelled.catch((error: unknown) => (error as Error).message)).to.equal('enough');
  });

  it('names where a hub listens', () => {
    expect(listenAddress('7421')).to.deep.equal({ host: '127.0.0.1', port: 7421 });
    expect(listenAddress('0.0.0.0:7421')).to.deep.equal({ host: '0.0.0.0', port: 7421 });
    expect(listenAddress('[::1]:0')).to.deep.equal({ host: '::1', port: 0 });
    for (const wrong of ['', 'host', 'host:', 'a:b:c', '1.2.3.4:99999', ':7'])
      expect(() => listenAddress(wrong), wrong).to.throw();
  });
});
