import { expect } from 'chai';
import { diagramOf, libraryDiagram, PeerWorld, vm, type PeerPlan } from '../../support/peer-world.js';

const balance = libraryDiagram('peer-balance');
const adaptive = libraryDiagram('peer-adaptive');
const MINUTE = 60_000;

const host = (name: string, loads: readonly number[], more: Partial<PeerPlan> = {}): PeerPlan => ({
  ...{ name, policy: balance, memoryMiB: 8192 },
  vms: loads.map((load, index) => vm(`${name}-vm${index + 1}`, 512, load)),
  ...more,
});

describe('a peer', function () {
  this.timeout(60_000);

  it('moves nothing at its first look, and nothing once everybody is content', async () => {
    const world = await PeerWorld.of([host('a', [1, 1, 1]), host('b', []), host('c', [])], 1);
    await world.clock.advance(MINUTE);
    expect(world.moves).to.equal(0);
    await world.clock.advance(20 * MINUTE);
    expect(world.moves).to.equal(2);
    await world.clock.advance(60 * MINUTE);
    expect(world.moves).to.equal(2);
    await world.close();
  });

  it('asks those of its own cell first, and those of others only where nobody there helps', async () => {
    const near = [host('a', [1, 1], { cell: 'x' }), host('b', [], { cell: 'x' }), host('c', [], { cell: 'y' })];
    const world = await PeerWorld.of(near, 2);
    await world.clock.advance(20 * MINUTE);
    await world.close();
    expect(world.distribution['b']).to.have.length(1);
    const far = await PeerWorld.of([near[0]!, host('b', [1], { cell: 'x' }), near[2]!], 2);
    await far.clock.advance(20 * MINUTE);
    await far.close();
    expect(far.distribution['b']).to.have.length(1);
    expect(far.distribution['c']).to.have.length(1);
  });

  it('helps itself on its own host first, and asks others when that was not enough', async () => {
    const world = await PeerWorld.of([host('a', [1, 1]), host('b', [])], 3);
    // it would always find something to change
    world.hosts.get('a')!.adapt = () => Promise.resolve(['vm1 has the CPU weight 150']);
    await world.clock.advance(20 * MINUTE);
    await world.close();
    expect(world.nodes.get('a')?.counts.rounds).to.include({ adapted: 1, moved: 1 });
    expect(world.notices.indexOf('vm1 has the CPU weight 150')).to.be.lessThan(
      world.notices.findIndex((text) => text.includes(' moved from a to b')),
    );
  });

  it('decides nothing on readings that are missing, impossible, or too late', async () => {
    const world = await PeerWorld.of([host('a', [1, 1, 1]), host('b', [])], 4);
    const machine = world.hosts.get('a')!;
    const read = machine.readings.bind(machine);
    machine.readings = () => Promise.reject(new Error('no answer'));
    await world.clock.advance(5 * MINUTE);
    machine.readings = async () => ({ ...(await read()), cpuLoadOne: Number.NaN });
    await world.clock.advance(5 * MINUTE);
    machine.readings = () => new Promise(() => undefined);
    await world.clock.advance(5 * MINUTE);
    expect(world.moves).to.equal(0);
    expect(world.nodes.get('a')?.role).to.equal(undefined);
    expect(world.notices.filter((text) => text.startsWith('a decides nothing'))).to.have.length(3);
    machine.readings = read;
    await world.clock.advance(20 * MINUTE);
    expect(world.moves).to.equal(1);
    await world.close();
  });

  it('takes nothing in where it is told not to, whatever its policy says', async () => {
    const world = await PeerWorld.of([host('a', [1, 1]), host('b', [])], 5, { accepting: () => false });
    await world.clock.advance(20 * MINUTE);
    expect(world.moves).to.equal(0);
    await world.close();
  });

  it('needs fewer moves where it thinks before it chooses', async () => {
    const loads = [0.2, 0.2, 0.2, 0.2, 1.2];
    const moves = { simulated: 0, random: 0 };
    for (const choice of ['simulated', 'random'] as const) {
      for (let seed = 1; seed <= 10; seed += 1) {
        const free = { loadLow: '0.9', load: '1.5' };
        const plans = [host('a', loads), ...['b', 'c', 'd'].map((name) => host(name, [], { parameters: free }))];
        const world = await PeerWorld.of(plans, seed, { choice });
        await world.clock.advance(60 * MINUTE);
        expect(world.nodes.get('a')?.role).to.not.equal('overloaded');
        moves[choice] += world.moves;
        await world.close();
      }
    }
    expect(moves.simulated).to.equal(10);
    expect(moves.random).to.be.greaterThan(15);
  });

  it('adapts to how the others are: with all as busy as itself it is content', async () => {
    const four = ['a', 'b', 'c', 'd', 'e'].map((name) => host(name, [1, 1, 1], { policy: adaptive }));
    const same = await PeerWorld.of(four, 6, { adapting: true });
    await same.clock.advance(20 * MINUTE);
    expect(same.moves).to.equal(0);
    expect([...same.nodes.values()].map(({ role }) => role)).to.deep.equal(four.map(() => 'idle'));
    await same.close();
    const loads = [
      [1, 1, 1, 1, 1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1, 1],
    ];
    const uneven = await PeerWorld.of(
      four.map((plan, index) => host(plan.name, loads[index]!, { policy: adaptive })),
      6,
      { adapting: true },
    );
    await uneven.clock.advance(60 * MINUTE);
    expect(Object.values(uneven.distribution).map(({ length }) => length)).to.deep.equal([3, 3, 3, 3, 3]);
    expect(uneven.moves).to.equal(3);
    await uneven.close();
  });

  it('that was cut off finds the others again, and is helped then', async () => {
    const world = await PeerWorld.of([host('a', [1, 1, 1]), host('b', []), host('c', []), host('d', [1])], 7);
    world.hub.partition(['a'], ['b', 'c', 'd']);
    await world.clock.advance(20 * MINUTE);
    expect(world.moves).to.equal(0);
    world.hub.heal();
    await world.clock.advance(30 * MINUTE);
    expect(world.moves).to.equal(2);
    await world.close();
  });

  it('sends no more than a bounded number of messages, overloaded and without help', async () => {
    const plans = Array.from({ length: 30 }, (_, index) => host(`p${index}`, [1, 1, 1]));
    const world = await PeerWorld.of(plans, 8);
    await world.clock.advance(60 * MINUTE);
    expect(world.moves).to.equal(0);
    for (const { name } of plans) expect(world.hub.carried(name).sent, name).to.be.lessThan(60 * (2 + 6));
    await world.close();
  });

  it('refuses a diagram that is no policy, before anything is started', async () => {
    const none = diagramOf(
      '<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="none"><state id="idle"/></scxml>',
    );
    const error: unknown = await PeerWorld.of([{ name: 'a', policy: none }], 1).catch((reason: unknown) => reason);
    expect(String(error)).to.contain('"none" is no policy of peers: it has no state "overloaded"');
  });
});
