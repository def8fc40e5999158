import { expect } from 'chai';
import type { DiagramState } from '../../../core/model/diagram.js';
import { converge, isAbout, loseFirst } from '../../support/help/help-faults.js';
import { helpDiagrams, HelpWorld, vm, type HelpWorldOptions } from '../../support/help/help-world.js';

/** An asker with six VMs on four CPUs, and two peers that have nothing to do. */
const THREE: HelpWorldOptions['hosts'] = {
  ferby: { vms: [1, 2, 3, 4, 5, 6].map((n) => vm(`vm${n}`)) },
  herby: {},
  gerby: {},
};
const TWO: HelpWorldOptions['hosts'] = { ferby: THREE['ferby']!, herby: {} };

interface FaultCase {
  readonly name: string;
  readonly options: HelpWorldOptions;
  /** Sets the fault up, negotiates, and returns how the negotiations ended. */
  readonly run: (world: HelpWorld) => Promise<readonly string[]>;
  readonly outcomes: readonly string[];
  /** How the offers ended, in alphabetical order. */
  readonly offers: readonly string[];
}

const one = async (world: HelpWorld) => [(await world.asked('ferby')).kind];

const CASES: readonly FaultCase[] = [
  {
    name: 'a REQUEST is lost: the other peer helps',
    options: { hosts: THREE },
    run: (world) => {
      loseFirst(world, 1, isAbout('help.request'));
      return one(world);
    },
    outcomes: ['moved'],
    offers: ['arrived'],
  },
  {
    name: 'an OFFER is lost: its memory is free when its time is over',
    options: { hosts: THREE },
    run: (world) => {
      loseFirst(world, 1, isAbout('help.offer'));
      return one(world);
    },
    outcomes: ['moved'],
    offers: ['arrived', 'lapsed'],
  },
  {
    name: 'an ACCEPT is lost: it is repeated',
    options: { hosts: TWO },
    run: (world) => {
      loseFirst(world, 1, isAbout('help.accept'));
      return one(world);
    },
    outcomes: ['moved'],
    offers: ['arrived'],
  },
  {
    name: 'the answers to three ACCEPTs are lost: the fourth is answered the same',
    options: { hosts: TWO },
    run: (world) => {
      loseFirst(world, 3, isAbout('help.accept', true));
      return one(world);
    },
    outcomes: ['moved'],
    offers: ['arrived'],
  },
  {
    name: 'every answer to an ACCEPT is lost: nothing is migrated, and the memory is free',
    options: { hosts: TWO },
    run: (world) => {
      world.hub.lose = isAbout('help.accept', true);
      return one(world);
    },
    outcomes: ['unanswered'],
    offers: ['released'],
  },
  {
    name: 'every answer to an ACCEPT and the release are lost: the offerer asks, and frees the memory',
    options: { hosts: TWO },
    run: (world) => {
      const rules = [isAbout('help.accept', true), isAbout('help.release')];
      world.hub.lose = (passing) => rules.some((rule) => rule(passing));
      return one(world);
    },
    outcomes: ['unanswered'],
    offers: ['abandoned'],
  },
  {
    name: 'a RELEASE is lost: the memory is free when the time of the offer is over',
    options: { hosts: THREE },
    run: (world) => {
      loseFirst(world, 1, isAbout('help.release'));
      return one(world);
    },
    outcomes: ['moved'],
    offers: ['arrived', 'lapsed'],
  },
  {
    name: 'DONE is lost: the offerer looks whether the VM is there',
    options: { hosts: TWO },
    run: (world) => {
      world.hub.lose = isAbout('help.done');
      return one(world);
    },
    outcomes: ['moved'],
    offers: ['arrived'],
  },
  {
    name: 'everything is said twice',
    options: { hosts: THREE, twice: () => true },
    run: one,
    outcomes: ['moved'],
    offers: ['arrived', 'released'],
  },
  {
    name: 'two peers ask at once, and there is memory for one VM: only one of them gets an offer',
    options: {
      hosts: {
        ferby: THREE['ferby']!,
        derby: { vms: ['a', 'b', 'c', 'd', 'e'].map((n) => vm(n)) },
        herby: { memoryMiB: 600 },
      },
    },
    run: async (world) => {
      const asked = [world.ask('ferby'), world.ask('derby')];
      return (await world.clock.runUntil(Promise.all(asked))).map(({ kind }) => kind);
    },
    outcomes: ['moved', 'unanswered'],
    offers: ['arrived', 'declined'],
  },
  {
    name: 'two peers accept at once at the same offerer, which has room for both',
    options: {
      hosts: { ferby: THREE['ferby']!, derby: { vms: ['a', 'b', 'c', 'd', 'e'].map((n) => vm(n)) }, herby: {} },
    },
    run: async (world) => {
      const asked = [world.ask('ferby'), world.ask('derby')];
      return (await world.clock.runUntil(Promise.all(asked))).map(({ kind }) => kind);
    },
    outcomes: ['moved', 'moved'],
    offers: ['arrived', 'arrived'],
  },
  {
    name: 'two peers ask each other: neither waits for the other for ever',
    options: { hosts: { ferby: THREE['ferby']!, derby: { vms: ['a', 'b', 'c', 'd', 'e'].map((n) => vm(n)) } } },
    run: async (world) => {
      const asked = [world.ask('ferby'), world.ask('derby')];
      return (await world.clock.runUntil(Promise.all(asked))).map(({ kind }) => kind);
    },
    outcomes: ['unanswered', 'unanswered'],
    offers: [],
  },
  {
    name: 'the migration fails: the VM is where it was, and the memory is free',
    options: { hosts: TWO },
    run: (world) => {
      world.host('ferby').ends.push('fails');
      return one(world);
    },
    outcomes: ['failed'],
    offers: ['failed'],
  },
  {
    name: 'the hypervisor reports a failure of a migration that was done: both hosts are asked, it counts as moved',
    options: { hosts: TWO },
    run: (world) => {
      world.host('ferby').ends.push('answer lost');
      loseFirst(world, 2, isAbout('help.where'));
      return one(world);
    },
    outcomes: ['moved'],
    offers: ['arrived'],
  },
  {
    name: 'the same, and the target cannot be asked: uncertain, and each host knows what it has',
    options: { hosts: TWO },
    run: (world) => {
      world.host('ferby').ends.push('answer lost');
      world.hub.lose = isAbout('help.where');
      return one(world);
    },
    outcomes: ['uncertain'],
    offers: ['arrived'],
  },
  {
    name: 'a partition of 30 s of the bus during the migration: it ends meanwhile, DONE is lost in it',
    options: { hosts: TWO },
    run: async (world) => {
      const asked = world.ask('ferby');
      await world.clock.advance(1000);
      world.hub.partition(['ferby'], ['herby']);
      await world.clock.advance(30_000);
      world.hub.heal();
      return [(await world.clock.runUntil(asked)).kind];
    },
    outcomes: ['moved'],
    offers: ['arrived'],
  },
  {
    name: 'a partition of 30 s of bus and migration network: the VM stays, the memory is free after healing',
    options: { hosts: TWO },
    run: async (world) => {
      const asked = world.ask('ferby');
      await world.clock.advance(1000);
      world.hub.partition(['ferby'], ['herby']);
      world.broken = () => true;
      await world.clock.advance(30_000);
      world.hub.heal();
      world.broken = () => false;
      return [(await world.clock.runUntil(asked)).kind];
    },
    outcomes: ['failed'],
    offers: ['abandoned'],
  },
  {
    name: 'a partition of 30 s from the moment of the ACCEPT: nothing is migrated',
    options: { hosts: TWO },
    run: async (world) => {
      world.onStep = ({ side, configuration }) => {
        if (side === 'ask' && configuration.includes('question')) world.hub.partition(['ferby'], ['herby']);
      };
      const asked = world.ask('ferby');
      await world.clock.advance(30_000);
      world.hub.heal();
      return [(await world.clock.runUntil(asked)).kind];
    },
    outcomes: ['unanswered'],
    offers: ['lapsed'],
  },
  {
    name: 'the hub is restarted while five peers negotiate',
    options: {
      delayMs: 20,
      hosts: {
        ...Object.fromEntries(
          [1, 2, 3, 4, 5].map((n) => [`hot${n}`, { vms: [1, 2, 3, 4, 5, 6].map((m) => vm(`vm${n}${m}`)) }]),
        ),
        ...Object.fromEntries([1, 2, 3, 4].map((n) => [`cold${n}`, {}])),
      },
    },
    run: async (world) => {
      const asked = [1, 2, 3, 4, 5].map((n) => world.ask(`hot${n}`));
      // offers are on their way
      await world.clock.advance(30);
      world.hub.stop();
      await world.clock.advance(3000);
      world.hub.start();
      await world.clock.runUntil(Promise.all(asked));
      await world.rest();
      const again = [1, 2, 3, 4, 5].map((n) => world.ask(`hot${n}`));
      await world.clock.advance(500);
      world.hub.stop();
      await world.clock.advance(3000);
      world.hub.start();
      await world.clock.runUntil(Promise.all(again));
      return [];
    },
    outcomes: [],
    offers: [],
  },
];

