import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { asset } from '../../core/assets/package-root.js';
import { MemoryBus } from '../../core/bus/memory-bus.js';
import { ConsoleServer } from '../../core/console/console-server.js';
import { drawDiagram } from '../../diagrams/drawing/index.js';
import { skipUnless } from '../support/skip.js';
import { readDiagram } from '../unit/statechart/harness.js';
import { CHROMIUM, launchBrowser } from './support/browser.js';

const FILE = 'test/fixtures/drawing/nested.scxml';

describe('a real drawing on the page', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let page: Page;
  let server: ConsoleServer | undefined;
  let bus: MemoryBus;
  const complaints: string[] = [];

  before(async function () {
    skipUnless(this, { programs: { [CHROMIUM]: 'chromium' } });
    browser = await launchBrowser();
    bus = new MemoryBus();
    const draw = () => drawDiagram(readDiagram(readFileSync(asset(FILE), 'utf8')));
    server = new ConsoleServer(bus, { port: 0, title: 'nested' }, draw);
    const { url } = await server.start();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  function step(configuration: readonly string[], event?: string): void {
    const at = Date.UTC(2025, 5, 17);
    const session = { id: 's', diagram: 'nested', file: asset(FILE), configuration, status: 'running', at } as const;
    bus.publish('session', { ...session, ...(event === undefined ? {} : { event }) });
  }

  async function lit(): Promise<string[]> {
    return page
      .locator('#picture .active')
      .evaluateAll((nodes) => (nodes as unknown as { id: string }[]).map(({ id }) => id));
  }

  it('has its active states lit, and the transition that led there', async () => {
    step(['idle']);
    await page.waitForSelector('#picture [data-state="idle"].active');
    expect(await lit()).to.deep.equal(['state-idle', 'transition-t18']);
    step(['work', 'prepare'], 'go');
    await page.waitForSelector('#picture [data-state="prepare"].active');
    expect(await lit()).to.deep.equal(['state-work', 'state-prepare', 'transition-t0']);
    step(['undo'], 'late');
    await page.waitForSelector('#picture [data-state="undo"].active');
    expect(await lit()).to.deep.equal(['state-undo', 'transition-t13']);
    expect(complaints).to.deep.equal([]);
  });

  it('shines in the colours of the page, also in the dark', async () => {
    const fill = () =>
      page.evaluate(
        `getComputedStyle(document.querySelector('#picture').shadowRoot.querySelector('.state.active > rect')).fill`,
      );
    expect(await fill()).to.equal('rgb(253, 241, 217)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await fill()).to.equal('rgb(53, 42, 20)');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('stays readable where it is larger than its box, and shows what is active', async () => {
    step(['done'], 'good');
    await page.waitForSelector('#picture [data-state="done"].active');
    const [scale, below, above] = await page.evaluate<[number, number, number]>(`(() => {
      const box = document.querySelector('#picture').getBoundingClientRect();
      const svg = document.querySelector('#picture').shadowRoot.querySelector('svg');
      const state = svg.querySelector('.state.active').getBoundingClientRect();
      return [svg.getScreenCTM().a, box.bottom - state.bottom, state.top - box.top];
    })()`);
    expect(scale).to.be.closeTo(0.75, 0.01);
    expect(below).to.be.at.least(0);
    expect(above).to.be.at.least(0);
    expect(complaints).to.deep.equal([]);
  });
});
