import { expect } from 'chai';
import type { MigrationOptions, MigrationProgress } from '../../../core/model/hypervisor.js';
import { MigrationWatch } from '../../../wrappers/libvirt/migration-watch.js';
import { migrationProcedures } from '../../../wrappers/libvirt/rpc/migration-procedures.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { FakeDaemon } from './fake-daemon.js';

const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: 3 };

/** Statistics of a running job: MiB copied, the round, MiB dirtied a second. */
function statistics(elapsedMs: number, copiedMiB: number, iteration: number, dirtyMiBps: number) {
  const ullong = (field: string, value: number) => ({
    field,
    value: { type: 'ullong', value: BigInt(value) } as const,
  });
  return {
    type: 2,
    params: [
      ullong('time_elapsed', elapsedMs),
      ullong('data_total', 512 << 20),
      ullong('data_processed', copiedMiB << 20),
      ullong('data_remaining', 100 << 20),
      ullong('memory_iteration', iteration),
      ullong('memory_dirty_rate', dirtyMiBps * 256),
      ullong('memory_page_size', 4096),
      { field: 'auto_converge_throttle', value: { type: 'int', value: 20 } as const },
    ],
  };
}

function watchOf(options: MigrationOptions) {
  const daemon = new FakeDaemon();
  const ended = new AbortController();
  const told: MigrationProgress[] = [];
  const source = { connection: daemon.connection, clock: daemon.clock, progressEveryMs: 1000 };
  const onProgress = (progress: MigrationProgress) => void told.push(progress);
  const watch = new MigrationWatch(source, dom, { onProgress, ...options }, ended.signal);
  watch.start();
  /** What the daemon was asked since it was last looked at, without answering. */
  const asked = () => daemon.calls.map(({ header }) => header.procedure);
  const answerStatistics = (...figures: Parameters<typeof statistics>) =>
    daemon.send(daemon.reply(procedures.domainGetJobStats, statistics(...figures)));
  return { daemon, watch, told, ended, asked, answerStatistics };
}

const STATISTICS = procedures.domainGetJobStats.number;
const ABORT = procedures.domainAbortJob.number;
const POST_COPY = migrationProcedures.domainMigrateStartPostCopy.number;

describe('the watch over a migration', () => {
  it('tells rounds, dirty rate and throttle, until it ends', async () => {
    const { daemon, told, ended, asked, answerStatistics } = watchOf({});
    expect(asked()).to.deep.equal([STATISTICS]);
    await answerStatistics(1000, 50, 1, 0);
    await daemon.clock.advance(1000);
    await answerStatistics(2000, 100, 2, 30);
    expect(told.at(-1)).to.deep.include({ iteration: 2, dirtyBytesPerSecond: 30 << 20, throttle: 0.2 });
    ended.abort();
    await daemon.clock.advance(5000);
    expect(asked()).to.deep.equal([]);
  });

  it('aborts when its time is over, again and again until that takes', async () => {
    const { daemon, watch, asked, ended } = watchOf({ timeoutMs: 3000 });
    await daemon.clock.advance(2999);
    expect(watch.aborting).to.equal(undefined);
    await daemon.clock.advance(1);
    expect(watch.aborting).to.equal('timeout');
    daemon.calls.shift();
    expect(asked()).to.deep.equal([ABORT]);
    await daemon.send(daemon.error(55, 'no job is active'));
    await daemon.clock.advance(50);
    expect(asked()).to.deep.equal([ABORT]);
    ended.abort();
  });

  it('aborts when told to, also when that was before it began', async () => {
    const abort = new AbortController();
    const { daemon, watch, asked } = watchOf({ signal: abort.signal });
    daemon.calls.shift();
    abort.abort();
    expect(watch.aborting).to.equal('abort');
    expect(asked()).to.deep.equal([ABORT]);
    expect(watchOf({ signal: AbortSignal.abort() }).watch.aborting).to.equal('abort');
    await daemon.clock.advance(0);
  });

  it('switches to post-copy where that is allowed and needed, tells so, and aborts no more', async () => {
    const abort = new AbortController();
    const { daemon, watch, told, asked, answerStatistics } = watchOf({
      postCopyAfterMs: 2000,
      timeoutMs: 10_000,
      signal: abort.signal,
    });
    await answerStatistics(1000, 50, 2, 60);
    expect(watch.postCopy).to.equal(false);
    await daemon.clock.advance(1000);
    await answerStatistics(2000, 100, 2, 60);
    expect(asked()).to.deep.equal([POST_COPY]);
    expect(watch.postCopy).to.equal(true);
    await daemon.send(daemon.reply(migrationProcedures.domainMigrateStartPostCopy, undefined));
    expect(told.at(-1)).to.have.property('postCopy', true);
    abort.abort();
    await daemon.clock.advance(20_000);
    expect(watch.aborting).to.equal(undefined);
    expect(asked()).to.deep.equal([STATISTICS]);
  });

  it('goes on with pre-copy where the daemon refuses post-copy, and tries it again', async () => {
    const { daemon, watch, told, asked, answerStatistics } = watchOf({ postCopyAfterMs: 1000 });
    await answerStatistics(1000, 50, 2, 60);
    await daemon.send(daemon.error(55, 'post-copy can only be started while migration is running'));
    expect(watch.postCopy).to.equal(false);
    expect(told.at(-1)).not.to.have.property('postCopy');
    await daemon.clock.advance(1000);
    await answerStatistics(2000, 100, 3, 60);
    expect(asked()).to.deep.equal([POST_COPY]);
  });

  it('does not switch what is being aborted', async () => {
    const abort = new AbortController();
    const { daemon, asked, answerStatistics } = watchOf({ postCopyAfterMs: 0, signal: abort.signal });
    abort.abort();
    await answerStatistics(1000, 50, 2, 60);
    expect(asked()).to.deep.equal([ABORT]);
    await daemon.clock.advance(0);
  });

  it('counts as post-copy where the connection is lost while it switches', async () => {
    const { daemon, watch, answerStatistics } = watchOf({ postCopyAfterMs: 0 });
    await answerStatistics(1000, 50, 2, 60);
    daemon.stream.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.postCopy).to.equal(true);
  });
});