describe('fault cases of the help protocol (hub in memory, simulated time)', function () {
  this.timeout(60_000);

  describe('afterwards no VM is doubled, nothing is reserved, nothing runs, and load is evened out', () => {
    for (const { name, options, run, outcomes, offers } of CASES) {
      it(name, async () => {
        const world = await HelpWorld.open(options);
        const before = Object.keys(world.places).sort();
        const kinds = await run(world);
        await world.rest();
        expect(world.wrongs()).to.deep.equal([]);
        if (outcomes.length > 0) {
          expect([...kinds].sort()).to.deep.equal([...outcomes].sort());
          expect(world.offerEnds.map(({ end }) => end).sort()).to.deep.equal(offers);
        }
        world.hub.lose = undefined;
        world.onStep = () => undefined;
        await settled(world, before);
      });
    }
  });

  for (const side of ['ask', 'offer'] as const) {
    const victim = side === 'ask' ? 'ferby' : 'herby';
    describe(`the ${side === 'ask' ? 'asking' : 'offering'} agent is killed in state`, () => {
      for (const state of resting(side)) {
        it(state, async () => {
          let killed = 0;
          for (const trouble of TROUBLES) {
            const world = await HelpWorld.open({ hosts: TWO });
            const before = Object.keys(world.places).sort();
            trouble(world);
            world.onStep = (step) => {
              if (step.side !== side || !step.configuration.includes(state) || !world.isAlive(victim)) return;
              killed += 1;
              world.kill(victim);
            };
            const asked = world.ask('ferby');
            await world.clock.advance(120_000);
            world.onStep = () => undefined;
            world.hub.lose = undefined;
            if (!world.isAlive(victim)) await world.join(victim);
            await world.rest();
            expect(world.wrongs()).to.deep.equal([]);
            // whoever was not killed has come to an end of it
            if (victim !== 'ferby') await world.clock.runUntil(asked);
            await settled(world, before);
            await world.close();
          }
          expect(killed, 'times killed').to.be.greaterThan(0);
        });
      }
    });
  }
});

