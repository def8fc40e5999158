import { AttituneError } from '../../core/model/errors.js';
import type { MigrationProgress } from '../../core/model/hypervisor.js';
import { virDomainJob, virDomainJobOperation, virDomainJobType, virErrorNumber } from './constants.js';
import { lookupDomain } from './domain.js';
import { libvirtCode } from './errors.js';
import { readProgress } from './job-statistics.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import { numberOf, parameterTable } from './typed-parameters.js';

/** Jobs that have ended are told too, by daemons that keep them. */
const UNDER_WAY: readonly number[] = [
  virDomainJobType.VIR_DOMAIN_JOB_BOUNDED,
  virDomainJobType.VIR_DOMAIN_JOB_UNBOUNDED,
];

/** With these the host that a guest comes to refuses to tell how far it is, while it comes. The number depends on its version. */
const REFUSALS: readonly (number | undefined)[] = [
  virErrorNumber.VIR_ERR_OPERATION_INVALID,
  virErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED,
];

/** See `Hypervisor.migrationOf`: who began it, and over which connection, does not matter. */
export async function migrationOf(connection: RpcConnection, name: string): Promise<MigrationProgress | undefined> {
  const dom = await lookupDomain(connection, name);
  if (dom.id < 0) return undefined;
  try {
    const { type, params } = await connection.call(remoteProcedures.domainGetJobStats, { dom, flags: 0 });
    const table = parameterTable(params);
    if (!UNDER_WAY.includes(type) || !isMigration(numberOf(table, virDomainJob.VIR_DOMAIN_JOB_OPERATION)))
      return undefined;
    return readProgress(name, table) ?? notCounted(name);
  } catch (error) {
    if (REFUSALS.includes(libvirtCode(AttituneError.from(error)))) return notCounted(name);
    throw error;
  }
}

/** Daemons before 3.3 do not tell of what kind a job is. */
function isMigration(operation: number | undefined): boolean {
  const { VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN, VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT } = virDomainJobOperation;
  return (
    operation === undefined ||
    operation === VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN ||
    operation === VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT
  );
}

function notCounted(domain: string): MigrationProgress {
  return { domain, elapsedMs: 0, processedBytes: 0, remainingBytes: 0, totalBytes: 0 };
}
