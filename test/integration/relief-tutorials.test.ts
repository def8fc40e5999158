import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { Reader, stepsOf } from '../support/follow-page.js';

describe('the stories of a hot spot, of balance and of maintenance', function () {
  this.timeout(300_000);
  let reader: Reader;

  before(async () => {
    reader = await Reader.sitDown();
  });
  after(() => reader.leave());

  for (const name of ['hot-spot', 'balance', 'maintenance']) {
    it(`can be followed: ${name}`, async () => {
      const steps = stepsOf(await readFile(asset(`examples/${name}/README.md`), 'utf8'));
      expect(steps.filter(({ kind }) => kind === 'run')).to.not.deep.equal([]);
      await reader.follow(steps);
    });
  }
});
