import { AttituneError } from '../../core/model/errors.js';
import type { MigrationOptions, MigrationOutcome, MigrationTarget } from '../../core/model/hypervisor.js';
import { MEBIBYTE, preCopy, type PreCopyRound } from './pre-copy.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { SimulatedHost } from './simulated-host.js';

/**
 * Migrates a domain on the clock, by the pre-copy model: the guest goes on while rounds are sent, stands still for the
 * last, and then runs on the target. Until that last instant everything that goes wrong leaves it on its source.
 */
export async function migrate(
  cluster: SimulatedCluster,
  domain: SimulatedDomain,
  target: MigrationTarget,
  options: MigrationOptions = {},
): Promise<MigrationOutcome> {
  const source = domain.host;
  const what = `${domain.name} from ${source.name} to ${target.host}`;
  const { signal } = options;
  const aborted = () =>
    new AttituneError('migration-aborted', `The migration of ${what} was aborted; it stays on ${source.name}.`, {
      cause: signal?.reason,
    });
  if (signal?.aborted) throw aborted();
  if (domain.interruptMigration) throw new AttituneError('domain-state', `${domain.name} migrates already.`);
  if (options.bandwidthMiBps !== undefined && !(options.bandwidthMiBps > 0)) {
    throw new AttituneError('value', `A migration needs a bandwidth above 0, not ${options.bandwidthMiBps} MiB/s.`);
  }
  const destination = receiver(cluster, domain, target, what);

  let interrupt: (reason: AttituneError) => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = reject;
  });
  // where no wait is under way when it comes, the next one meets it
  interrupted.catch(() => undefined);
  domain.interruptMigration = interrupt;
  const onAbort = () => interrupt(aborted());
  signal?.addEventListener('abort', onAbort, { once: true });
  const { migration } = cluster.world.settings;
  const release = [source.machine.demand(migration.sourceCpus), destination.machine.demand(migration.targetCpus)];
  destination.incoming.set(domain.name, domain);
  destination.emit(domain.event('started', 'migrated'));
  let moved = false;
  try {
    const outcome = await carryOut(cluster, domain, options, interrupted);
    moved = true;
    source.domains.delete(domain.name);
    destination.domains.set(domain.name, domain);
    domain.moveTo(destination);
    domain.freeze(false);
    destination.emit(domain.event('resumed', 'migrated'));
    source.emit(domain.event('stopped', 'migrated'));
    return outcome;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    for (const end of release) end();
    destination.incoming.delete(domain.name);
    domain.interruptMigration = undefined;
    if (!moved) {
      destination.emit(domain.event('stopped', 'failed'));
      if (domain.running && domain.state === 'paused' && !domain.suspended) {
        domain.freeze(false);
        source.emit(domain.event('resumed', 'migrated'));
      }
    }
  }
}

/** The host that takes the domain. Throws `migration-failed` where none can. */
function receiver(
  cluster: SimulatedCluster,
  domain: SimulatedDomain,
  target: MigrationTarget,
  what: string,
): SimulatedHost {
  const fail = (why: string) =>
    new AttituneError('migration-failed', `${what} could not be migrated: ${why}. It stays on ${domain.host.name}.`);
  const destination = cluster.hostByUri(target.uri);
  if (!destination?.reachable) throw fail(`${target.host} (${target.uri}) does not answer`);
  if (destination === domain.host) throw fail('it is there already');
  if (destination.domains.has(domain.name) || destination.incoming.has(domain.name)) {
    throw fail(`${target.host} already has a domain of that name`);
  }
  if (!destination.hasRoomFor(domain.description.memoryMiB)) {
    throw fail(`${target.host} has no ${domain.description.memoryMiB} MiB of memory left`);
  }
  return destination;
}

/** Lets the rounds happen; the guest is frozen when it resolves. */
async function carryOut(
  cluster: SimulatedCluster,
  domain: SimulatedDomain,
  options: MigrationOptions,
  interrupted: Promise<never>,
): Promise<MigrationOutcome> {
  const { kernel, settings } = cluster.world;
  const { clock } = kernel;
  const { migration } = settings;
  const { memoryMiB } = domain.description;
  const startedAt = clock.now();
  let usedBefore = domain.cpuSeconds;
  let roundFrom = startedAt;

  /** Waits on the clock; time does not count while migrations stall. */
  const pass = async (round: PreCopyRound): Promise<void> => {
    let left = round.durationMs;
    while (left > 0) {
      const step = Math.min(left, migration.progressEveryMs);
      let timer: unknown;
      try {
        await Promise.race([interrupted, new Promise<void>((resolve) => (timer = clock.setTimeout(resolve, step)))]);
      } finally {
        clock.clearTimeout(timer);
      }
      if (!cluster.migrationsStall) left -= step;
      const sent = round.transferredBytes + Math.round(round.bytes * (1 - left / round.durationMs));
      options.onProgress?.({
        domain: domain.name,
        elapsedMs: clock.now() - startedAt,
        processedBytes: sent,
        remainingBytes: Math.max(0, round.transferredBytes + round.bytes - sent),
        totalBytes: memoryMiB * MEBIBYTE,
        iteration: round.iteration,
        dirtyBytesPerSecond: round.dirtyBytesPerSecond,
      });
    }
  };
  const dirtyMiBps = () => {
    if (domain.suspended) return 0;
    const used = domain.cpuSeconds;
    const seconds = (clock.now() - roundFrom) / 1000;
    const cpus = seconds > 0 ? (used - usedBefore) / seconds : 0;
    usedBefore = used;
    return migration.idleDirtyMiBps + migration.dirtyMiBpsPerCpu * cpus;
  };
  const bandwidthMiBps = Math.min(migration.bandwidthMiBps, options.bandwidthMiBps ?? Infinity);
  const maxDowntimeMs = options.maxDowntimeMs ?? migration.maxDowntimeMs;
  const workingSetMiB = memoryMiB * migration.workingSetFraction;
  const rounds = preCopy({ ...migration, memoryMiB, bandwidthMiBps, maxDowntimeMs, workingSetMiB }, dirtyMiBps);
  let step = rounds.next();
  let frozenAt = startedAt;
  while (!step.done) {
    roundFrom = clock.now();
    usedBefore = domain.cpuSeconds;
    if (step.value.kind === 'stop-and-copy') {
      frozenAt = roundFrom;
      domain.freeze(true);
      domain.host.emit(domain.event('suspended', 'migrated'));
    }
    await pass(step.value);
    step = rounds.next();
  }
  // a stop that came with the last progress report must not be overtaken by success
  await Promise.race([interrupted, Promise.resolve()]);
  const { transferredBytes, iterations } = step.value;
  const endedAt = clock.now();
  return { elapsedMs: endedAt - startedAt, downtimeMs: endedAt - frozenAt, transferredBytes, iterations };
}
