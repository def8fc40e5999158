import { expect } from 'chai';
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFollower } from '../../../core/intake/file-follower.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { Component } from '../../../core/model/component.js';
import { AttituneError } from '../../../core/model/errors.js';
import { LocalExecutor } from '../../../wrappers/language/executors/local.js';
import { LogProbe } from '../../../probes/log.probe.js';
import { host, patient, target } from './world.js';

const here = new LocalExecutor({ node: 'here' });

describe('following a file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-follow-'));
    file = join(folder, 'a log');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const linesOf = async (follower: FileFollower) => (await follower.read(here)).lines;

  it('tells only what is new, in whole lines', async () => {
    await writeFile(file, 'old\n');
    const follower = new FileFollower(file, { from: 'end' });
    expect(await linesOf(follower)).to.deep.equal([]);
    await appendFile(file, 'one\r\ntwo\nthr');
    expect(await linesOf(follower)).to.deep.equal(['one', 'two']);
    expect(await linesOf(follower)).to.deep.equal([]);
    await appendFile(file, 'ee é\n');
    expect(await linesOf(follower)).to.deep.equal(['three é']);
  });

  it('joins a character that was read in two halves', async () => {
    await writeFile(file, '');
    const follower = new FileFollower(file, { from: 'start' });
    const [first, second] = Buffer.from('é');
    await appendFile(file, Buffer.from([first as number]));
    await linesOf(follower);
    await appendFile(file, Buffer.from([second as number, 0x0a]));
    expect(await linesOf(follower)).to.deep.equal(['é']);
  });

  it('follows a file that is renamed and made anew, with what was written before that', async () => {
    await writeFile(file, 'old\n');
    const follower = new FileFollower(file, { from: 'end' });
    await linesOf(follower);
    await appendFile(file, 'last\n');
    await rename(file, `${file}.1`);
    await writeFile(file, 'first\n');
    expect(await linesOf(follower)).to.deep.equal(['last', 'first']);
    await appendFile(file, 'second\n');
    expect(await linesOf(follower)).to.deep.equal(['second']);
  });

  it('follows a file that is truncated', async () => {
    await writeFile(file, 'a long line that was there\n');
    const follower = new FileFollower(file, { from: 'end' });
    await linesOf(follower);
    await truncate(file);
    await appendFile(file, 'new\n');
    expect(await linesOf(follower)).to.deep.equal(['new']);
  });

  it('tells that there is no file, and reads all of the one that comes', async () => {
    const follower = new FileFollower(file, { from: 'end' });
    const error = await follower.read(here).catch((reason: unknown) => reason);
    expect(AttituneError.is(error, 'file-not-found')).to.equal(true);
    await writeFile(file, 'here\n');
    expect(await linesOf(follower)).to.deep.equal(['here']);
    await rm(file);
    expect(await follower.read(here).catch((reason: unknown) => (reason as AttituneError).code)).to.equal(
      'file-not-found',
    );
    await writeFile(file, 'again\n');
    expect(await linesOf(follower)).to.deep.equal(['again']);
  });

  it('refuses a folder', async () => {
    const error = (await new FileFollower(folder, { from: 'end' })
      .read(here)
      .catch((reason: unknown) => reason)) as Error;
    expect(error.message).to.include('it is no file with lines');
  });

  it('is bounded: it tells what it left out, and cuts long lines', async () => {
    await writeFile(file, '');
    const follower = new FileFollower(file, { from: 'end', limitBytes: 10_000 });
    await linesOf(follower);
    await appendFile(file, `${'x'.repeat(50_000)}\n${'y'.repeat(6000)}\nend\n`);
    const { lines, skippedBytes } = await follower.read(here);
    expect(skippedBytes).to.equal(50_000 + 1 + 6000 + 1 + 4 - 10_000);
    expect(lines.map((line) => line.length)).to.deep.equal([4096, 3]);
    await appendFile(file, 'more\n');
    expect(await follower.read(here)).to.deep.equal({ lines: ['more'], skippedBytes: 0 });
  });
});

describe('log probe', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-log-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function world(parameters: Readonly<Record<string, string>>) {
    const probe = new LogProbe();
    const clock = new SimulatedClock();
    const component = new Component({ name: 'Queue_1', className: 'Queue', kind: 'software', attributes: { folder } });
    const all = { file: '$folder/$srname.log', ...parameters };
    probe.check(all, { file: 'x', line: 1, column: 1 });
    const log = join(folder, 'Queue_1.log');
    await writeFile(log, 'ERROR of yesterday\n');
    const instance = probe.attach(
      target({ host: () => host('here', { executor: here }), component, clock, parameters: all }),
    );
    return { clock, log, read: () => instance.read(patient) };
  }

  it('counts matching lines a second', async () => {
    const { clock, log, read } = await world({ pattern: 'ERROR' });
    expect(await read()).to.equal(undefined);
    await appendFile(log, 'ERROR 1\nfine\nERROR 2\n');
    await clock.advance(4000);
    expect(await read()).to.equal(0.5);
    await clock.advance(4000);
    expect(await read()).to.equal(0);
  });

  it('counts matching lines, or takes the last number of them', async () => {
    const count = await world({ pattern: 'ERROR', as: 'count' });
    await count.read();
    await appendFile(count.log, 'ERROR\nERROR\n');
    expect(await count.read()).to.equal(2);
    const last = await world({ pattern: 'queue=(\\S+)', as: 'last' });
    await last.read();
    await appendFile(last.log, 'queue=4\nqueue=9\nbye\n');
    expect(await last.read()).to.equal(9);
    // what was said before is not said again
    expect(await last.read()).to.equal(undefined);
    await appendFile(last.log, 'queue=NaN\n');
    const error = (await last.read().catch((reason: unknown) => reason)) as Error;
    expect(error.message).to.include('no finite number');
  });

  it('refuses wrong parameters', () => {
    const WRONG: readonly Readonly<Record<string, string>>[] = [
      { file: 'relative.log', pattern: 'x' },
      { file: '/a', pattern: '(' },
      { file: '/a', pattern: 'no group', as: 'last' },
      { file: '/a', pattern: 'x', as: 'median' },
      { file: '/a$', pattern: 'x' },
    ];
    for (const parameters of WRONG)
      expect(() => new LogProbe().check(parameters, { file: 'x', line: 1, column: 1 })).to.throw(AttituneError);
  });
});
