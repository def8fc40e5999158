/** What is asked of libvirt for a migration, as its flags and parameters. */
import { AttituneError } from '../../core/model/errors.js';
import type { MigrationOptions, MigrationProgress } from '../../core/model/hypervisor.js';
import {
  VIR_MIGRATE_PARAM_BANDWIDTH,
  VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY,
  virDomainMigrateFlags as FLAGS,
} from './constants.js';
import type { TypedParameter } from './typed-parameters.js';

/** What is to be migrated. */
export interface MigrationSubject {
  /** It runs; else its definition alone is moved. */
  readonly active: boolean;
  readonly persistent: boolean;
  /** Migrate although libvirt cannot see that the disks are shared. */
  readonly unsafe: boolean;
}

/** A domain that is defined is defined on the target afterwards, and on the source no more. */
const MOVED_DEFINITION = FLAGS.VIR_MIGRATE_PERSIST_DEST | FLAGS.VIR_MIGRATE_UNDEFINE_SOURCE;

export function migrationFlags(subject: MigrationSubject, options: MigrationOptions): number {
  const { active, persistent, unsafe } = subject;
  const how = active
    ? FLAGS.VIR_MIGRATE_LIVE |
      (options.autoConverge === false ? 0 : FLAGS.VIR_MIGRATE_AUTO_CONVERGE) |
      (options.postCopyAfterMs === undefined ? 0 : FLAGS.VIR_MIGRATE_POSTCOPY)
    : FLAGS.VIR_MIGRATE_OFFLINE;
  return (
    FLAGS.VIR_MIGRATE_PEER2PEER | how | (persistent ? MOVED_DEFINITION : 0) | (unsafe ? FLAGS.VIR_MIGRATE_UNSAFE : 0)
  );
}

/** libvirt takes whole MiB/s, and no bandwidth for a definition. What is left after post-copy began keeps to it too. */
export function migrationParameters(subject: MigrationSubject, options: MigrationOptions): TypedParameter[] {
  const { bandwidthMiBps, postCopyAfterMs } = options;
  if (bandwidthMiBps === undefined || !subject.active) return [];
  const value = { type: 'ullong', value: BigInt(Math.max(1, Math.round(bandwidthMiBps))) } as const;
  return [
    { field: VIR_MIGRATE_PARAM_BANDWIDTH, value },
    ...(postCopyAfterMs === undefined ? [] : [{ field: VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, value }]),
  ];
}

/** Each option that is a number, and the least that makes sense. */
const LEAST = { bandwidthMiBps: 0, maxDowntimeMs: 0, timeoutMs: 0, postCopyAfterMs: -1 } as const;

/** Throws `value` for an option that is no number above its bound. */
export function checkMigrationOptions(options: MigrationOptions): void {
  for (const [name, bound] of Object.entries(LEAST)) {
    const given = options[name as keyof typeof LEAST];
    if (given === undefined || (given > bound && Number.isFinite(given))) continue;
    throw new AttituneError('value', `A migration cannot have ${given} as ${name}: use a number above ${bound}.`);
  }
}

/**
 * Whether a guest should be switched to post-copy now. Not in the first round, since all that is not copied yet would be
 * fetched page by page; not while what is left shrinks by half each round, since that ends by itself; but in any case
 * once it took twice the time.
 */
export function wantsPostCopy(progress: MigrationProgress, postCopyAfterMs: number): boolean {
  const { elapsedMs, processedBytes, iteration = 1, dirtyBytesPerSecond } = progress;
  if (elapsedMs < postCopyAfterMs || iteration < 2) return false;
  if (elapsedMs >= 2 * postCopyAfterMs || dirtyBytesPerSecond === undefined) return true;
  return dirtyBytesPerSecond > processedBytes / (elapsedMs / 1000) / 2;
}
