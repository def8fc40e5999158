import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ScenarioReport } from '../../core/app/report/report.js';
import { asset } from '../../core/assets/package-root.js';
import { attitune } from '../support/whole-process.js';

/** On simulated hosts nothing disturbs the story, so that its counts are exact; the example allows for emulated guests. */
describe('the energy scenario on simulated hosts', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-energy-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  it('wakes one host and no more, and moves each machine no oftener than it must', async () => {
    const story = asset('examples/energy/energy.scenario.xml');
    const { code, stdout, stderr } = await attitune('scenario', story, '--json', '--report', folder);
    expect(code, stderr).to.equal(0);
    const { expectations } = JSON.parse(stdout) as ScenarioReport;
    const counted = Object.fromEntries(expectations.map(({ that, actual }) => [that, actual]));
    expect(counted).to.include({
      'hosts.leastOn': 1,
      'hosts.woken': 1,
      'hosts.switchedOff': 3,
      'hosts.on': 1,
      'migrations.count': 3,
    });
  });
});