/** Ways through the protocol that together come by all of its states. */
const TROUBLES: readonly ((world: HelpWorld) => void)[] = [
  () => undefined,
  (world) => {
    world.host('ferby').ends.push('answer lost');
    const rules = [isAbout('help.accept', true), isAbout('help.where', true)];
    const left = [2, 2];
    world.hub.lose = (passing) => rules.some((rule, index) => rule(passing) && (left[index]! -= 1) >= 0);
  },
  (world) => {
    world.host('ferby').ends.push('fails');
    world.hub.lose = isAbout('help.done');
  },
];

/** States in which a session rests, be it for a moment. */
function resting(side: 'ask' | 'offer'): readonly string[] {
  const { states } = helpDiagrams()[side];
  const passed = ['next'];
  return states
    .filter(isAtomic)
    .map(({ id }) => id)
    .filter((id) => !passed.includes(id));
}

function isAtomic({ kind }: DiagramState): boolean {
  return kind === 'atomic';
}

/** Without further faults the load is evened out, and every VM is somewhere. */
async function settled(world: HelpWorld, vms: readonly string[]): Promise<void> {
  await converge(world);
  expect(world.wrongs()).to.deep.equal([]);
  expect(Object.keys(world.places).sort()).to.deep.equal(vms);
  const loads = [...world.hosts.values()].map(({ load }) => load);
  const room = [...world.hosts.values()].some(({ load, memoryMiB, usedMiB }) => load < 4 && memoryMiB - usedMiB >= 512);
  if (room) expect(Math.max(...loads)).to.be.at.most(4);
}
