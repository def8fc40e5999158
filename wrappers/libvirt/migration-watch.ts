import { delay } from '../../core/model/clock.js';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { MigrationOptions, MigrationProgress } from '../../core/model/hypervisor.js';
import { virDomainJobType } from './constants.js';
import { readProgress } from './job-statistics.js';
import { wantsPostCopy } from './migration-request.js';
import type { RpcConnection } from './rpc/connection.js';
import { migrationProcedures } from './rpc/migration-procedures.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';
import { parameterTable } from './typed-parameters.js';

/** How often an abort is tried again until the migration ends: libvirt refuses it while the job is being set up. */
const ABORT_EVERY_MS = 50;

interface WatchedSource {
  readonly connection: RpcConnection;
  readonly clock: Clock;
  readonly progressEveryMs: number;
}

/**
 * Follows a running migration until `ended` is aborted: polls its progress, switches it to post-copy where that is allowed
 * and needed, and aborts it when its caller says so or its time is over. Once the guest runs on the target nothing aborts
 * it any more: what it has not fetched yet would be lost.
 */
export class MigrationWatch {
  readonly #source: WatchedSource;
  readonly #dom: RemoteDomain;
  readonly #options: MigrationOptions;
  readonly #ended: AbortSignal;
  #aborting: 'abort' | 'timeout' | undefined;
  #postCopy = false;
  #latest: MigrationProgress | undefined;

  constructor(source: WatchedSource, dom: RemoteDomain, options: MigrationOptions, ended: AbortSignal) {
    this.#source = source;
    this.#dom = dom;
    this.#options = options;
    this.#ended = ended;
  }

  /** What it told last. */
  get latest(): MigrationProgress | undefined {
    return this.#latest;
  }
  /** Why it was told to end early. */
  get aborting(): 'abort' | 'timeout' | undefined {
    return this.#aborting;
  }
  /** True from the moment on when the guest may run on the target. */
  get postCopy(): boolean {
    return this.#postCopy;
  }

  start(): void {
    const { signal, onProgress, timeoutMs, postCopyAfterMs } = this.#options;
    const { clock, progressEveryMs } = this.#source;
    if (onProgress || postCopyAfterMs !== undefined) void this.#repeat(progressEveryMs, () => this.#poll());
    const abort = () => this.#abort('abort');
    const timer = timeoutMs === undefined ? undefined : clock.setTimeout(() => this.#abort('timeout'), timeoutMs);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#ended.addEventListener(
      'abort',
      () => {
        signal?.removeEventListener('abort', abort);
        clock.clearTimeout(timer);
      },
      { once: true },
    );
  }

  /** Runs `step` at once and then again and again. Its errors show in the end of the migration itself. */
  async #repeat(everyMs: number, step: () => Promise<void>): Promise<void> {
    while (!this.#ended.aborted) {
      await step().catch(() => undefined);
      await delay(this.#source.clock, everyMs, this.#ended).catch(() => undefined);
    }
  }

  async #poll(): Promise<void> {
    const args = { dom: this.#dom, flags: 0 };
    const { type, params } = await this.#source.connection.call(remoteProcedures.domainGetJobStats, args);
    if (type === virDomainJobType.VIR_DOMAIN_JOB_NONE || this.#ended.aborted) return;
    const progress = readProgress(this.#dom.name, parameterTable(params));
    if (!progress) return;
    await this.#switchToPostCopy(progress);
    this.#tell(this.#postCopy ? { ...progress, postCopy: true } : progress);
  }

  async #switchToPostCopy(progress: MigrationProgress): Promise<void> {
    const { postCopyAfterMs } = this.#options;
    if (postCopyAfterMs === undefined || this.#postCopy || this.#aborting) return;
    if (!wantsPostCopy(progress, postCopyAfterMs)) return;
    // from here on the guest may be on the other side, whatever the daemon answers
    this.#postCopy = true;
    const { connection } = this.#source;
    const refused = await connection
      .call(migrationProcedures.domainMigrateStartPostCopy, { dom: this.#dom, flags: 0 })
      .then(
        () => false,
        () => !connection.closed,
      );
    if (refused) this.#postCopy = false;
  }

  #tell(progress: MigrationProgress): void {
    this.#latest = progress;
    try {
      this.#options.onProgress?.(progress);
    } catch (error) {
      process.emitWarning(
        AttituneError.from(error, 'internal', `A listener to the migration of ${this.#dom.name} failed`),
      );
    }
  }

  #abort(why: 'abort' | 'timeout'): void {
    if (this.#aborting || this.#postCopy || this.#ended.aborted) return;
    this.#aborting = why;
    void this.#repeat(ABORT_EVERY_MS, () =>
      this.#source.connection.call(remoteProcedures.domainAbortJob, { dom: this.#dom }),
    );
  }
}
