import type { TimerHandle } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { MigrationOptions, MigrationOutcome, MigrationProgress } from '../../core/model/hypervisor.js';
import { DirtyMeter } from './dirty-meter.js';
import { migrationAborted, migrationFailed } from './migration-target.js';
import { MEBIBYTE, preCopy, type PreCopyRound } from './pre-copy.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { MigrationUnderWay, SimulatedDomain } from './simulated-domain.js';
import type { SimulatedHost } from './simulated-host.js';

/** What is being sent: a round of pre-copy, or the rest during post-copy. */
type Sending = Pick<PreCopyRound, 'iteration' | 'durationMs' | 'bytes' | 'transferredBytes' | 'dirtyBytesPerSecond'> &
  Partial<Pick<PreCopyRound, 'throttle'>>;

/**
 * One live migration on the clock, by the pre-copy model: the guest goes on while rounds are sent, stands still for the
 * last, and then runs on the target. Until that last instant everything that goes wrong leaves it on its source. With
 * post-copy it is switched to its target before all is sent, and what goes wrong from then on loses it.
 */
export class LiveMigration implements MigrationUnderWay {
  readonly #cluster: SimulatedCluster;
  readonly #domain: SimulatedDomain;
  readonly #source: SimulatedHost;
  readonly #target: SimulatedHost;
  readonly #options: MigrationOptions;
  readonly #startedAt: number;
  readonly #interrupted = new Interruption();
  /** Its caller cannot be told how it ends. */
  readonly #cutOff = new Interruption();
  #phase: 'pre-copy' | 'post-copy' | 'moved' = 'pre-copy';
  /** What was told last. */
  #progress: MigrationProgress;
  /** Since when the two hosts do not hear each other. */
  #silentSince: number | undefined;

