import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import type { ConnectionChange, DomainStatistics, Hypervisor } from '../../../core/model/hypervisor.js';
import { AgentWorld, failure } from './world.js';

class Statistics {
  readonly uri = 'test:///default';
  answer: () => Promise<readonly DomainStatistics[]> = () => Promise.resolve([]);
  calls = 0;
  #listener: (change: ConnectionChange) => void = () => undefined;

  statistics() {
    this.calls += 1;
    return this.answer();
  }
  onConnection(listener: (change: ConnectionChange) => void) {
    this.#listener = listener;
    return { unsubscribe: () => undefined };
  }
  tell(change: ConnectionChange) {
    this.#listener(change);
  }
}

const vm = (name: string, cpuSeconds: number, uuid = name): DomainStatistics => ({
  name,
  uuid,
  state: 'running',
  cpuSeconds,
  vcpus: 2,
  memoryMiB: 384,
  maxMemoryMiB: 512,
});

describe('heartbeats of an agent', () => {
  it('come at once and then at the interval, with machine and cores', async () => {
    const world = await AgentWorld.make();
    await world.clock.advance(15_000);
    expect(world.heartbeats.map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3, 4]);
    const gaps = world.heartbeats.slice(1).map(({ heardAt }, index) => heardAt - world.heartbeats[index]!.heardAt);
    expect(gaps).to.deep.equal([5000, 5000, 5000]);
    expect(world.heartbeats[0]).to.deep.equal({
      heardAt: 1_700_000_000_000,
      agent: 'host1',
      sequence: 1,
      everyMs: 5000,
      accepting: false,
      server: { load: [1.5, 1, 0.5], cpu: 0.4, memoryTotalMiB: 4096, memoryFreeMiB: 1024 },
      cores: [0.7, 0.1],
      probes: 0,
      troubles: {},
    });
  });

  it('change their interval remotely, and at once', async () => {
    const world = await AgentWorld.make();
    const answer = await world.during(
      world.manager.request('host1', 'agent.control', { everyMs: 1000 }, { timeoutMs: 1000 }),
    );
    expect(answer).to.deep.equal({ everyMs: 1000, accepting: false });
    await world.clock.advance(3000);
    expect(world.heartbeats.map(({ everyMs }) => everyMs)).to.deep.equal([5000, 1000, 1000, 1000, 1000]);
    for (const everyMs of [99, 3_600_001]) {
      const request = world.manager.request('host1', 'agent.control', { everyMs }, { timeoutMs: 1000 });
      const refused = await world.during(failure(request));
      expect(refused.code).to.equal('value');
    }
    expect(world.agent.everyMs).to.equal(1000);
  });

  it('say at once whether VMs are taken in, and never yes without a hypervisor', async () => {
    const world = await AgentWorld.make({ hypervisor: new Statistics() as unknown as Hypervisor });
    expect(world.heartbeats.at(-1)?.accepting).to.equal(true);
    const ask = (accepting: boolean) =>
      world.during(world.manager.request('host1', 'agent.control', { accepting }, { timeoutMs: 1000 }));
    await ask(false);
    await world.clock.advance(10);
    expect(world.heartbeats.map(({ accepting }) => accepting)).to.deep.equal([true, false]);
    const bare = await AgentWorld.make();
    const refused = await bare.during(
      failure(bare.manager.request('host1', 'agent.control', { accepting: true }, { timeoutMs: 1000 })),
    );
    expect(refused.code).to.equal('hypervisor');
  });

  it('tell VMs by one call, with the CPUs that each used since the one before', async () => {
    const hypervisor = new Statistics();
    let seconds = 100;
    hypervisor.answer = () => Promise.resolve([vm('okvm1', seconds), vm('okvm2', 5, `life ${seconds > 110 ? 2 : 1}`)]);
    const world = await AgentWorld.make({ hypervisor: hypervisor as unknown as Hypervisor });
    seconds = 107.5;
    await world.clock.advance(5000);
    seconds = 115;
    await world.clock.advance(5000);
    const expected = { state: 'running', memoryMiB: 384, vcpus: 2 };
    expect(world.heartbeats.map(({ vms }) => vms)).to.deep.equal([
      [
        { name: 'okvm1', ...expected },
        { name: 'okvm2', ...expected },
      ],
      [
        { name: 'okvm1', ...expected, cpus: 1.5 },
        { name: 'okvm2', ...expected, cpus: 0 },
      ],
      [
        { name: 'okvm1', ...expected, cpus: 1.5 },
        { name: 'okvm2', ...expected },
      ],
    ]);
    expect(hypervisor.calls).to.equal(3);
  });

  it('are not held up by a part that hangs or fails: it is left out and told of', async () => {
    const hypervisor = new Statistics();
    hypervisor.answer = () => new Promise(() => undefined);
    const world = await AgentWorld.make({ hypervisor: hypervisor as unknown as Hypervisor });
    world.machine.failing.set('cores', 'no such file');
    await world.clock.advance(10_000);
    const [first, second, third] = world.heartbeats;
    expect(first!.vms).to.equal(undefined);
    expect(first!.troubles['vms']).to.match(/longer than 1000 ms/);
    expect(second!.server).to.be.an('object');
    expect(second!.cores).to.equal(undefined);
    expect(second!.troubles['cores']).to.equal('It cannot be read: no such file');
    expect(second!.troubles['vms']).to.match(/before this one/);
    // the first one waited for it, the later ones do not
    expect(second!.heardAt - first!.heardAt).to.equal(4000);
    expect(third!.heardAt - second!.heardAt).to.equal(5000);
    expect(hypervisor.calls).to.equal(1);
    hypervisor.answer = () => Promise.resolve([vm('okvm1', 1)]);
    world.machine.failing.clear();
    await world.clock.advance(40_000);
    expect(world.heartbeats.at(-1)?.vms).to.have.length(1);
    expect(world.heartbeats.at(-1)?.troubles).to.deep.equal({});
  });

  it('tell that the connection to the hypervisor is lost', async () => {
    const hypervisor = new Statistics();
    const world = await AgentWorld.make({ hypervisor: hypervisor as unknown as Hypervisor });
    hypervisor.tell({ connected: false, reason: new AttituneError('host-unreachable', 'libvirt is gone') });
    await world.clock.advance(5000);
    expect(world.heartbeats.at(-1)?.troubles).to.deep.equal({ hypervisor: 'libvirt is gone' });
    hypervisor.tell({ connected: true });
    await world.clock.advance(5000);
    expect(world.heartbeats.at(-1)?.troubles).to.deep.equal({});
  });

  it('are not kept for later while there is no connection, and come at once when there is one', async () => {
    const world = await AgentWorld.make();
    world.hub.disconnect('host1');
    await world.clock.advance(3000);
    world.hub.reconnect('host1');
    await world.clock.advance(10);
    expect(world.heartbeats).to.have.length(2);
    world.hub.stop();
    await world.clock.advance(60_000);
    world.hub.start();
    await world.clock.advance(10);
    expect(world.heartbeats.map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
  });

  it('end with the agent', async () => {
    const world = await AgentWorld.make();
    world.agent.stop();
    await world.clock.advance(60_000);
    expect(world.heartbeats).to.have.length(1);
  });
});

describe('an agent', () => {
  it('describes itself to everybody', async () => {
    const world = await AgentWorld.make();
    const guest = await world.join('guest', 'client');
    const answer = await world.during(guest.request('host1', 'agent.describe', {}, { timeoutMs: 1000 }));
    expect(answer).to.deep.equal({
      name: 'host1',
      version: '1.2.3',
      kind: 'host',
      machine: 'a test',
      startedAt: 1_700_000_000_000,
      measures: [],
    });
  });

  it('refuses an interval that cannot be when it is made', async () => {
    const error = await failure(AgentWorld.make({ everyMs: 0 }));
    expect(error.code).to.equal('value');
  });
});
