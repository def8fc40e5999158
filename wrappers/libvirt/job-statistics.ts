/** What libvirt tells of a migration while it runs and when it is done. */
import type { MigrationOutcome, MigrationProgress } from '../../core/model/hypervisor.js';
import { virDomainJob } from './constants.js';
import { numberOf } from './typed-parameters.js';
import type { ParameterTable } from './typed-parameters.js';

/** Progress from a running job's statistics; `undefined` while the job has not yet counted what it has to move. */
export function readProgress(domain: string, table: ParameterTable): MigrationProgress | undefined {
  const totalBytes = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_TOTAL);
  if (!totalBytes) return undefined;
  const iteration = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_ITERATION);
  const dirtyRate = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE);
  const pageSize = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE);
  return {
    domain,
    elapsedMs: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_TIME_ELAPSED) ?? 0,
    processedBytes: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_PROCESSED) ?? 0,
    remainingBytes: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_REMAINING) ?? 0,
    totalBytes,
    ...(iteration !== undefined && { iteration }),
    ...(dirtyRate !== undefined && pageSize !== undefined && { dirtyBytesPerSecond: dirtyRate * pageSize }),
  };
}

/** The outcome from a completed job's statistics; `undefined` where these are not of a migration. */
export function readOutcome(table: ParameterTable): MigrationOutcome | undefined {
  const elapsedMs = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_TIME_ELAPSED);
  const downtimeMs = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DOWNTIME);
  if (elapsedMs === undefined || downtimeMs === undefined) return undefined;
  const iterations = numberOf(table, virDomainJob.VIR_DOMAIN_JOB_MEMORY_ITERATION);
  return {
    elapsedMs,
    downtimeMs,
    transferredBytes: numberOf(table, virDomainJob.VIR_DOMAIN_JOB_DATA_PROCESSED) ?? 0,
    ...(iterations !== undefined && { iterations }),
  };
}
