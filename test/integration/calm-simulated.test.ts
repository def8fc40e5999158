import { expect } from 'chai';
import type { JournalEntry } from '../../core/model/administration.js';
import { libraryWorld, type LibraryWorldOptions } from '../support/library-world.js';
import { MortalWorld } from '../support/mortal-world.js';

const HOUR_MS = 3_600_000;

/** Hosts that are relieved when they are hot, and kept even: whatever these two want has to agree. */
async function deployed(options: LibraryWorldOptions = {}) {
  const world = libraryWorld({ file: 'calm', ...options });
  await world.deploy();
  const moves = () => world.manager.migrations.map(({ vm, from, to }) => `${vm} ${from}>${to}`);
  const decisions = (): readonly JournalEntry[] =>
    world.manager.journal.entries.filter(({ kind, data }) => kind === 'decision' && data?.['plan'] !== undefined);
  const blind = (...hosts: readonly string[]) => {
    for (const name of hosts)
      Object.assign(world.infrastructure.host(name), { usage: () => Promise.reject(new Error('no meter')) });
  };
  return { ...world, moves, decisions, blind };
}

describe('a system that has come to rest', function () {
  this.timeout(120_000);

  it('moves nothing more for hours under constant demand, though it looks all the time', async () => {
    const world = await deployed();
    await world.pass(HOUR_MS / 2);
    const settled = world.moves();
    expect(settled).to.not.deep.equal([]);
    expect(new Set(settled.map((move) => move.split(' ')[0])).size, 'each moves once').to.equal(settled.length);
    const looked = world.decisions().length;
    await world.pass(6 * HOUR_MS);
    expect(world.moves()).to.deep.equal(settled);
    expect(world.decisions().length).to.be.greaterThan(looked + 300);
  });

  it('moves nothing where the loads of two machines change places for a moment, again and again', async () => {
    const world = await deployed();
    await world.pass(HOUR_MS / 2);
    const settled = world.moves().length;
    for (let round = 0; round < 20; round += 1) {
      const [busy, idle] = round % 2 === 0 ? ['Work_1', 'Work_4'] : ['Work_4', 'Work_1'];
      for (const [name, load] of [
        [busy, '60'],
        [idle, '5'],
      ] as const) {
        world.system.component(name).setAttribute('load', load);
        world.manager.events.raise({ name: 'operator.load', component: name, why: 'a test' });
      }
      await world.pass(90_000);
    }
    expect(world.moves().length - settled, world.moves().join(', ')).to.be.at.most(2);
  });
});

describe('a system that starts', function () {
  this.timeout(120_000);

  it('moves nothing for as long as a cool-down lasts, however uneven it is', async () => {
    const world = await deployed();
    await world.pass(100_000);
    expect(world.decisions().length).to.be.greaterThan(1);
    expect(world.moves()).to.deep.equal([]);
    expect(JSON.stringify(world.decisions().at(-1)?.data)).to.contain('"rule":"start-up"');
    await world.pass(120_000);
    expect(world.moves()).to.not.deep.equal([]);
  });

  it('moves nothing at the start of another manager either', async () => {
    const world = new MortalWorld({}, 1, 'calm');
    await world.deploy();
    await world.clock.advance(60_000);
    world.kill();
    await world.deploy();
    await world.clock.advance(100_000);
    expect(world.manager.migrations).to.deep.equal([]);
    await world.clock.advance(120_000);
    expect(world.manager.migrations).to.not.deep.equal([]);
  });

  it('remembers what has moved when another manager takes over', async () => {
    const world = new MortalWorld({}, 1, 'calm');
    await world.deploy();
    await world.clock.advance(300_000);
    const moved = world.manager.migrations.map(({ vm }) => vm).sort();
    expect(moved).to.not.deep.equal([]);
    const movesOf = () =>
      world.manager
        .cluster()
        .vms.filter(({ moves = [] }) => moves.length > 0)
        .map(({ name, moves }) => ({ name, moves }));
    const before = movesOf();
    expect(before.map(({ name }) => name).sort()).to.deep.equal(moved);
    world.kill();
    await world.deploy();
    expect(movesOf()).to.deep.equal(before);
  });

  it('goes on with the moves of a plan where the former manager was killed', async () => {
    for (const after of [500, 2000, 3500, 5000]) {
      const world = new MortalWorld({}, 1, 'calm');
      await world.deploy();
      await world.clock.runUntil(begun(world));
      await world.clock.advance(after);
      world.kill();
      await world.deploy();
      await world.clock.advance(600_000);
      const domains = await world.domains();
      expect(domains, `killed after ${after} ms`).to.have.length(8);
      const counts = ['host1', 'host2', 'host3', 'host4'].map(
        (host) => domains.filter((one) => one.endsWith(` running on ${host}`)).length,
      );
      expect(Math.max(...counts) - Math.min(...counts), `killed after ${after} ms: ${counts.join()}`).to.be.at.most(1);
    }
  });
});

/** Resolves when the first migration has begun. */
function begun(world: MortalWorld): Promise<void> {
  return new Promise((resolve) => {
    const subscription = world.bus.subscribe('migration', () => {
      subscription.unsubscribe();
      resolve();
    });
  });
}

describe('a system whose readings go stale', function () {
  this.timeout(120_000);

  it('moves nothing, and says which reading is missing', async () => {
    const world = await deployed();
    await world.pass(60_000);
    world.blind('host1', 'host2', 'host3', 'host4');
    await world.pass(HOUR_MS);
    expect(world.moves()).to.deep.equal([]);
    expect(world.decisions().at(-1)?.text).to.match(/no fresh CPU reading of host1, host2, host3, host4/);
  });

  it('moves nothing to a host that is not read, and to the others all the same', async () => {
    const world = await deployed();
    await world.pass(60_000);
    world.blind('host3');
    await world.pass(HOUR_MS);
    expect(world.moves()).to.not.deep.equal([]);
    expect(world.moves().filter((move) => move.endsWith('>host3'))).to.deep.equal([]);
  });
});
