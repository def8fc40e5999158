import { expect } from 'chai';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../../core/model/random.js';
import { checkDisk } from '../support/faults/disk-check.js';
import { FaultLab, GUEST } from '../support/faults/fault-lab.js';
import { FAULTS, MOMENTS, type Fault } from '../support/faults/faults.js';
import { acknowledged, startWriting } from '../support/faults/guest-writer.js';
import { KillableManager } from '../support/faults/killable-manager.js';
import { skipWithoutLab } from '../support/skip.js';

/** Each case so many times; where it is not said, each fault at one moment each. */
const ROUNDS = Number(process.env['ATTITUNE_FAULT_ROUNDS'] ?? 0);

interface Row {
  readonly fault: string;
  readonly moment: string;
  readonly outcome: string;
  readonly told: string;
}

/** Whatever dies while a guest migrates: it runs once or is stopped and whole, its disk is clean, and the journal says so. */
describe('faults during a live migration, on the lab', function () {
  this.timeout(4 * 60_000);
  const rows: Row[] = [];
  let lab: FaultLab;
  let manager: KillableManager | undefined;

  before(async function () {
    this.timeout(15 * 60_000); // the first time it builds the image
    skipWithoutLab(this, { e2fsck: 'e2fsprogs' });
    lab = await FaultLab.up();
  });
  afterEach(async () => {
    await manager?.kill();
    manager = undefined;
    await lab.clear();
  });
  after(async () => {
    for (const { fault, moment, outcome, told } of rows)
      console.log(`      ${fault} | ${moment} | ${outcome} | ${told}`);
    // skipped, it is not there
    await (lab as FaultLab | undefined)?.down();
  });

  const moments = Object.keys(MOMENTS);
  for (const [index, [name, fault]] of Object.entries(FAULTS).entries()) {
    if (fault.thorough && ROUNDS === 0) continue;
    const chosen = ROUNDS > 0 ? moments : [moments[index % moments.length] as string];
    for (const moment of chosen) {
      for (let round = 1; round <= Math.max(1, ROUNDS); round += 1) {
        it(`${name}, at the ${moment}${ROUNDS > 1 ? ` (${round})` : ''}`, async () => {
          rows.push({ fault: name, moment, ...(await play(fault, moment, round * 100 + index)) });
        });
      }
    }
  }

  async function play(fault: Fault, moment: string, seed: number): Promise<Pick<Row, 'outcome' | 'told'>> {
    const store = join(lab.folder, 'state.db');
    manager = new KillableManager(lab.deployment, store);
    await manager.ready(90_000);
    const before = await lab.ask('host1', async (hypervisor) => {
      await startWriting(lab.guest(hypervisor));
      await pause(500);
      return acknowledged(lab.guest(hypervisor));
    });
    expect(before, 'numbers on the disk before').to.be.greaterThan(0);

    manager.raise('operator.move', GUEST, 'host2');
    const struckUnderWay = await lab.reached('host1', MOMENTS[moment] as (typeof MOMENTS)[string]);
    await pause(new SeededRandom(seed).next() * (moment === 'end' ? 400 : 100));
    await fault.strike(lab, manager);
    if (fault.managerDies) {
      await pause(1000);
      manager = new KillableManager(lab.deployment, store);
      await manager.ready(90_000);
    } else {
      await pause(1500);
      await lab.restartDaemons();
      await manager.said(
        ({ kind, text }) => kind === 'step' && /^(moved|stayed|halted)$/.test(text),
        90_000,
        'tells the end of the move',
      );
    }
    await lab.cutLink(false).catch(() => undefined);

    const { place, count } = await settled(lab, fault);
    const told = await manager.said(
      ({ kind, subject, text }) =>
        subject === GUEST &&
        ['trouble', 'migration', 'component', 'event', 'operation'].includes(kind) &&
        // the end of it is to be told, not only that it goes on
        (fault.managerDies ? new RegExp(`(is on|to) ${place.slice(-5)}`) : / host[12]|fail|abort/).test(text),
      20_000,
      'says what became of the guest',
    );
    await manager.kill();
    for (const { host } of await lab.places()) await lab.ask(host, (hypervisor) => hypervisor.destroy(GUEST));
    const disk = await checkDisk(lab.disk);
    expect(disk.damage, 'damage of the file system').to.equal('');
    expect(disk.count.length, 'numbers that the guest knew to be on its disk').to.be.at.least(Math.max(before, count));
    expect(disk.count).to.deep.equal(disk.count.map((_, at) => String(at + 1)));
    const when = struckUnderWay ? '' : ' (it had just ended)';
    return { outcome: `${place}${when}`, told: told.text };
  }
});

/** Waits until nothing moves any more; then the guest runs once and answers, or is nowhere. */
async function settled(lab: FaultLab, fault: Fault): Promise<{ readonly place: string; readonly count: number }> {
  let seen = '';
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    await pause(500);
    const places = await lab.places();
    const copies = await lab.copies();
    seen = `${places.map(({ host, domain }) => `${domain.state} on ${host}`).join(', ')}; ${copies} processes`;
    const [only] = places;
    if (places.length === 0 && copies === 0 && fault.fatal) return { place: 'stopped', count: 0 };
    if (places.length !== 1 || copies !== 1 || only?.domain.state !== 'running') continue;
    const [first, second] = await lab.ask(only.host, async (hypervisor) => {
      const guest = lab.guest(hypervisor);
      const one = await acknowledged(guest);
      await pause(1000);
      return [one, await acknowledged(guest)] as const;
    });
    expect(second, 'it goes on writing').to.be.greaterThan(first);
    return { place: `runs on ${only.host}`, count: second };
  }
  expect.fail(`it did not settle: ${seen}`);
}
