import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { MemoryBus } from '../../core/bus/memory-bus.js';
import { ConsoleServer } from '../../core/console/console-server.js';
import { skipUnless } from '../support/skip.js';
import { CHROMIUM, launchBrowser } from './support/browser.js';
import { fakeDrawing } from './support/fake-drawing.js';
import { FakeFeed, type Stage } from './support/fake-feed.js';

/** What a test needs of the browser's own globals; the project is compiled without them. */
interface Styled {
  getComputedStyle(node: unknown): { readonly fill: string };
}

describe("the console's page", function () {
  this.timeout(40_000);

  let browser: Browser | undefined;
  let folder: string;
  let bus: MemoryBus;
  let server: ConsoleServer;
  let page: Page;
  let opened: { page: Page; server: ConsoleServer } | undefined;
  let complaints: string[];
  let foreign: string[];

  before(async function () {
    skipUnless(this, { programs: { [CHROMIUM]: 'chromium' } });
    folder = await mkdtemp(join(tmpdir(), 'attitune-console-'));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await opened?.page.close();
    await opened?.server.stop();
    opened = undefined;
  });

  /** Opens the page of a system whose story went as far as `stage`. */
  async function show(stage: Stage, size = { width: 1280, height: 800 }, title = 'web'): Promise<FakeFeed> {
    bus = new MemoryBus();
    server = new ConsoleServer(bus, { port: 0, title }, () => Promise.resolve(fakeDrawing()));
    const { url } = await server.start();
    const feed = new FakeFeed(bus);
    feed.run(stage);
    complaints = [];
    foreign = [];
    page = await browser!.newPage({ viewport: size });
    opened = { page, server };
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    await page.goto(url);
    await page.waitForSelector('.host');
    return feed;
  }

  /** Waits until an element has exactly this text, and can be seen. */
  const becomes = (selector: string, exactly: RegExp, timeout = 15_000) =>
    page.locator(selector).filter({ hasText: exactly }).waitFor({ timeout });
  /** Whether the travelling card comes further to the right than `x` within some seconds. */
  async function movesBeyond(x: number): Promise<boolean> {
    for (let tries = 0; tries < 100; tries += 1) {
      const box = await page.locator('.traveller').boundingBox();
      if (box && box.x > x) return true;
      await page.waitForTimeout(50);
    }
    return false;
  }

  const text = (selector: string) => page.locator(selector).innerText();

  it('shows hosts with their machines, the software in them, states and load', async () => {
    await show('calm');
    expect(await text('#title')).to.equal('web');
    expect(await text('#connection')).to.equal('live');
    expect(await page.locator('.host').count()).to.equal(2);
    expect(await page.locator('[data-host="host1"] [data-vm]').count()).to.equal(2);
    expect(await text('[data-vm="Machine_1"]'))
      .to.include('started')
      .and.include('384 MiB')
      .and.include('Tomcat_1');
    expect(await text('[data-host="host1"]')).to.include('Apache_1');
    expect(await text('[data-cpu="host1"]')).to.match(/^\d+ %$/);
    expect([await text('#phase'), await text('#rate'), await text('#failed')]).to.deep.equal(['calm', '8', '0']);
    expect(await page.locator('.plot canvas').count()).to.equal(2);
    expect(await text('#cpu-legend'))
      .to.include('host2')
      .and.include('Machine_2');
    expect(await text('#time-legend')).to.include('Tomcat_1');
    expect(await page.locator('.traveller').count()).to.equal(0);
    expect(complaints).to.deep.equal([]);
    expect(foreign).to.deep.equal([]);
  });

  it('shows what waits for its turn to migrate, and for what', async () => {
    await show('migrating');
    const route = { vm: 'Machine_2', from: 'host1', to: 'host2' };
    bus.publish('migration', { ...route, fraction: 0, status: 'waiting', waiting: '1 other on host1', at: Date.now() });
    await becomes('#moving', /^migrating Machine_1: .* · waiting Machine_2 → host2 \(1 other on host1\)$/);
    expect(await text('[data-vm="Machine_2"]')).to.include('waits to migrate');
    expect(await page.locator('.traveller').count()).to.equal(1);
    expect(complaints).to.deep.equal([]);
  });

  it('shows a migration on its way, the state that is active, and the journal with its reasons', async () => {
    const feed = await show('migrating');
    await page.waitForSelector('#picture [data-state="move"].active');
    expect(await page.locator('#picture .active').count()).to.equal(1);
    const colour = await page
      .locator('#picture .active text')
      .evaluate((node) => (globalThis as unknown as Styled).getComputedStyle(node).fill);
    expect(colour, 'a picture keeps its own styles').to.equal('rgb(34, 34, 51)');
    expect(await text('#session-note'))
      .to.include('relieve')
      .and.include('in move');
    expect(await text('.traveller')).to.equal('Machine_1 55 %');
    expect(await text('[data-vm="Machine_1"]')).to.include('migrating');
    expect(await text('[data-host="host2"] .arriving')).to.include('Machine_1');
    expect(await text('#moving')).to.equal('migrating Machine_1: host1 → host2, 55 %');
    const newest = page.locator('#journal li').first();
    expect(await newest.locator('.badge').innerText()).to.equal('migration');
    expect(await newest.innerText()).to.include('Machine_1 migrates live: host1 → host2');
    expect(await page.locator('#journal .why').allInnerTexts()).to.include(
      'host2 has 0.94 of 1 CPU free and 1.1 GiB of memory',
    );
    const before = await page.locator('.traveller').boundingBox();
    feed.second(89);
    feed.second(90);
    await becomes('.traveller', /^Machine_1 80 %$/);
    expect(await movesBeyond(before!.x + 20)).to.equal(true);
    const file = join(folder, 'migration.png');
    await page.screenshot({ path: file });
    expect((await stat(file)).size).to.be.above(20_000);
    expect(complaints).to.deep.equal([]);
  });

  it('shows where everything ended', async () => {
    await show('after');
    await page.waitForSelector('#picture.ended [data-state="relieved"].active');
    expect(await page.locator('[data-host="host2"] [data-vm="Machine_1"]').count()).to.equal(1);
    expect(await page.locator('.traveller, .arriving').count()).to.equal(0);
    await page.getByRole('button', { name: /^start/ }).click();
    await becomes('#session-note', /^start/);
  });

  it('follows what changes without losing its place', async () => {
    await show('calm');
    const count = await page.locator('#journal li').count();
    bus.publish('journal', { id: count + 1, at: Date.now(), kind: 'trouble', subject: 'x', text: '<b>not markup</b>' });
    await page.waitForSelector(`#journal li[data-id="${count + 1}"]`);
    expect(await page.locator('#journal li').count()).to.equal(count + 1);
    expect(await page.locator('#journal li').first().innerText()).to.include('<b>not markup</b>');
  });

  it('says when the server is gone, and comes back by itself', async () => {
    await show('calm');
    const port = Number(new URL(page.url()).port);
    await server.stop();
    await becomes('#connection', /^reconnecting…$/);
    server = new ConsoleServer(bus, { port, title: 'another' }, () => Promise.resolve(fakeDrawing()));
    opened = { page, server };
    await server.start();
    new FakeFeed(bus).run('after');
    await becomes('#connection', /^live$/);
    await becomes('#title', /^another$/);
    await page.waitForSelector('[data-host="host2"] [data-vm="Machine_1"]');
  });

  it('fits a phone without scrolling sideways', async () => {
    await show('migrating', { width: 390, height: 844 });
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overflow).to.equal(0);
    expect(await page.locator('.traveller').isVisible()).to.equal(true);
  });

  it('has landmarks and a live journal for those who do not see it', async () => {
    await show('calm');
    for (const [role, name] of [
      ['banner', undefined],
      ['main', undefined],
      ['region', 'Hosts'],
      ['region', 'Diagram'],
      ['region', 'Journal'],
      ['log', 'Journal'],
    ] as const) {
      expect(
        await page.getByRole(role, name === undefined ? {} : { name }).count(),
        `${role} ${name ?? ''}`,
      ).to.be.at.least(1);
    }
    expect(await page.locator('#journal').getAttribute('aria-live')).to.equal('polite');
  });
});
