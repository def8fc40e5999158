import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { labDown, labStatus } from '../../wrappers/lab/index.js';
import { Reader, stepsOf } from '../support/follow-page.js';
import { skipWithoutLab } from '../support/skip.js';

describe('the tutorial "virtual machines", on the lab', function () {
  this.timeout(10 * 60_000); // the first time it builds the image
  let reader: Reader | undefined;

  before(async function () {
    skipWithoutLab(this, { curl: 'curl' });
    reader = await Reader.sitDown();
  });
  after(async () => {
    if (!reader) return;
    // a lab that a failed step left standing is of no use to anybody
    if ((await labStatus()).state === 'kept') await labDown();
    await reader.leave();
  });

  it('can be followed: every command is run, and says what the page says', async () => {
    const steps = stepsOf(await readFile(asset('examples/virtual-machines/README.md'), 'utf8'));
    expect(steps.filter(({ kind }) => kind === 'run').length).to.be.at.least(8);
    await reader?.follow(steps);
    expect(await labStatus()).to.deep.include({ state: 'down', namespaces: [], links: [] });
  });
});
