import { expect } from 'chai';
import { RemoteExecutor } from '../../../core/agent/remote-executor.js';
import type { ExecutorCall } from '../../../core/model/messages.js';
import { AgentWorld, failure } from './world.js';

function remote(world: AgentWorld, patienceMs?: number): RemoteExecutor {
  return new RemoteExecutor(world.manager, 'host1', world.clock, patienceMs === undefined ? {} : { patienceMs });
}

/** Loses the next frame from one to the other. */
function loseNext(world: AgentWorld, from: string, text: RegExp): void {
  let done = false;
  world.hub.lose = (passing) => {
    if (done || passing.from !== from || !text.test(passing.text)) return false;
    done = true;
    return true;
  };
}

describe('an executor over the bus', () => {
  it('waits for a command however long it takes', async () => {
    const world = await AgentWorld.make();
    world.executor.takes.set('slow', 123_456);
    world.executor.answer = () => ({ exitCode: 7, stdout: 'out', stderr: 'err' });
    const result = await world.during(remote(world).run({ argv: ['slow'] }));
    expect(result).to.deep.equal({ exitCode: 7, stdout: 'out', stderr: 'err' });
    expect(world.executor.ran).to.deep.equal(['slow']);
  });

  for (const [what, from, text] of [
    ['question', 'manager', /"ask"/],
    ['answer', 'host1', /"answer"/],
  ] as const) {
    it(`does a command once where its ${what} is lost`, async () => {
      const world = await AgentWorld.make();
      loseNext(world, from, text);
      await world.during(remote(world).run({ argv: ['once'] }));
      loseNext(world, from, text);
      expect(await world.during(remote(world).start({ argv: ['server'] }))).to.deep.equal({ pid: 4001 });
      expect(world.executor.ran).to.deep.equal(['once']);
      expect(world.executor.started).to.deep.equal(['server']);
    });
  }

  it('goes on while the hub is away for a while', async () => {
    const world = await AgentWorld.make();
    world.executor.takes.set('slow', 20_000);
    const run = remote(world).run({ argv: ['slow'] });
    await world.clock.advance(3000);
    world.hub.stop();
    await world.clock.advance(8000);
    world.hub.start();
    expect((await world.during(run)).exitCode).to.equal(0);
    expect(world.executor.ran).to.deep.equal(['slow']);
  });

  it('does not do again what a former life of the agent had begun, and says so', async () => {
    const world = await AgentWorld.make();
    world.executor.takes.set('slow', 60_000);
    const outcome = failure(remote(world).run({ argv: ['slow'] }));
    await world.clock.advance(6000);
    world.kill();
    await world.clock.advance(2000);
    await world.begin();
    const error = await world.during(outcome);
    expect(error.code).to.equal('host-unreachable');
    expect(error.message).to.match(/started anew/);
    expect(world.executor.ran).to.deep.equal(['slow']);
    expect(await world.during(remote(world).isRunning(4001))).to.equal(false);
  });

  it('asks the next life of the agent for what does no harm twice', async () => {
    const world = await AgentWorld.make();
    world.kill();
    const write = remote(world).put('/etc/file', 'text');
    await world.clock.advance(4000);
    await world.begin();
    await world.during(write);
    expect(world.executor.files.get('/etc/file')).to.equal('text');
  });

  it('tells of an agent that stays away', async () => {
    const world = await AgentWorld.make();
    await world.agentBus.close();
    for (const call of [
      () => remote(world, 3000).run({ argv: ['true'] }),
      () => remote(world, 3000).get('/etc/file'),
    ]) {
      const began = world.clock.now();
      const error = await world.during(failure(call()));
      expect(error.code).to.equal('host-unreachable');
      expect(world.clock.now() - began).to.be.within(2900, 3500);
    }
  });

  it('cancels a command at the agent, also one whose question comes later than that', async () => {
    const world = await AgentWorld.make();
    world.executor.takes.set('slow', 60_000);
    const controller = new AbortController();
    const outcome = failure(remote(world).run({ argv: ['slow'], signal: controller.signal }));
    await world.clock.advance(1000);
    controller.abort(new Error('enough'));
    const error = await world.during(outcome);
    expect(error.code).to.equal('cancelled');
    await world.clock.advance(100_000);
    expect(world.executor.ended).to.deep.equal([]);

    const cancel: ExecutorCall = { key: 'c', method: 'cancel', of: 'late' };
    await world.during(world.manager.request('host1', 'agent.execute', cancel, { timeoutMs: 1000 }));
    const late: ExecutorCall = { key: 'late', method: 'run', command: { argv: ['slow'] } };
    const refused = await world.during(
      failure(world.manager.request('host1', 'agent.execute', late, { timeoutMs: 1000 })),
    );
    expect(refused.code).to.equal('cancelled');
  });

  it('writes and reads what is longer than a message, in parts', async () => {
    const world = await AgentWorld.make();
    // control characters take six bytes each on the wire, and pairs of units must not be torn
    const long = `${'\u0001'.repeat(200_000)}${'😀'.repeat(400_000)}end`;
    await world.during(remote(world).put('/long', long));
    expect(world.executor.files.get('/long') === long).to.equal(true);
    expect((await world.during(remote(world).get('/long'))) === long).to.equal(true);
    expect(world.manager.counts.dropped.oversized + world.agentBus.counts.dropped.oversized).to.equal(0);
    const files = [
      { path: '/a', content: 'a' },
      { path: '/long', content: long },
      { path: '/longer', content: `${long}.` },
    ];
    expect(await world.during(remote(world).ensure(files))).to.deep.equal(['/a', '/longer']);
  });

  it('says that output is too long for a message', async () => {
    const world = await AgentWorld.make();
    world.executor.answer = () => ({ exitCode: 0, stdout: 'x'.repeat(1024 * 1024), stderr: '' });
    const error = await world.during(failure(remote(world).run({ argv: ['cat', 'book'] })));
    expect(error.code).to.equal('operation-failed');
    expect(error.message).to.match(/output of cat on host1 is longer than a message/);
    const input = await world.during(failure(remote(world).run({ argv: ['cat'], input: 'x'.repeat(1024 * 1024) })));
    expect(input.code).to.equal('operation-failed');
    expect(input.message).to.match(/given for host1 is longer/);
  });

  it('refuses a signal that is none', async () => {
    const world = await AgentWorld.make();
    const error = await world.during(failure(remote(world).signal(4001, 'SIGNONE' as NodeJS.Signals)));
    expect(error.code).to.equal('value');
  });

  it('ends what runs when the agent is stopped', async () => {
    const world = await AgentWorld.make();
    world.executor.takes.set('slow', 60_000);
    const outcome = failure(remote(world).run({ argv: ['slow'] }));
    await world.clock.advance(1000);
    world.agent.stop();
    const error = await world.during(outcome);
    expect(error.code).to.equal('cancelled');
    expect(world.executor.ended).to.deep.equal([]);
  });
});
