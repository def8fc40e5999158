import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import type { ScenarioReport } from '../../core/app/report/report.js';
import { labStatus } from '../../wrappers/lab/index.js';
import { skipWithoutLab } from '../support/skip.js';

const run = promisify(execFile);
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const SCENARIO = asset('examples/apache-tomcat/apache-tomcat.scenario.xml');

/** `npm run demo:lab` as a test: the example on real libvirt hosts and guests, with a real Apache and real Tomcats. */
describe('the Apache/Tomcat scenario on real virtual machines', function () {
  this.timeout(480_000);
  let folder: string;

  before(async function () {
    skipWithoutLab(this, { apache2: 'apache2-bin' });
    folder = await mkdtemp(join(tmpdir(), 'attitune-lab-'));
  });
  after(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('loses no request while a machine moves away and comes back', async () => {
    const { stdout, stderr } = await run(process.execPath, [CLI, 'scenario', SCENARIO, '--lab', '--yes', '--json'], {
      cwd: folder,
      maxBuffer: 1 << 24,
    }).catch((error: unknown) => error as { stdout: string; stderr: string });
    expect(stdout, stderr).to.match(/^\{/);
    const report = JSON.parse(stdout) as ScenarioReport;
    const told = `${stderr}\n${stdout}`;
    expect(report.requests.failed, told).to.equal(0);
    // times depend on what else the machine does: they are figures of the report, not of a test
    const missed = report.expectations.filter(({ that, passed }) => !passed && !/Ms\b|Ms\./.test(that));
    expect(missed, told).to.deep.equal([]);
    for (const { that, actual, expected } of report.expectations)
      if (/Ms/.test(that)) console.log(`      ${that}: ${actual} (asked for: ${expected})`);
    expect(await labStatus()).to.include({ state: 'down' });
  });

  it('is taken down by Ctrl-C in the middle of booting, with nothing left', async () => {
    const child = spawn(
      process.execPath,
      [CLI, 'run', asset('examples/apache-tomcat/web.deployment.xml'), '--lab', '--yes'],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      let err = '';
      for await (const chunk of child.stderr) {
        err += String(chunk);
        if (/Machine_1 +start …/.test(err) && !child.killed) child.kill('SIGINT');
      }
      if (child.exitCode === null) await once(child, 'exit');
      expect(err).to.match(/web is down/);
      expect(child.exitCode).to.equal(0);
      const { state, namespaces, links, hosts } = await labStatus();
      expect({ state, namespaces, links, hosts }).to.deep.equal({
        state: 'down',
        namespaces: [],
        links: [],
        hosts: [],
      });
    } finally {
      child.kill('SIGKILL');
    }
  });
});
