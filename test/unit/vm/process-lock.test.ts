import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../../core/model/clock.js';
import { bootId, startTimeOf } from '../../../wrappers/machine/processes.js';
import { ProcessLock } from '../../../wrappers/machine/process-lock.js';

describe('Lock over the processes of a machine', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-lock-'));
    file = join(folder, 'it.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const lock = () => new ProcessLock(file, new SystemClock(), 'internal');

  it('lets one at a time in, whoever tries at once, and leaves nothing', async function () {
    this.timeout(20_000);
    let inside = 0;
    let most = 0;
    const done = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        lock().hold(async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
          return index;
        }),
      ),
    );
    expect(done).to.deep.equal([0, 1, 2, 3, 4]);
    expect(most).to.equal(1);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('is given back where what is done fails', async () => {
    const failed = await lock()
      .hold(() => Promise.reject(new Error('odd')))
      .catch((error: unknown) => (error as Error).message);
    expect(failed).to.equal('odd');
    expect(await lock().owner()).to.equal(undefined);
    await lock().hold(async () => expect((await lock().owner())?.pid).to.equal(process.pid));
  });

  it('is not held by the dead, also where their process id is used again or the machine was started anew', async () => {
    const boot = await bootId();
    const startTime = (await startTimeOf(process.pid)) ?? '';
    const owner = { command: 'x', since: '', token: 't' };
    for (const dead of [
      { pid: 2 ** 22, startTime: '1', boot },
      { pid: process.pid, startTime: '1', boot },
      { pid: process.pid, startTime, boot: 'another' },
    ]) {
      await writeFile(file, JSON.stringify({ ...owner, ...dead }));
      expect(await lock().owner()).to.equal(undefined);
      expect(await lock().hold(() => Promise.resolve('in'))).to.equal('in');
    }
  });
});
