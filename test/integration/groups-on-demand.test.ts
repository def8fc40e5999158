import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { Reader, stepsOf } from '../support/follow-page.js';

describe('the example "groups on demand"', function () {
  this.timeout(180_000);
  let reader: Reader;

  before(async () => {
    reader = await Reader.sitDown();
  });
  after(() => reader.leave());

  it('can be followed: every command is run, and says what the page says', async () => {
    const page = await readFile(asset('examples/groups-on-demand/README.md'), 'utf8');
    const steps = stepsOf(page);
    expect(steps.filter(({ kind }) => kind === 'run').length).to.equal(2);
    await reader.follow(steps);
  });

  it('quotes its files', async () => {
    const page = await readFile(asset('examples/groups-on-demand/README.md'), 'utf8');
    const deployment = (await readFile(asset('examples/groups-on-demand/groups.deployment.xml'), 'utf8')).replace(
      /\s+/g,
      '',
    );
    const quoted = [...page.matchAll(/^```xml\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) => text.split(/\n(?=<)/));
    expect(quoted.length).to.be.greaterThan(4);
    for (const piece of quoted)
      for (const part of piece.split('…')) expect(deployment, part).to.include(part.replace(/\s+/g, ''));
  });
});
