import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { delay, SystemClock } from '../../core/model/clock.js';
import { PkiFolder } from '../../core/pki/index.js';
import { vm } from '../support/help/help-world.js';
import { RealWorld } from '../support/help/real-world.js';
import { skipUnless } from '../support/skip.js';

const clock = new SystemClock();
const NETWORKS = [1, 2, 3];
const many = (letter: string, count: number) =>
  Array.from({ length: count }, (_, n) => vm(`${letter}${n + 1}`, 1, 300));
/** Ten CPUs' worth of work on hosts that have four each. */
const HOSTS = { hp1: { vms: many('a', 6) }, hp2: { vms: many('b', 4) }, hp3: {} };
const PARTITION_MS = 30_000;

interface RealCase {
  readonly name: string;
  readonly run: (world: RealWorld) => Promise<void>;
}

/** All of them at the same time, each in a network of its own. */
const CASES: readonly RealCase[] = [
  {
    name: 'a partition of 30 s that begins in a migration: the cable of the asking host is pulled',
    run: async (world) => {
      await world.reached('hp1', 'ask', 'migrate');
      world.broken = (from, to) => from === 'hp1' || to === 'hp1';
      world.network.cable('hp1', 'down');
      await delay(clock, PARTITION_MS);
      world.network.cable('hp1', 'up');
      world.broken = () => false;
    },
  },
  {
    name: 'the hub is killed under load, and again as soon as negotiations go on',
    run: async (world) => {
      for (const state of ['question', 'migrate']) {
        const more = `more-${state}`;
        world.host('hp1').vmsHere.set(more, vm(more, 1, 300));
        await world.reached('hp1', 'ask', state);
        await world.kill('hub');
        await delay(clock, 1500);
        await world.startHub();
      }
    },
  },
  {
    name: 'agents are killed in a negotiation: the asker in its migration, the offerer while it waits for a VM',
    run: async (world) => {
      await world.reached('hp1', 'ask', 'migrate');
      await world.kill('hp1');
      await delay(clock, 1000);
      await world.start('hp1');
      await world.reached('hp3', 'offer', 'receive');
      await world.kill('hp3');
      await delay(clock, 1000);
      await world.start('hp3');
    },
  },
];

describe('fault cases of the help protocol: processes in network namespaces', function () {
  this.timeout(120_000);
  let folder: string;
  const worlds: RealWorld[] = [];
  const running = new Map<string, Promise<void>>();

  before(async function () {
    skipUnless(this, { root: true, programs: { ip: 'iproute2' } });
    folder = await mkdtemp(join(tmpdir(), 'attitune-help-'));
    const pki = join(folder, 'pki');
    const authority = await PkiFolder.init(pki, { name: 'help' }, new Date());
    const alternatives = NETWORKS.map((number) => `198.18.${number}.1`);
    await authority.issueHost('hub', { alternatives }, new Date());
    for (const name of Object.keys(HOSTS)) await authority.issueClient(name, {}, new Date());
    CASES.forEach(({ name, run }, index) => {
      const world = new RealWorld({ number: NETWORKS[index]!, pki, hosts: HOSTS });
      worlds.push(world);
      const done = world.up().then(() => run(world));
      // it is waited for in the test of its name
      done.catch(() => undefined);
      running.set(name, done);
    });
  });

  after(async () => {
    await Promise.all(worlds.map((world) => world.down()));
    await rm(folder, { recursive: true, force: true });
  });

  CASES.forEach(({ name }, index) => {
    it(name, async () => {
      await running.get(name);
      const world = worlds[index]!;
      await world.converged();
      expect(world.wrongs()).to.deep.equal([]);
      expect(world.ground.moves.length).to.be.greaterThan(1);
    });
  });
});