  constructor(
    cluster: SimulatedCluster,
    domain: SimulatedDomain,
    source: SimulatedHost,
    target: SimulatedHost,
    options: MigrationOptions,
  ) {
    this.#cluster = cluster;
    this.#domain = domain;
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#startedAt = this.#clock.now();
    const totalBytes = domain.size.memoryMiB * MEBIBYTE;
    this.#progress = {
      domain: domain.name,
      elapsedMs: 0,
      processedBytes: 0,
      remainingBytes: totalBytes,
      totalBytes,
    };
  }

  /** Resolves when the domain runs on the target and is gone from the source. */
  run(): Promise<MigrationOutcome> {
    return Promise.race([this.#run(), this.#cutOff.promise]);
  }

  get progress(): MigrationProgress {
    return { ...this.#progress, elapsedMs: this.#clock.now() - this.#startedAt };
  }

  /** Ends it before its time. */
  interrupt(reason: AttituneError): void {
    this.#interrupted.now(reason);
  }

  /** One of the two hosts is cut off, or only its daemon: QEMU goes on with post-copy by itself. */
  hostLost(host: string, daemonOnly: boolean): void {
    const [source, target] = [this.#source.name, this.#target.name];
    const unknown = new AttituneError(
      'host-unreachable',
      `The migration of ${this.#domain.name} from ${source} to ${target} was under way when the connection to ${host} ` +
        'was lost. Ask both hosts which of them runs the domain.',
    );
    if (this.#phase === 'post-copy' && daemonOnly) this.#cutOff.now(unknown);
    else this.interrupt(host === source ? unknown : this.#broken(`${host} stopped answering`));
  }

  async #run(): Promise<MigrationOutcome> {
    const { migration } = this.#cluster.world.settings;
    const { signal, timeoutMs } = this.#options;
    const [source, target, domain] = [this.#source, this.#target, this.#domain];
    domain.migration = this;
    const give = (reason: AttituneError) => {
      if (this.#phase === 'pre-copy') this.interrupt(reason);
    };
    const onAbort = () => give(migrationAborted(domain.name, source.name, target.name, signal));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = timeoutMs === undefined ? undefined : this.#clock.setTimeout(() => give(this.#late()), timeoutMs);
    const release = [source.machine.demand(migration.sourceCpus), target.machine.demand(migration.targetCpus)];
    target.incoming.set(domain.name, domain);
    target.emit(domain.event('started', 'migrated'));
    try {
      const outcome = await this.#carryOut();
      this.#settle(outcome);
      return outcome;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#clock.clearTimeout(timer);
      for (const end of release) end();
      domain.migration = undefined;
      domain.guest.slowDown(0);
      if (this.#phase === 'pre-copy') this.#undo();
      if (this.#phase === 'post-copy') this.#lose();
    }
  }

  get #clock() {
    return this.#cluster.world.kernel.clock;
  }

  /** Lets the rounds happen; the guest stands still when it resolves, or runs on the target already. */
  async #carryOut(): Promise<MigrationOutcome> {
    const { migration } = this.#cluster.world.settings;
    const { bandwidthMiBps: limit = Infinity, autoConverge = true } = this.#options;
    const { memoryMiB } = this.#domain.size;
    const bandwidthMiBps = Math.min(migration.bandwidthMiBps, limit);
    const maxDowntimeMs = this.#options.maxDowntimeMs ?? migration.maxDowntimeMs;
    const workingSetMiB = memoryMiB * migration.workingSetFraction;
    const meter = new DirtyMeter(this.#cluster.world, this.#domain);
    const parameters = { ...migration, memoryMiB, bandwidthMiBps, maxDowntimeMs, workingSetMiB, autoConverge };
    const rounds = preCopy(parameters, () => meter.dirtyMiBps());
    let step = rounds.next();
    let frozenAt = this.#startedAt;
    while (!step.done) {
      const round = step.value;
      meter.begin();
      this.#domain.guest.slowDown(round.throttle);
      if (round.kind === 'stop-and-copy') {
        frozenAt = this.#clock.now();
        this.#freeze('migrated');
      }
      const leftMs = await this.#pass(round, () => round.kind === 'copy' && this.#wantsPostCopy(round));
      if (leftMs > 0) {
        const unsent = leftMs / round.durationMs;
        const dirtied = (meter.dirtyMiBps() * (round.durationMs - leftMs)) / 1000;
        const restMiB = Math.min(memoryMiB, (round.bytes / MEBIBYTE) * unsent + Math.min(dirtied, workingSetMiB));
        const sentBytes = round.transferredBytes + round.bytes * (1 - unsent);
        return this.#postCopy(round, restMiB, sentBytes, bandwidthMiBps);
      }
      step = rounds.next();
    }
    // a stop that came with the last progress report must not be overtaken by success
    await Promise.race([this.#interrupted.promise, Promise.resolve()]);
    const { transferredBytes, iterations } = step.value;
    const endedAt = this.#clock.now();
    this.#hand();
    this.#domain.freeze(false);
    return {
      mode: 'live',
      elapsedMs: endedAt - this.#startedAt,
      downtimeMs: endedAt - frozenAt,
      transferredBytes,
      iterations,
    };
  }

  /**
   * Not in the first round, since all that is not copied yet would be fetched page by page; not while what is left
   * shrinks by half each round; but in any case once it took twice the time. The same rule as for libvirt.
   */
  #wantsPostCopy({ iteration, dirtyBytesPerSecond }: PreCopyRound): boolean {
    const { postCopyAfterMs } = this.#options;
    const { elapsedMs, processedBytes } = this.progress;
    if (postCopyAfterMs === undefined || elapsedMs < postCopyAfterMs || iteration < 2) return false;
    return elapsedMs >= 2 * postCopyAfterMs || dirtyBytesPerSecond > processedBytes / (elapsedMs / 1000) / 2;
  }

  /** The guest goes on at once on its target, slowed down by waiting for what is still on its source. */
  async #postCopy(
    round: PreCopyRound,
    restMiB: number,
    sentBytes: number,
    bandwidthMiBps: number,
  ): Promise<MigrationOutcome> {
    const { migration } = this.#cluster.world.settings;
    const [source, target, domain] = [this.#source, this.#target, this.#domain];
    const { iteration, dirtyBytesPerSecond } = round;
    const common = { iteration, dirtyBytesPerSecond, transferredBytes: Math.round(sentBytes) };
    const frozenAt = this.#clock.now();
    this.#freeze('postcopy');
    await this.#pass({ ...common, durationMs: migration.switchMs, bytes: 0 });
    await Promise.race([this.#interrupted.promise, Promise.resolve()]);
    const downtimeMs = this.#clock.now() - frozenAt;
    this.#phase = 'post-copy';
    this.#hand();
    source.outgoing.set(domain.name, domain);
    domain.guest.slowDown(migration.postCopySlowdown);
    domain.freeze(false);
    target.emit(domain.event('resumed', 'postcopy'));
    const bytes = Math.round(restMiB * MEBIBYTE);
    await this.#pass({ ...common, durationMs: (1000 * restMiB) / bandwidthMiBps, bytes });
    await Promise.race([this.#interrupted.promise, Promise.resolve()]);
    source.outgoing.delete(domain.name);
    return {
      mode: 'post-copy',
      elapsedMs: this.#clock.now() - this.#startedAt,
      downtimeMs,
      transferredBytes: common.transferredBytes + bytes,
      iterations: iteration,
    };
  }

  /** Sends on the clock until `stop` says so; resolves with how long the rest takes. Time does not count where nothing moves. */
  async #pass(sending: Sending, stop = () => false): Promise<number> {
    const { migration } = this.#cluster.world.settings;
    let left = sending.durationMs;
    while (left > 0) {
      if (stop()) return left;
      const step = Math.min(left, migration.progressEveryMs);
      let timer: TimerHandle;
      const passed = new Promise<void>((resolve) => (timer = this.#clock.setTimeout(resolve, step)));
      try {
        await Promise.race([this.#interrupted.promise, passed]);
      } finally {
        this.#clock.clearTimeout(timer);
      }
      if (this.#moves()) left -= step;
      this.#report(sending, left);
    }
    return 0;
  }

  /** Whether what is sent arrives. Throws once the two hosts have not heard each other for too long. */
  #moves(): boolean {
    const now = this.#clock.now();
    if (this.#cluster.linked(this.#source, this.#target)) {
      this.#silentSince = undefined;
      return !this.#cluster.migrationsStall;
    }
    this.#silentSince ??= now;
    if (now - this.#silentSince < this.#cluster.world.settings.migration.keepaliveMs) return false;
    throw this.#broken(`${this.#source.name} and ${this.#target.name} do not hear each other`);
  }

  #report(
    { iteration, durationMs, bytes, transferredBytes, dirtyBytesPerSecond, throttle }: Sending,
    left: number,
  ): void {
    const sent = transferredBytes + Math.round(bytes * (1 - left / durationMs));
    const { domain, totalBytes } = this.#progress;
    this.#progress = {
      domain,
      elapsedMs: this.#clock.now() - this.#startedAt,
      processedBytes: sent,
      remainingBytes: Math.max(0, transferredBytes + bytes - sent),
      totalBytes,
      iteration,
      dirtyBytesPerSecond,
      ...(throttle && { throttle }),
      ...(this.#phase === 'post-copy' && { postCopy: true }),
    };
    this.#options.onProgress?.(this.#progress);
  }

  #freeze(detail: 'migrated' | 'postcopy'): void {
    this.#domain.freeze(true);
    this.#source.emit(this.#domain.event('suspended', detail));
  }

  /** The guest is the target's from here on. */
  #hand(): void {
    const [source, target, domain] = [this.#source, this.#target, this.#domain];
    source.domains.delete(domain.name);
    target.incoming.delete(domain.name);
    target.domains.set(domain.name, domain);
    domain.moveTo(target);
  }

  /** The source forgets it, with its definition, which is the target's now. */
  #settle({ mode }: MigrationOutcome): void {
    const [source, target, domain] = [this.#source, this.#target, this.#domain];
    this.#phase = 'moved';
    const definition = source.definitions.get(domain.name);
    if (definition) {
      source.definitions.delete(domain.name);
      target.definitions.set(domain.name, { ...definition, autostart: false });
      target.emit(domain.event('defined', 'added'));
    }
    if (mode === 'live') target.emit(domain.event('resumed', 'migrated'));
    source.emit(domain.event('stopped', 'migrated'));
    if (definition) source.emit(domain.event('undefined', 'removed'));
  }

  #undo(): void {
    const [source, target, domain] = [this.#source, this.#target, this.#domain];
    target.incoming.delete(domain.name);
    target.emit(domain.event('stopped', 'failed'));
    if (domain.running && domain.state === 'paused' && !domain.suspended) {
      domain.freeze(false);
      source.emit(domain.event('resumed', 'migrated'));
    }
  }

  /** The guest's memory is in two halves, neither of any use. */
  #lose(): void {
    const [source, target, domain] = [this.#source, this.#target, this.#domain];
    source.outgoing.delete(domain.name);
    if (domain.running) target.remove(domain, 'failed');
    source.emit(domain.event('stopped', 'failed'));
  }

  /** What it means that the two hosts, or one of them, are cut off from the migration. */
  #broken(why: string): AttituneError {
    const { name } = this.#domain;
    if (this.#phase === 'pre-copy') return migrationFailed(name, this.#source.name, this.#target.name, why);
    return new AttituneError(
      'domain-died',
      `${name} was lost during post-copy from ${this.#source.name} to ${this.#target.name}: ${why}.`,
    );
  }

  #late(): AttituneError {
    return new AttituneError(
      'migration-timeout',
      `The migration of ${this.#domain.name} from ${this.#source.name} to ${this.#target.name} took longer than ` +
        `${this.#options.timeoutMs} ms and was aborted; it stays on ${this.#source.name}.`,
    );
  }
}

/** A promise that never resolves, and rejects once at most. */
class Interruption {
  readonly promise: Promise<never>;
  now: (reason: AttituneError) => void = () => undefined;

  constructor() {
    this.promise = new Promise<never>((_, reject) => {
      this.now = reject;
    });
    // where nobody waits when it comes, the next wait meets it
    this.promise.catch(() => undefined);
  }
}
