import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { Reader, stepsOf, type Step } from '../support/follow-page.js';

describe('the tutorial of peers', function () {
  this.timeout(180_000);
  let reader: Reader;
  let steps: readonly Step[];

  before(async () => {
    reader = await Reader.sitDown();
    steps = stepsOf(await readFile(asset('examples/peer-policies/README.md'), 'utf8'));
  });
  after(() => reader.leave());

  it('can be followed: every command is run, and says what the page says', async () => {
    expect(steps.filter(({ kind }) => kind === 'run').length).to.be.greaterThan(6);
    await reader.follow(steps);
  });
});
