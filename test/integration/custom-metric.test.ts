import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { Reader, stepsOf } from '../support/follow-page.js';
import { skipUnless } from '../support/skip.js';

/** Ports that nobody has now, in place of those of the page. */
async function freePorts(count: number): Promise<readonly string[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = servers.map(
    (server) =>
      new Promise<string>((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve(String((server.address() as AddressInfo).port)));
      }),
  );
  const found = await Promise.all(ports);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}

describe('the tutorial "a metric of your own"', function () {
  this.timeout(240_000);
  let reader: Reader | undefined;

  before(async function () {
    skipUnless(this, { programs: { curl: 'curl' } });
    reader = await Reader.sitDown();
  });
  after(async () => {
    if (!reader) return;
    // a manager that a failed step left running takes its programs with it
    for (const log of ['run.pid', 'simulated.pid'])
      await reader.run(
        `[ ! -f ${log} ] || { kill -INT $(cat ${log}); timeout 20 tail --pid=$(cat ${log}) -f /dev/null; }`,
      );
    await reader.leave();
  });

  it('can be followed: every command is run, and says what the page says', async () => {
    const page = await readFile(asset('examples/custom-metric/README.md'), 'utf8');
    const [queue = '', intake = ''] = await freePorts(2);
    const here = page
      .replaceAll('8701', queue)
      .replaceAll('9091', intake)
      .replaceAll('--set folder', `--set port=${queue} --set folder`)
      .replace('> simulated.log 2>&1 &', '> simulated.log 2>&1 & echo $! > simulated.pid');
    const steps = stepsOf(here);
    expect(steps.filter(({ kind }) => kind === 'run').length).to.equal(8);
    await writeFile(join(reader?.folder ?? '', 'page.md'), here);
    await reader?.follow(steps);
  });
});
