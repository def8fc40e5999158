/** Live migration from peer to peer: the source daemon talks to the target's, this client watches and can abort. */
import { Buffer } from 'node:buffer';
import { delay } from '../../core/model/clock.js';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type {
  MigrationOptions,
  MigrationOutcome,
  MigrationProgress,
  MigrationTarget,
} from '../../core/model/hypervisor.js';
import { VIR_MIGRATE_PARAM_BANDWIDTH, virDomainJobType, virDomainMigrateFlags as FLAGS } from './constants.js';
import { lookupDomain } from './domain.js';
import type { EventRegistration } from './event-registration.js';
import { readOutcome, readProgress } from './job-statistics.js';
import { afterFailure } from './migration-failure.js';
import type { TargetProbe } from './migration-failure.js';
import type { RpcConnection } from './rpc/connection.js';
import type { remoteEvents } from './rpc/procedures.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';
import type { Infer } from './rpc/xdr.js';
import { parameterTable } from './typed-parameters.js';
import type { TypedParameter } from './typed-parameters.js';

export type JobCompletedMessage = Infer<(typeof remoteEvents.domainEventCallbackJobCompleted)['message']>;

/** The host that a domain leaves. */
export interface MigrationSource {
  readonly host: string;
  readonly connection: RpcConnection;
  readonly clock: Clock;
  readonly completedJobs: EventRegistration<JobCompletedMessage>;
  /** Migrate although libvirt cannot see that the disks are shared. */
  readonly unsafe: boolean;
  readonly probeTarget: TargetProbe;
  readonly progressEveryMs: number;
}

/** How often an abort is tried again until the migration ends: libvirt refuses it while the job is being set up. */
const ABORT_EVERY_MS = 50;
/** How long the completed job's statistics may come after the reply. */
const STATISTICS_WITHIN_MS = 2000;

/** See `Hypervisor.migrate`. */
export async function migrateDomain(
  source: MigrationSource,
  name: string,
  target: MigrationTarget,
  options: MigrationOptions,
): Promise<MigrationOutcome> {
  const { connection, clock } = source;
  const dom = await lookupDomain(connection, name);
  if (dom.id < 0)
    throw new AttituneError('domain-state', `${name} does not run on ${source.host}: it cannot be migrated.`);
  const { persistent } = await connection.call(remoteProcedures.domainIsPersistent, { dom });
  const completed = await awaitCompletedJob(source, dom);
  if (options.maxDowntimeMs !== undefined) {
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
      params: migrationParameters(options),
      cookieIn: Buffer.alloc(0),
      flags: migrationFlags(source.unsafe, persistent !== 0),
    });
    watch.start();
    await migration.catch((error: unknown) => afterFailure(source, dom, target, error, watch.aborting));
    return await withStatistics(source, completed.outcome, () => {
      const elapsedMs = clock.now() - startedAt;
      // without libvirt's own measure the whole time is the only bound of the downtime that is sure
      return { elapsedMs, downtimeMs: elapsedMs, transferredBytes: watch.latest?.processedBytes ?? 0 };
    });
  } finally {
    ended.abort(new Error('the migration has ended'));
    completed.unsubscribe();
  }
}

function migrationFlags(unsafe: boolean, persistent: boolean): number {
  return (
    FLAGS.VIR_MIGRATE_LIVE |
    FLAGS.VIR_MIGRATE_PEER2PEER |
    (persistent ? FLAGS.VIR_MIGRATE_PERSIST_DEST | FLAGS.VIR_MIGRATE_UNDEFINE_SOURCE : 0) |
    (unsafe ? FLAGS.VIR_MIGRATE_UNSAFE : 0)
  );
}

function migrationParameters({ bandwidthMiBps }: MigrationOptions): TypedParameter[] {
  if (bandwidthMiBps === undefined) return [];
  const value = BigInt(Math.max(1, Math.round(bandwidthMiBps)));
  return [{ field: VIR_MIGRATE_PARAM_BANDWIDTH, value: { type: 'ullong', value } }];
}

/** A transient domain is gone with its migration, so that only the event of its completed job tells what it cost. */
async function awaitCompletedJob(source: MigrationSource, dom: RemoteDomain) {
  let tell: (outcome: MigrationOutcome) => void;
  const outcome = new Promise<MigrationOutcome>((resolve) => (tell = resolve));
  const subscription = await source.completedJobs.subscribe((message) => {
    const read = message.dom.uuid === dom.uuid ? readOutcome(parameterTable(message.params)) : undefined;
    if (read) tell(read);
  });
  return { outcome, unsubscribe: () => subscription.unsubscribe() };
}

async function withStatistics(
  { clock }: MigrationSource,
  outcome: Promise<MigrationOutcome>,
  otherwise: () => MigrationOutcome,
): Promise<MigrationOutcome> {
  const settled = new AbortController();
  const expired = delay(clock, STATISTICS_WITHIN_MS, settled.signal).then(otherwise);
  expired.catch(() => undefined);
  try {
    return await Promise.race([outcome, expired]);
  } finally {
    settled.abort(new Error('settled'));
  }
}

/** Polls a running migration for its progress, and aborts it when its caller says so, until `ended` is aborted. */
class MigrationWatch {
  readonly #source: MigrationSource;
  readonly #dom: RemoteDomain;
  readonly #options: MigrationOptions;
  readonly #ended: AbortSignal;
  aborting = false;
  latest: MigrationProgress | undefined;

  constructor(source: MigrationSource, dom: RemoteDomain, options: MigrationOptions, ended: AbortSignal) {
    this.#source = source;
    this.#dom = dom;
    this.#options = options;
    this.#ended = ended;
  }

  start(): void {
    const { signal, onProgress } = this.#options;
    if (onProgress) void this.#repeat(this.#source.progressEveryMs, () => this.#poll(onProgress));
    const abort = () => {
      this.aborting = true;
      void this.#repeat(ABORT_EVERY_MS, () => this.#abort());
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#ended.addEventListener('abort', () => signal?.removeEventListener('abort', abort), { once: true });
  }

  /** Runs `step` at once and then again and again. Its errors show in the end of the migration itself. */
  async #repeat(everyMs: number, step: () => Promise<void>): Promise<void> {
    while (!this.#ended.aborted) {
      await step().catch(() => undefined);
      await delay(this.#source.clock, everyMs, this.#ended).catch(() => undefined);
    }
  }

  async #poll(onProgress: (progress: MigrationProgress) => void): Promise<void> {
    const args = { dom: this.#dom, flags: 0 };
    const { type, params } = await this.#source.connection.call(remoteProcedures.domainGetJobStats, args);
    if (type === virDomainJobType.VIR_DOMAIN_JOB_NONE || this.#ended.aborted) return;
    const progress = readProgress(this.#dom.name, parameterTable(params));
    if (!progress) return;
    this.latest = progress;
    try {
      onProgress(progress);
    } catch (error) {
      process.emitWarning(
        AttituneError.from(error, 'internal', `A listener to the migration of ${this.#dom.name} failed`),
      );
    }
  }

  #abort(): Promise<void> {
    return this.#source.connection.call(remoteProcedures.domainAbortJob, { dom: this.#dom });
  }
}
