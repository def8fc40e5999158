import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import type { MigrationOptions, MigrationProgress } from '../../../core/model/hypervisor.js';
import { virDomainMigrateFlags as FLAGS } from '../../../wrappers/libvirt/constants.js';
import {
  checkMigrationOptions,
  migrationFlags,
  migrationParameters,
  wantsPostCopy,
  type MigrationSubject,
} from '../../../wrappers/libvirt/migration-request.js';

/** The names of the flags that are set. */
function flags(subject: Partial<MigrationSubject>, options: MigrationOptions = {}): readonly string[] {
  const value = migrationFlags({ active: true, persistent: false, unsafe: false, ...subject }, options);
  const names = Object.entries(FLAGS).filter(([, flag]) => (value & flag) !== 0);
  expect(names.reduce((sum, [, flag]) => sum + flag, 0)).to.equal(value);
  return names.map(([name]) => name.replace('VIR_MIGRATE_', '')).sort();
}

describe('what is asked of libvirt for a migration', () => {
  it('is peer to peer, live, with auto-converge unless told', () => {
    expect(flags({})).to.deep.equal(['AUTO_CONVERGE', 'LIVE', 'PEER2PEER']);
    expect(flags({}, { autoConverge: false })).to.deep.equal(['LIVE', 'PEER2PEER']);
    expect(flags({ unsafe: true }, { autoConverge: false })).to.deep.equal(['LIVE', 'PEER2PEER', 'UNSAFE']);
  });

  it('may be post-copy only where that is allowed', () => {
    expect(flags({}, { postCopyAfterMs: 0 })).to.include('POSTCOPY');
    expect(flags({}, { autoConverge: true })).not.to.include('POSTCOPY');
  });

  it('takes a definition along, and is offline where the domain does not run', () => {
    const moved = ['PERSIST_DEST', 'UNDEFINE_SOURCE'];
    expect(flags({ persistent: true }, { autoConverge: false })).to.deep.equal(['LIVE', 'PEER2PEER', ...moved]);
    const cold = flags({ persistent: true, active: false }, { postCopyAfterMs: 1 });
    expect(cold).to.deep.equal(['OFFLINE', 'PEER2PEER', ...moved]);
  });

  it('has a bandwidth in whole MiB/s, and none for a definition', () => {
    const subject = { active: true, persistent: true, unsafe: false };
    expect(migrationParameters(subject, {})).to.deep.equal([]);
    expect(migrationParameters(subject, { bandwidthMiBps: 0.2 })).to.deep.equal([
      { field: 'bandwidth', value: { type: 'ullong', value: 1n } },
    ]);
    expect(migrationParameters(subject, { bandwidthMiBps: 8, postCopyAfterMs: 0 })).to.deep.equal([
      { field: 'bandwidth', value: { type: 'ullong', value: 8n } },
      { field: 'bandwidth.postcopy', value: { type: 'ullong', value: 8n } },
    ]);
    expect(migrationParameters({ ...subject, active: false }, { bandwidthMiBps: 5 })).to.deep.equal([]);
  });

  it('is refused where an option is no number that makes sense', () => {
    const wrong: readonly MigrationOptions[] = [
      { bandwidthMiBps: 0 },
      { bandwidthMiBps: NaN },
      { timeoutMs: -1 },
      { timeoutMs: Infinity },
      { maxDowntimeMs: 0 },
      { postCopyAfterMs: -1 },
    ];
    for (const options of wrong) {
      expect(() => checkMigrationOptions(options))
        .to.throw(AttituneError)
        .with.property('code', 'value');
    }
    checkMigrationOptions({ postCopyAfterMs: 0, timeoutMs: 1, maxDowntimeMs: 1, bandwidthMiBps: 0.5 });
  });
});

describe('a guest is switched to post-copy', () => {
  const progress = {
    domain: 'web',
    elapsedMs: 10_000,
    processedBytes: 100e6,
    remainingBytes: 1e6,
    totalBytes: 50e6,
    iteration: 3,
    dirtyBytesPerSecond: 8e6,
  };
  const without = (name: 'iteration' | 'dirtyBytesPerSecond') => {
    const rest: Partial<typeof progress> = { ...progress };
    delete rest[name];
    return rest as MigrationProgress;
  };

  it('once its time has come and it dirties memory too fast', () => {
    expect(wantsPostCopy(progress, 10_000)).to.equal(true);
    expect(wantsPostCopy(progress, 10_001)).to.equal(false);
  });

  it('but not in its first round, in which most would be fetched page by page', () => {
    expect(wantsPostCopy({ ...progress, iteration: 1 }, 1000)).to.equal(false);
    expect(wantsPostCopy(without('iteration'), 1000)).to.equal(false);
  });

  it('and not while what is left shrinks, unless that takes twice the time', () => {
    const slow = { ...progress, dirtyBytesPerSecond: 4e6 };
    expect(wantsPostCopy(slow, 6000)).to.equal(false);
    expect(wantsPostCopy(slow, 5000)).to.equal(true);
    expect(wantsPostCopy(without('dirtyBytesPerSecond'), 6000)).to.equal(true);
  });
});
