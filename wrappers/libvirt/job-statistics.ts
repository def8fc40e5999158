/** What libvirt tells of a migration while it runs and when it is done. */
import type { MigrationOutcome, MigrationProgress } from '../../core/model/hypervisor.js';
import { virDomainJob, virDomainJobOperation } from './constants.js';
import { numberOf } from './typed-parameters.js';
import type { ParameterTable } from './typed-parameters.js';

/** Progress from a running job's statistics; `undefined` while the job has not yet counted what it has to move. */
export function readProgress(domain: string, table: ParameterTable): MigrationProgress | undefined {
  const totalBytes = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_TOTAL);
  if (!totalBytes) return undefined;
  const iteration = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_ITERATION);
  const dirtyRate = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE);
  const pageSize = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE);
  const throttlePercent = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE);
  return {
    domain,
    elapsedMs: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_TIME_ELAPSED) ?? 0,
    processedBytes: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_PROCESSED) ?? 0,
    remainingBytes: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_REMAINING) ?? 0,
    totalBytes,
    ...(iteration !== undefined && { iteration }),
    ...(dirtyRate !== undefined && pageSize !== undefined && { dirtyBytesPerSecond: dirtyRate * pageSize }),
    ...(throttlePercent !== undefined && { throttle: throttlePercent / 100 }),
  };
}

/** How a migration went, by libvirt's own measure. */
export type JobOutcome = Omit<MigrationOutcome, 'mode'>;

const MIGRATIONS: readonly (number | undefined)[] = [
  // daemons before 3.3 do not tell
  undefined,
  virDomainJobOperation.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN,
  virDomainJobOperation.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT,
];

/** The outcome from a completed job's statistics; `undefined` where these are not of a migration that ended well. */
export function readOutcome(table: ParameterTable): JobOutcome | undefined {
  const elapsedMs = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_TIME_ELAPSED);
  const downtimeMs = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DOWNTIME);
  if (!MIGRATIONS.includes(numberOf(table, virDomainJob.VIR_DOMAIN_JOB_OPERATION))) return undefined;
  if (numberOf(table, virDomainJob.VIR_DOMAIN_JOB_SUCCESS) === 0) return undefined;
  if (elapsedMs === undefined || downtimeMs === undefined) return undefined;
  const iterations = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_ITERATION);
  return {
    elapsedMs,
    downtimeMs,
    transferredBytes: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_PROCESSED) ?? 0,
    ...(iterations !== undefined && { iterations }),
  };
}
