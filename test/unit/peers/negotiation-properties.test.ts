import { expect } from 'chai';
import fc from 'fast-check';
import { SeededRandom } from '../../../core/model/random.js';
import { Reservations } from '../../../core/peers/negotiation/index.js';
import { HelpWorld, vm } from '../../support/help/help-world.js';

const NAMES = ['hp1', 'hp2', 'hp3', 'hp4', 'hp5'] as const;

/** What happens, after so many milliseconds. */
type Happening = { readonly afterMs: number } & (
  | { readonly kind: 'ask' | 'kill' | 'cut' | 'silent'; readonly peer: string }
  | { readonly kind: 'partition'; readonly left: readonly string[]; readonly copying: boolean }
  | { readonly kind: 'heal' | 'restart hub' }
  | { readonly kind: 'trouble'; readonly peer: string; readonly end: 'fails' | 'answer lost' }
);

const peer = fc.constantFrom(...NAMES);
const afterMs = fc.integer({ min: 0, max: 8000 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ afterMs, kind: fc.constant('ask' as const), peer }) },
  {
    weight: 2,
    arbitrary: fc.record({ afterMs, kind: fc.constantFrom('kill' as const, 'cut' as const, 'silent' as const), peer }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ afterMs, kind: fc.constant('partition' as const), left: fc.subarray([...NAMES], { minLength: 1 }) },
      copying: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ afterMs, kind: fc.constantFrom('heal' as const, 'restart hub' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ afterMs, kind: fc.constant('trouble' as const), peer },
      end: fc.constantFrom('fails' as const, 'answer lost' as const),
    }),
  },
);

const weather = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  mostDelayMs: fc.constantFrom(1, 50, 1500, 6000),
  lost: fc.constantFrom(0, 0.05, 0.3),
  twice: fc.constantFrom(0, 0.3),
  happenings: fc.array(happening, { minLength: 10, maxLength: 50 }),
});

async function happen(world: HelpWorld, what: Happening): Promise<void> {
  switch (what.kind) {
    case 'ask':
      if (world.isAlive(what.peer)) void world.ask(what.peer);
      return;
    case 'kill':
      if (world.isAlive(what.peer)) world.kill(what.peer);
      else await world.join(what.peer);
      return;
    case 'cut':
      world.hub.disconnect(what.peer);
      world.clock.setTimeout(() => world.hub.reconnect(what.peer), 4000);
      return;
    case 'silent':
      world.host(what.peer).silent = true;
      world.clock.setTimeout(() => (world.host(what.peer).silent = false), 3000);
      return;
    case 'partition':
      world.hub.partition(what.left);
      world.broken = (from, to) => !what.copying && what.left.includes(from) !== what.left.includes(to);
      return;
    case 'heal':
      world.hub.heal();
      world.broken = () => false;
      return;
    case 'restart hub':
      world.hub.stop();
      await world.clock.advance(1500);
      world.hub.start();
      return;
    case 'trouble':
      world.host(what.peer).ends.push(what.end);
  }
}

describe('the help protocol under any weather', function () {
  this.timeout(180_000);

  it('doubles and loses no VM, fills no host beyond its memory, and holds nothing in the end', async () => {
    await fc.assert(
      fc.asyncProperty(weather, async ({ seed, mostDelayMs, lost, twice, happenings }) => {
        const random = new SeededRandom(seed);
        const world = await HelpWorld.open({
          hosts: {
            hp1: { vms: Array.from({ length: 10 }, (_, n) => vm(`a${n}`)), memoryMiB: 6000 },
            hp2: { vms: Array.from({ length: 8 }, (_, n) => vm(`b${n}`, 0.8, 800)), memoryMiB: 8000 },
            hp3: { memoryMiB: 1100 },
            hp4: { vms: [vm('d1', 0.5)], memoryMiB: 3000 },
            hp5: { vms: [vm('e1', 3.5, 2000), vm('e2', 1, 512)] },
          },
          ...{ seed, delayMs: { least: 0, most: mostDelayMs, random }, twice: () => random.next() < twice },
        });
        const before = Object.keys(world.places).sort();
        world.hub.lose = () => random.next() < lost;
        let restarted = false;
        for (const what of happenings) {
          await world.clock.advance(what.afterMs);
          await happen(world, what);
          restarted ||= what.kind === 'kill';
        }
        world.hub.lose = undefined;
        await happen(world, { kind: 'heal', afterMs: 0 });
        for (const name of NAMES) if (!world.isAlive(name)) await world.join(name);
        await world.rest();
        expect(world.wrongs()).to.deep.equal([]);
        expect(Object.keys(world.places).sort()).to.deep.equal(before);
        // who dies forgets what came a moment ago
        if (!restarted) for (const name of before) expect(soonest(world, name), name).to.be.at.least(300_000);
        await world.close();
      }),
      { numRuns: 60 },
    );
  });

  it('reserves no more than is free, in any order of reserving and freeing', () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 9 }),
      memoryMiB: fc.integer({ min: 1, max: 900 }),
      free: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const reservations = new Reservations();
        const held = new Map<number, number>();
        const readings = {
          ...{ cpuLoadOne: 0, cpuLoadFive: 0, cpuLoadFifteen: 0, cpus: 4, localVmCount: 1 },
          ...{ actualFreeMemory: 1500, actualUsedMemory: 500, totalVmMemory: 800 },
        };
        for (const { key, memoryMiB, free } of steps) {
          const sum = [...held.values()].reduce((total, each) => total + each, 0);
          if (free) {
            reservations.free(`offer${key}`);
            held.delete(key);
          } else {
            const fits = !held.has(key) && sum + memoryMiB <= 1200;
            expect(reservations.reserve(`offer${key}`, vm(`vm${key}`, 1, memoryMiB), readings)).to.equal(fits);
            if (fits) held.set(key, memoryMiB);
          }
          expect(reservations.size).to.equal(held.size);
          expect(reservations.freeMiB(readings) + reservations.reservedMiB).to.equal(1200);
        }
      }),
    );
  });
});

/** The shortest time in which a VM was moved again. */
function soonest(world: HelpWorld, name: string): number {
  const times = world.ground.moves.filter((move) => move.vm === name).map(({ at }) => at);
  return Math.min(...times.map((at, index) => (index === 0 ? Infinity : at - times[index - 1]!)));
}
