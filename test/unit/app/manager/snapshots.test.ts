import { expect } from 'chai';
import { askCluster } from '../../../../core/app/manager/ask-cluster.js';
import { managerOf } from '../../../../core/app/manager/ask-one.js';
import { attendDesk } from '../../../../core/app/manager/desk.js';
import { Snapshots } from '../../../../core/app/manager/snapshots.js';
import type { MemberBus } from '../../../../core/model/member-bus.js';
import { readClusterDocument } from '../../../../core/placement/document/index.js';
import { AgentsWorld } from '../../../support/agents-world.js';
import { failure } from '../../agent/world.js';

const overBus = (bus: MemberBus) =>
  askCluster(async (asks) =>
    bus.request(await managerOf(bus, undefined), 'manager.cluster', asks, { timeoutMs: 10_000 }),
  );

describe('the cluster of a manager', () => {
  it('is told to members of its bus, as its planner sees it', async () => {
    const world = await AgentsWorld.make();
    await world.clock.advance(2000);
    attendDesk(world.member, world.manager, { clock: world.clock, version: '1', phase: () => 'running' });
    const { bus } = world.agents.get('host1')!;
    const { cluster, errors } = readClusterDocument(await world.clock.runUntil(overBus(bus)), 'live');
    expect(errors).to.deep.equal([]);
    expect(cluster).to.deep.equal({ ...world.manager.cluster(), at: cluster?.at });
    expect(cluster?.hosts.map(({ name }) => name)).to.deep.equal(['host1', 'host2']);
  });

  it('is not there where no manager is', async () => {
    const world = await AgentsWorld.make();
    const { bus } = world.agents.get('host1')!;
    const error = await world.clock.runUntil(failure(overBus(bus)));
    expect(error).to.include({ code: 'no-answer' });
  });

  it('goes in parts of one moment where it is long', () => {
    let made = 0;
    const snapshots = new Snapshots(() => `${(made += 1)}`.repeat(600_000));
    let answer = snapshots.answer(undefined);
    let text = answer.text;
    let parts = 1;
    while (answer.more !== undefined) {
      snapshots.answer(undefined);
      answer = snapshots.answer({ snapshot: answer.snapshot, from: answer.more });
      text += answer.text;
      parts += 1;
    }
    expect(text).to.equal('1'.repeat(600_000));
    expect(parts).to.be.greaterThan(2);
  });

  it('is forgotten after others, and that is said', () => {
    const snapshots = new Snapshots(() => 'x'.repeat(600_000));
    const { snapshot, more = 0 } = snapshots.answer(undefined);
    for (let others = 0; others < 4; others += 1) snapshots.answer(undefined);
    expect(() => snapshots.answer({ snapshot, from: more })).to.throw(/ask for a new one/);
  });
});
