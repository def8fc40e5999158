import { expect } from 'chai';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClock, SystemClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { LabLock, type LabOwner } from '../../../wrappers/lab/life/lab-lock.js';
import { LabRecordFile, type LabRecord } from '../../../wrappers/lab/life/lab-state.js';
import { bootId, startTimeOf } from '../../../wrappers/machine/processes.js';
import { planLab } from '../../../wrappers/lab/lab-plan.js';
import { parseSubnet } from '../../../wrappers/lab/subnet.js';

describe('Lock of the lab', () => {
  let folder: string;
  let lock: LabLock;
  const clock = new SimulatedClock(Date.UTC(2026, 0, 1));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-lock-'));
    lock = new LabLock(folder, clock);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const forge = async (owner: Partial<LabOwner>) =>
    writeFile(
      join(folder, 'lab.lock'),
      JSON.stringify({
        pid: process.pid,
        startTime: '1',
        boot: await bootId(),
        command: 'attitune run',
        since: 'then',
        token: 'theirs',
        mode: 'run',
        ...owner,
      }),
    );
  const codeOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => undefined,
      (error: unknown) => (error instanceof AttituneError ? error.code : error),
    );

  it('is taken once, and given back', async () => {
    expect(await lock.state()).to.deep.equal({ state: 'free' });
    const { owner, takenOver } = await lock.take('run');
    expect(takenOver).to.equal(undefined);
    expect(owner.pid).to.equal(process.pid);
    expect(owner.since).to.equal('2026-01-01T00:00:00.000Z');
    expect(await codeOf(new LabLock(folder, clock).take('run'))).to.equal('lab-busy');
    await lock.release('somebody else');
    expect((await lock.state()).state).to.equal('held');
    await lock.release(owner.token);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('is taken by one only, whoever tries at once', async () => {
    await forge({ pid: 2 ** 22 + 1 });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => new LabLock(folder, clock).take('run')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(await readdir(folder)).to.deep.equal(['lab.lock']);
  });

  it('is taken over from a dead owner, also where its process id is used again', async () => {
    await forge({ startTime: '1' });
    expect((await lock.state()).state).to.equal('dead');
    const { takenOver } = await lock.take('run');
    expect(takenOver?.token).to.equal('theirs');
  });

  it('means nothing any more after a boot of the machine', async () => {
    await forge({ mode: 'kept', boot: 'another' });
    expect((await lock.state()).state).to.equal('dead');
    expect((await lock.take('run')).takenOver?.token).to.equal('theirs');
  });

  it('goes to the reaper of that owner only', async () => {
    await forge({});
    expect(await lock.takeOverFrom('another')).to.equal(undefined);
    expect((await lock.takeOverFrom('theirs'))?.mode).to.equal('down');
    expect(await lock.takeOverFrom('theirs')).to.equal(undefined);
  });

  it('waits for one who takes a lab down', async () => {
    await forge({ startTime: (await startTimeOf(process.pid)) as string, mode: 'down' });
    const taking = new LabLock(folder, new SystemClock()).take('run');
    expect((await lock.state()).state).to.equal('held');
    await rm(join(folder, 'lab.lock'));
    expect((await taking).owner.mode).to.equal('run');
  });

  it('keeps a lab standing without its owner, until it is taken down', async () => {
    const { owner } = await lock.take('run');
    await lock.keep(owner);
    expect((await lock.state()).state).to.equal('kept');
    const error: unknown = await lock.take('run').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError).with.property('code', 'lab-busy');
    expect((error as Error).message).to.contain('attitune lab down');
    const { takenOver } = await lock.take('down', { evenKept: true });
    expect(takenOver?.token).to.equal(owner.token);
  });
});

describe('Record of the lab', () => {
  it('is read as it was written, and absent where it is broken', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attitune-record-'));
    try {
      const file = new LabRecordFile(folder);
      expect(await file.read()).to.equal(undefined);
      const record: LabRecord = {
        plan: planLab(['host1'], parseSubnet('10.213.77.0/24'), '/run/attitune/pki'),
        startedAt: '2026-01-01T00:00:00.000Z',
        acceleration: 'tcg',
        cpuLimit: 0.8,
        guests: { Machine_1: { address: '10.213.77.101', mac: '52:54:00:a7:04:00' } },
      };
      await file.write(record);
      expect(await file.read()).to.deep.equal(record);
      await writeFile(join(folder, 'lab.json'), (await readFile(join(folder, 'lab.json'), 'utf8')).slice(0, 40));
      expect(await file.read()).to.equal(undefined);
      await file.remove();
      expect(await readdir(folder)).to.deep.equal([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
