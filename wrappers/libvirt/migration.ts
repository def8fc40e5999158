/** Migration from peer to peer: the source daemon talks to the target's, this client watches and can abort. */
import { Buffer } from 'node:buffer';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { MigrationOptions, MigrationOutcome, MigrationTarget } from '../../core/model/hypervisor.js';
import { virDomainGetJobStatsFlags, virDomainJobType } from './constants.js';
import { lookupDomain } from './domain.js';
import type { EventRegistration } from './event-registration.js';
import { readOutcome } from './job-statistics.js';
import type { JobOutcome } from './job-statistics.js';
import { afterFailure } from './migration-failure.js';
import { forget, makePersistent, presenceOf } from './migration-presence.js';
import type { WithTarget } from './migration-presence.js';
import { checkMigrationOptions, migrationFlags, migrationParameters } from './migration-request.js';
import { MigrationWatch } from './migration-watch.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { remoteEvents } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';
import type { Infer } from './rpc/xdr.js';
import { parameterTable } from './typed-parameters.js';

export type JobCompletedMessage = Infer<(typeof remoteEvents.domainEventCallbackJobCompleted)['message']>;

/** The host that a domain leaves. */
export interface MigrationSource {
  readonly host: string;
  readonly connection: RpcConnection;
  readonly clock: Clock;
  readonly completedJobs: EventRegistration<JobCompletedMessage>;
  /** Migrate although libvirt cannot see that the disks are shared. */
  readonly unsafe: boolean;
  readonly withTarget: WithTarget;
  readonly progressEveryMs: number;
}

/** See `Hypervisor.migrate`. */
export async function migrateDomain(
  source: MigrationSource,
  name: string,
  target: MigrationTarget,
  options: MigrationOptions,
): Promise<MigrationOutcome> {
  checkMigrationOptions(options);
  const { connection, clock } = source;
  const dom = await lookupDomain(connection, name);
  const active = dom.id >= 0;
  const persistent = (await connection.call(remoteProcedures.domainIsPersistent, { dom })).persistent !== 0;
  const subject = { active, persistent, unsafe: source.unsafe };
  if (active) await refuseSecondJob(connection, dom);
  const completed = await awaitCompletedJob(source, dom);
  if (active && options.maxDowntimeMs !== undefined) {
    const downtime = BigInt(Math.max(1, Math.round(options.maxDowntimeMs)));
    await connection.call(remoteProcedures.domainMigrateSetMaxDowntime, { dom, downtime, flags: 0 });
  }
  const ended = new AbortController();
  const watch = new MigrationWatch(source, dom, options, ended.signal);
  const startedAt = clock.now();
  try {
    if (options.signal?.aborted) {
      throw new AttituneError(
        'migration-aborted',
        `The migration of ${name} to ${target.host} was aborted before it began.`,
      );
    }
    const migration = connection.call(remoteProcedures.domainMigratePerform3Params, {
      dom,
      dconnuri: target.uri,
      params: migrationParameters(subject, options),
      cookieIn: Buffer.alloc(0),
      flags: migrationFlags(subject, options),
    });
    // a definition is moved at once, and libvirt has no job for it that could be watched
    if (active) watch.start();
    await migration.catch((error: unknown) => {
      const { aborting, postCopy } = watch;
      const { timeoutMs } = options;
      const failed = { dom, target, active, persistent, error, aborting, postCopy };
      return afterFailure(source, { ...failed, ...(timeoutMs !== undefined && { timeoutMs }) });
    });
    const elapsedMs = clock.now() - startedAt;
    if (persistent) await definedOnTargetOnly(source, dom, target);
    if (!active) return { mode: 'offline', elapsedMs, downtimeMs: 0, transferredBytes: 0 };
    // without libvirt's own measure the whole time is the only bound of the downtime that is sure
    const transferredBytes = watch.latest?.processedBytes ?? 0;
    const unmeasured = { elapsedMs, downtimeMs: elapsedMs, transferredBytes };
    const outcome = completed.outcome() ?? (await measuredByTarget(source, dom, target)) ?? completed.outcome();
    return { mode: watch.postCopy ? 'post-copy' : 'live', ...(outcome ?? unmeasured) };
  } finally {
    ended.abort(new Error('the migration has ended'));
    completed.unsubscribe();
  }
}

/** libvirt would let it wait for the other job, then say only that it could not get a lock. */
async function refuseSecondJob(connection: RpcConnection, dom: RemoteDomain): Promise<void> {
  const { type } = await connection.call(remoteProcedures.domainGetJobStats, { dom, flags: 0 });
  if (type === virDomainJobType.VIR_DOMAIN_JOB_NONE) return;
  throw new AttituneError(
    'domain-state',
    `Another job of ${dom.name} is under way on its host, such as a migration. Wait for its end, or abort it.`,
  );
}

/** A transient domain is gone with its migration, so that on the source only the event of its completed job tells what it cost. */
async function awaitCompletedJob(source: MigrationSource, dom: RemoteDomain) {
  let outcome: JobOutcome | undefined;
  const subscription = await source.completedJobs.subscribe((message) => {
    if (message.dom.uuid === dom.uuid) outcome ??= readOutcome(parameterTable(message.params));
  });
  return { outcome: () => outcome, unsubscribe: () => subscription.unsubscribe() };
}

/** The target is told by the source what the migration cost, and keeps it; asked where the event is not there yet. */
async function measuredByTarget(
  source: MigrationSource,
  dom: RemoteDomain,
  target: MigrationTarget,
): Promise<JobOutcome | undefined> {
  const { VIR_DOMAIN_JOB_STATS_COMPLETED, VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED } = virDomainGetJobStatsFlags;
  const flags = VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED;
  const asked = source.withTarget(target, async (connection) => {
    const there = await lookupDomain(connection, dom.name);
    const { type, params } = await connection.call(remoteProcedures.domainGetJobStats, { dom: there, flags });
    return type === virDomainJobType.VIR_DOMAIN_JOB_COMPLETED ? readOutcome(parameterTable(params)) : undefined;
  });
  // it is there and runs: that nobody could be asked what it cost makes no failure of it
  return asked.catch(() => undefined);
}

/**
 * libvirt calls a migration a success even where it could not define the domain on the target, or not undefine it on the
 * source: that is made good here. A target that cannot be asked is taken at libvirt's word.
 */
async function definedOnTargetOnly(source: MigrationSource, dom: RemoteDomain, target: MigrationTarget): Promise<void> {
  const left = await presenceOf(source.connection, dom);
  if (left && !left.active) await forget(source.connection, left);
  await source
    .withTarget(target, async (connection) => {
      const there = await presenceOf(connection, dom);
      if (there?.active && !there.persistent) await makePersistent(connection, there);
    })
    .catch((error: unknown) => {
      if (!AttituneError.is(error, 'host-unreachable')) throw error;
    });
}
