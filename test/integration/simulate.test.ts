import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { SeededRandom } from '../../core/model/random.js';
import { attitune } from '../support/whole-process.js';

describe('attitune simulate', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-simulate-'));
    const random = new SeededRandom(1);
    for (const day of ['20110101', '20110102']) {
      await mkdir(join(folder, 'days', day), { recursive: true });
      for (let vm = 0; vm < 12; vm += 1) {
        const lines = Array.from({ length: 288 }, () => `${1 + Math.floor(60 * random.next())}\n`);
        await writeFile(join(folder, 'days', day, `vm${vm}`), lines.join(''));
      }
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('prints the figures of each day and policy as JSON, fractions all of them', async () => {
    const run = await attitune(
      ...['simulate', 'planetlab', join(folder, 'days'), '--policy', 'lr-mmt-1.2', '--policy', 'attitune', '--json'],
    );
    expect(run.code, run.stderr).to.equal(0);
    const { days } = JSON.parse(run.stdout) as { days: readonly Record<string, number | string>[] };
    expect(days.map(({ day, policy }) => `${day} ${policy}`)).to.deep.equal([
      '20110101 lr-mmt-1.2',
      '20110101 attitune',
      '20110102 lr-mmt-1.2',
      '20110102 attitune',
    ]);
    expect(Object.keys(days[0] ?? {}).slice(0, 10)).to.deep.equal([
      ...['day', 'vms', 'energyKWh', 'migrations', 'slatah', 'pdm', 'slav', 'esv', 'unserved', 'elapsedMs'],
    ]);
    for (const { vms, energyKWh, slatah, unserved } of days) {
      expect(vms).to.equal(12);
      expect(energyKWh).to.be.greaterThan(0);
      expect(slatah).to.be.within(0, 1);
      expect(unserved).to.be.within(0, 1);
    }
  });

  it('draws a day', async () => {
    const picture = join(folder, 'day.svg');
    const day = join(folder, 'days/20110101');
    const run = await attitune(
      'simulate',
      'planetlab',
      day,
      '--policy',
      'thr-mmt-0.8',
      '--mode',
      'full',
      '--plot',
      picture,
    );
    expect(run.code, run.stderr).to.equal(0);
    expect(run.stdout).to.match(/thr-mmt-0\.8/);
    const svg = await readFile(picture, 'utf8');
    for (const text of [
      'hosts that are on',
      'power, kW',
      'migrations in each 5 minutes',
      '20110101: 12 VMs, mode full',
    ])
      expect(svg).to.include(text);
    expect(svg).not.to.match(/<script/);
  });

  it('refuses policies that there are not, and folders without traces', async () => {
    const none = await attitune('simulate', 'planetlab', join(folder, 'days'), '--policy', 'best');
    expect(none.code).to.equal(2);
    expect(none.stderr).to.match(/error value: there is no policy best/);
    const empty = await attitune('simulate', 'planetlab', join(folder, 'no'), '--policy', 'attitune');
    expect(empty.code).to.equal(2);
    expect(empty.stderr).to.match(/error file-not-found/);
  });

  it('runs a deployment in another size, and tells what it came to', async () => {
    const picture = join(folder, 'hosts.svg');
    const file = asset('examples/balance/balance.deployment.xml');
    const run = await attitune(
      ...['simulate', file, '--hosts', '5', '--vms', '15', '--hours', '0.25', '--every', '15 s', '--use', '0'],
      ...['--json', '--plot', picture],
    );
    expect(run.code, run.stderr).to.equal(0);
    const figures = JSON.parse(run.stdout) as Record<string, number | null>;
    expect(figures).to.include({ deployment: 'balance', hosts: 5, vms: 15, hours: 0.25, energyKWh: null });
    expect(figures['migrations']).to.be.greaterThan(0);
    expect(figures['decisions']).to.be.greaterThan(0);
    expect(figures['highestCpu']).to.be.greaterThan(0);
    expect(await readFile(picture, 'utf8')).to.include('CPU of hosts, %');
  });
});
