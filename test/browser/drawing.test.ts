import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { asset } from '../../core/assets/package-root.js';
import { SeededRandom } from '../../core/model/random.js';
import { readDeployment } from '../../diagrams/deployment/read-deployment.js';
import { drawDeployment, drawDiagram } from '../../diagrams/drawing/index.js';
import { isDescendant, ScxmlEngine, type ScxmlDiagram } from '../../diagrams/statechart/index.js';
import { skipUnless } from '../support/skip.js';
import { readDiagram } from '../unit/statechart/harness.js';
import { CHROMIUM, launchBrowser } from './support/browser.js';
import { measure, overlaps } from './support/measure-drawing.js';
import { randomChart } from './support/random-chart.js';

const FOLDERS = ['examples', 'diagrams/library', 'test/fixtures/drawing'];
const RANDOM_CHARTS = 40;

function files(ending: string): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(asset(folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => join(asset(folder), name)),
  );
}

describe('drawings, measured in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let page: Page;

  before(async function () {
    skipUnless(this, { programs: { [CHROMIUM]: 'chromium' } });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1600, height: 1200 } });
  });
  after(async () => browser?.close());

  async function flaws(diagram: ScxmlDiagram): Promise<string[]> {
    const state = (name: string) => diagram.chart.byId.get(name.replace(/^state-/, ''));
    return overlaps(await measure(page, await drawDiagram(diagram)), (inner, outer) => {
      const [one, other] = [state(inner), state(outer)];
      return one !== undefined && other !== undefined && isDescendant(one, other);
    });
  }

  for (const file of files('.scxml')) {
    it(`${basename(file)}: nothing overlaps, every text is inside its box`, async () => {
      const { diagram } = new ScxmlEngine().read(file);
      expect(diagram, file).not.to.equal(undefined);
      expect(await flaws(diagram as ScxmlDiagram)).to.deep.equal([]);
    });
  }

  it(`the same holds for ${RANDOM_CHARTS} charts made at random`, async () => {
    const found: string[] = [];
    for (let seed = 1; seed <= RANDOM_CHARTS; seed += 1) {
      const text = randomChart(new SeededRandom(seed));
      found.push(...(await flaws(readDiagram(text))).map((flaw) => `seed ${seed}: ${flaw}`));
    }
    expect(found).to.deep.equal([]);
  });

  for (const file of files('.deployment.xml')) {
    it(`${basename(file)}: nothing overlaps, every text is inside its box`, async () => {
      const { deployment } = readDeployment(file);
      expect(deployment, file).not.to.equal(undefined);
      if (!deployment) return;
      const parents = new Map(
        deployment.classes.map(({ name, hosts, inside }) => [
          `class-${name}`,
          hosts === undefined ? `class-${inside}` : `hosts-${hosts}`,
        ]),
      );
      const inside = (inner: string, outer: string): boolean => {
        const parent = parents.get(inner);
        return parent !== undefined && (parent === outer || inside(parent, outer));
      };
      expect(overlaps(await measure(page, await drawDeployment(deployment)), inside)).to.deep.equal([]);
    });
  }

  it('would be told if they did overlap', async () => {
    const diagram = readDiagram(readFileSync(asset('test/fixtures/drawing/nested.scxml'), 'utf8'));
    const svg = await drawDiagram(diagram);
    const measured = await measure(page, svg);
    expect(measured.states).to.have.lengthOf(9);
    expect(measured.labels).to.have.lengthOf(13);
    const spoilt = svg
      .replace(/(id="state-undo"[^>]*><title>[^<]*<\/title><rect x=")[\d.]+/, '$1'.concat('150'))
      .replace(/(<text class="label" x=")[\d.]+(" y=")[\d.]+("[^>]*>undone)/, '$1'.concat('20$2', '160$3'));
    const found = overlaps(await measure(page, spoilt), () => false).join('\n');
    expect(found)
      .to.match(/state-undo: undo/)
      .and.match(/transition-t17 through state-\w+ with its label/);
  });

  it('is as readable in the dark: text and lines stand out from the paper', async () => {
    const svg = await drawDiagram(readDiagram(readFileSync(asset('test/fixtures/drawing/nested.scxml'), 'utf8')));
    const fills: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setContent(svg);
      fills.push(
        await page.evaluate(
          `getComputedStyle(document.querySelector('text')).fill + getComputedStyle(document.querySelector('.paper')).fill`,
        ),
      );
    }
    await page.emulateMedia({ colorScheme: 'light' });
    expect(fills).to.deep.equal(['rgb(23, 32, 42)rgb(255, 255, 255)', 'rgb(229, 234, 239)rgb(22, 28, 34)']);
  });
});
