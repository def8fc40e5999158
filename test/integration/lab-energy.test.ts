import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { ScenarioReport } from '../../core/app/report/report.js';
import { asset } from '../../core/assets/package-root.js';
import { labStatus } from '../../wrappers/lab/index.js';
import { skipWithoutLab } from '../support/skip.js';

const run = promisify(execFile);
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const SCENARIO = asset('examples/energy/energy.scenario.xml');

/** The story of energy on real libvirt hosts and guests: a host is off while its libvirtd is. */
describe('the energy scenario on real virtual machines', function () {
  this.timeout(480_000);
  let folder: string;

  before(async function () {
    skipWithoutLab(this);
    folder = await mkdtemp(join(tmpdir(), 'attitune-lab-'));
  });
  after(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('empties hosts, switches them off, and wakes one when there is work', async () => {
    const { stdout, stderr } = await run(process.execPath, [CLI, 'scenario', SCENARIO, '--lab', '--yes', '--json'], {
      cwd: folder,
      maxBuffer: 1 << 24,
    }).catch((error: unknown) => error as { stdout: string; stderr: string });
    expect(stdout, stderr).to.match(/^\{/);
    const report = JSON.parse(stdout) as ScenarioReport;
    const told = `${stderr}\n${stdout}`;
    expect(
      report.expectations.filter(({ passed }) => !passed),
      told,
    ).to.deep.equal([]);
    // how soon a host counts as overloaded depends on what else this machine does
    expect(report.migrations.length, told).to.be.greaterThan(0);
    // every machine is there at the end, wherever it is
    expect(Object.values(report.distribution.after).flat().sort()).to.deep.equal(['web1', 'web2']);
    for (const { that, actual } of report.expectations) console.log(`      ${that}: ${actual}`);
    expect(await labStatus()).to.include({ state: 'down' });
  });
});
