import { AttituneError } from '../../core/model/errors.js';
import type { MigrationProgress } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import type { OperationContext } from '../../core/model/wrapper.js';
import { findDomain } from './domain-life.js';

/** Reports are this far apart at least, in time. */
const REPORT_EVERY_MS = 200;

/** What a migration that ended well is told as. */
export interface MigrationResult {
  readonly from: string;
  readonly to: string;
  readonly elapsedMs: number;
  readonly downtimeMs: number;
}

/**
 * Migrates a component's domain live and moves the component in the system representation with it. Where it fails, the
 * hosts are asked where the domain really is, the component is put there, and the error says so.
 */
export async function migrateDomain(
  context: OperationContext,
  source: HostAccess,
  target: HostAccess,
): Promise<MigrationResult> {
  const { component, system, infrastructure, signal, report } = context;
  const { name } = component;
  if (source.name === target.name) {
    throw new AttituneError('domain-state', `${name} is on ${target.name} already: there is nothing to migrate.`);
  }
  if (signal.aborted)
    throw new AttituneError('cancelled', `The migration of ${name} was cancelled before it began.`, {
      cause: signal.reason,
    });
  const route = { from: source.name, to: target.name };
  let reportedAt = -Infinity;
  const onProgress = (progress: MigrationProgress) => {
    const now = infrastructure.clock.now();
    if (now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    const fraction = fractionOf(progress);
    report(`${name} moves from ${route.from} to ${route.to}: ${Math.round(fraction * 100)} %`, { ...route, fraction });
  };
  try {
    const { elapsedMs, downtimeMs } = await source.hypervisor.migrate(
      name,
      { host: target.name, uri: target.migrationUri },
      { onProgress, signal },
    );
    system.place(component, system.component(target.name));
    return { ...route, elapsedMs, downtimeMs };
  } catch (error) {
    throw await withWhereabouts(context, route, AttituneError.from(error, 'migration-failed'));
  }
}

async function withWhereabouts(
  { component, system, infrastructure }: OperationContext,
  route: { readonly from: string; readonly to: string },
  error: AttituneError,
): Promise<AttituneError> {
  const { name } = component;
  const found = await findDomain(name, infrastructure.hosts()).catch(() => undefined);
  const what = `${name} could not be migrated from ${route.from} to ${route.to}`;
  if (!found) {
    const code = error.code === 'host-unreachable' ? error.code : 'domain-died';
    return new AttituneError(code, `${what}, and no host that answers has it now: ${error.message}`, {
      cause: error,
      details: route,
    });
  }
  system.place(component, system.component(found.host.name));
  return new AttituneError(error.code, `${what}; it is ${found.state} on ${found.host.name}: ${error.message}`, {
    cause: error,
    details: { ...error.details, ...route, host: found.host.name, state: found.state },
  });
}

/** How much of the memory is over; pages that are sent again make it fall back, so it is only a measure. */
function fractionOf({ processedBytes, remainingBytes, totalBytes }: MigrationProgress): number {
  // before the first page is sent nothing remains either
  if (processedBytes === 0) return 0;
  const whole = Math.max(totalBytes, processedBytes + remainingBytes);
  return whole > 0 ? Math.min(1, Math.max(0, 1 - remainingBytes / whole)) : 0;
}
