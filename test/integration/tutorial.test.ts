import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { Reader, stepsOf, type Step } from '../support/follow-page.js';

const TUTORIAL = asset('examples/author-a-diagram/README.md');

describe('the tutorial "author a diagram"', function () {
  this.timeout(120_000);
  let reader: Reader;
  let steps: readonly Step[];

  before(async () => {
    reader = await Reader.sitDown();
    steps = stepsOf(await readFile(TUTORIAL, 'utf8'));
  });
  after(() => reader.leave());

  it('can be followed: every file is saved, every command run, and says what the page says', async () => {
    expect(steps.filter(({ kind }) => kind === 'run').length).to.be.greaterThan(5);
    await reader.follow(steps);
  });

  it('ends with the files that lie beside it', async () => {
    const last = new Map(steps.flatMap((step) => (step.kind === 'save' ? [[step.file, step.text] as const] : [])));
    const names = (await readdir(dirname(TUTORIAL))).filter((name) => !/\.(?:md|svg)$/.test(name));
    expect([...last.keys()].map((file) => file.replace(/.*\//, '')).sort()).to.deep.equal(names.sort());
    for (const [file, text] of last) {
      expect(await readFile(join(dirname(TUTORIAL), file.replace(/.*\//, '')), 'utf8'), file).to.equal(text);
    }
  });
});
