import { expect } from 'chai';
import type { BusMember } from '../../../core/bus/member.js';
import { AgentWorld, failure } from './world.js';

const QUESTIONS = {
  'agent.control': { everyMs: 1000 },
  'agent.probes': { probes: [] },
  'agent.execute': { key: 'k', method: 'run', command: { argv: ['true'] } },
  'agent.commands': { commands: [{ argv: ['true'] }] },
} as const;

/** What each of an agent's commands is refused with, by question; nothing for those that are taken. */
async function refusals(world: AgentWorld, member: BusMember): Promise<readonly string[]> {
  const asked = Object.entries(QUESTIONS) as [keyof typeof QUESTIONS, never][];
  const codes = asked.map(([question, body]) =>
    member.request('host1', question, body, { timeoutMs: 4000 }).then(
      () => undefined,
      (error: unknown) => (error as { readonly code: string }).code,
    ),
  );
  return (await world.during(Promise.all(codes))).filter((code) => code !== undefined);
}

const REFUSED = Array.from({ length: 4 }, () => 'not-permitted');

describe('who may give commands to an agent', () => {
  it('is by default every member of role manager, and nobody else', async () => {
    const world = await AgentWorld.make();
    // it has no probe registry, which is another refusal
    expect(await refusals(world, world.manager)).to.deep.equal(['unknown-measure']);
    for (const role of ['client', 'agent', 'Manager'])
      expect(await refusals(world, await world.join(`a-${role}`, role)), role).to.deep.equal(REFUSED);
    expect(world.executor.ran).to.deep.equal(['true', 'true']);
  });

  it('is by name where names are given, whatever the role', async () => {
    const world = await AgentWorld.make({ managers: ['admin', 'boss'] });
    expect(await refusals(world, world.manager)).to.deep.equal(REFUSED);
    expect(await refusals(world, await world.join('admin', 'client'))).to.deep.equal(['unknown-measure']);
  });

  it('is nobody where the list is empty', async () => {
    const world = await AgentWorld.make({ managers: [] });
    expect(await refusals(world, world.manager)).to.deep.equal(REFUSED);
    const error = await world.during(failure(world.manager.request('host1', 'agent.control', {}, { timeoutMs: 1000 })));
    expect(error.message).to.match(/commands of nobody only, and not of manager/);
  });

  it('is counted and told of with the next heartbeat', async () => {
    const world = await AgentWorld.make();
    const stranger = await world.join('stranger', 'client');
    await refusals(world, stranger);
    await world.clock.advance(5000);
    expect(world.heartbeats.at(-1)?.troubles).to.deep.equal({
      refused: '4 commands were refused, the last one of stranger.',
    });
  });

  it('does not refuse a manager whose question comes as it joins', async () => {
    const world = await AgentWorld.make();
    await refusals(world, world.manager);
    const second = await world.join('second', 'manager');
    expect(await refusals(world, second)).to.deep.equal(['unknown-measure']);
  });
});
