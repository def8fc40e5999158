import { expect } from 'chai';
import type { BusMember } from '../../../core/bus/member.js';
import { AgentWorld, failure } from './world.js';

const HOUR = 3_600_000;

function ask(member: BusMember, ...lines: readonly string[]) {
  const commands = lines.map((line) => ({ argv: line.split(' ') as [string, ...string[]] }));
  return member.request('host1', 'agent.commands', { commands }, { timeoutMs: HOUR });
}

describe('sequences of commands', () => {
  it('are run one after the other, many and slow ones alike', async () => {
    const world = await AgentWorld.make();
    for (let index = 0; index < 200; index += 1) world.executor.takes.set(`c${index}`, (index * 37) % 101);
    const all = Array.from({ length: 100 }, (_, index) => ask(world.manager, `c${2 * index}`, `c${2 * index + 1}`));
    const answers = await world.during(Promise.all(all));
    expect(answers.every(({ results }) => results.length === 2)).to.equal(true);
    const order = Array.from({ length: 200 }, (_, index) => `c${index}`);
    expect(world.executor.ran).to.deep.equal(order);
    expect(world.executor.ended).to.deep.equal(order);
  });

  it('of one asker do not hold up those of another', async () => {
    const world = await AgentWorld.make();
    const other = await world.join('other', 'manager');
    world.executor.takes.set('slow', 10_000);
    const slow = ask(world.manager, 'slow', 'after');
    await world.clock.advance(10);
    await world.during(ask(other, 'quick'));
    expect(world.executor.ended).to.deep.equal(['quick']);
    await world.during(slow);
    expect(world.executor.ended).to.deep.equal(['quick', 'slow', 'after']);
  });

  it('end with the first command that fails, and the next sequence goes on', async () => {
    const world = await AgentWorld.make();
    world.executor.answer = ({ argv }) => ({ exitCode: argv[0] === 'bad' ? 3 : 0, stdout: argv[0], stderr: '' });
    const [first, second] = await world.during(
      Promise.all([ask(world.manager, 'a', 'bad', 'never'), ask(world.manager, 'next')]),
    );
    expect(first.results.map(({ stdout, exitCode }) => [stdout, exitCode])).to.deep.equal([
      ['a', 0],
      ['bad', 3],
    ]);
    expect(second.results).to.have.length(1);
    expect(world.executor.ran).to.deep.equal(['a', 'bad', 'next']);
  });

  it('say which command could not be run, or wrote more than a message takes', async () => {
    const world = await AgentWorld.make();
    world.executor.answer = ({ argv }) => ({ exitCode: 0, stdout: 'x'.repeat(600_000), stderr: argv[0] });
    const error = await world.during(failure(ask(world.manager, 'a', 'b', 'c')));
    expect(error.code).to.equal('operation-failed');
    expect(error.message).to.match(/up to 2 of 3 is longer/);
    expect(world.executor.ran).to.deep.equal(['a', 'b']);
  });

  it('are bounded for each asker', async () => {
    const world = await AgentWorld.make();
    world.executor.takes.set('slow', 1000);
    const outcomes = Array.from({ length: 1001 }, () =>
      ask(world.manager, 'slow').then(
        () => 'done',
        (error: unknown) => (error as { readonly code: string }).code,
      ),
    );
    expect(await world.during(outcomes[1000]!)).to.equal('operation-failed');
    world.agent.stop();
    expect(new Set(await world.during(Promise.all(outcomes)))).to.deep.equal(
      new Set(['operation-failed', 'cancelled']),
    );
  });
});
