import { AttituneError } from '../../core/model/errors.js';
import type { DomainState, MigrationOutcome, MigrationProgress } from '../../core/model/hypervisor.js';
import type { Clock } from '../../core/model/clock.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import type { MigrationPlace, MigrationQueue, MigrationTicket } from '../../core/model/migration-queue.js';
import { withSettings, type MigrationSettings } from '../../core/model/migration-settings.js';
import { arrivingAt } from './memory-room.js';
import { isRefusal, preflight, type MigrationFacts, type Reason } from './preflight.js';
import { collectFacts, type AskedFacts } from './preflight-facts.js';

/** Reports are this far apart at least, in time. */
const REPORT_EVERY_MS = 200;

/** A host as far as migrations need it. */
export type MigrationHost = Pick<HostAccess, 'name' | 'hypervisor' | 'migrationUri'>;

export interface VmMigration {
  readonly domain: string;
  readonly from: MigrationHost;
  readonly to: MigrationHost;
  /** Every host that is known: those that are asked where the domain is, should it fail. */
  readonly hosts: readonly MigrationHost[];
  readonly queue: MigrationQueue;
  readonly clock: Clock;
  readonly settings?: MigrationSettings;
  /** Memory that it will need on the target, where that is more than it has, because it is to grow there. */
  readonly memoryMiB?: number;
  readonly signal?: AbortSignal;
  /** Called right before the hypervisor is asked: until then nothing has begun. */
  readonly onBegin?: () => void;
  /**
   * Told what it waits for (`data.waiting`), what pre-flight warns of (`data.warnings`), and how far it is
   * (`data.fraction` in [0, 1], and `data.progress`).
   */
  readonly report: (text: string, data?: Readonly<Record<string, unknown>>) => void;
}

/** What a migration that ended well is told as. */
export interface VmMigrationResult extends MigrationOutcome {
  readonly from: string;
  readonly to: string;
  /** How long it waited for its turn. */
  readonly waitedMs: number;
  readonly warnings: readonly string[];
}

/**
 * Migrates a domain, live where it runs: checks first, waits for its turn, migrates, and is aborted where it takes too
 * long. Rejects with `migration-refused` and every reason; with `domain-state` where another migration of it is under
 * way; with `cancelled` where `signal` aborts before it began; else as `Hypervisor.migrate` does, the message and
 * `details.host` telling where the domain is.
 */
export async function migrateVm(migration: VmMigration): Promise<VmMigrationResult> {
  const { domain, from, to, queue, clock, signal, report } = migration;
  const route = { from: from.name, to: to.name };
  mustGoOn(migration);
  const asked = await collectFacts(domain, from, to);
  mustGoOn(migration);
  // from here to its place in the queue nobody comes between, so that no memory is promised twice
  const facts = withQueue(migration, asked);
  const warnings = mustBePossible(facts);
  const ticket: MigrationTicket = { domain, ...route, memoryMiB: memoryToReserve(facts) };
  const cameAt = clock.now();
  const entering = enter(migration, ticket);
  const waits = queue.waiting.includes(ticket);
  if (warnings.length > 0)
    report(`${domain} migrates to ${to.name} all the same: ${warnings.join(' · ')}`, { warnings });
  const place = await entering;
  try {
    const waitedMs = waits ? clock.now() - cameAt : 0;
    // meanwhile the world went on
    if (waits) mustBePossible(withQueue(migration, await collectFacts(domain, from, to)));
    const settings = withSettings(undefined, migration.settings ?? {});
    const timeoutMs = settings.timeoutMs ?? timeoutFor(ticket.memoryMiB, settings.bandwidthMiBps);
    const target = { host: to.name, uri: to.migrationUri };
    const onProgress = reporter(migration);
    migration.onBegin?.();
    const outcome = await from.hypervisor
      .migrate(domain, target, { ...settings, timeoutMs, onProgress, ...(signal && { signal }) })
      .catch(async (error: unknown) => {
        throw await withWhereabouts(migration, AttituneError.from(error, 'migration-failed'));
      });
    return { ...outcome, ...route, waitedMs, warnings };
  } finally {
    place.leave();
  }
}

/** Every reason that speaks against a migration now, and every warning, without migrating. */
export async function preflightVm(
  migration: Pick<VmMigration, 'domain' | 'from' | 'to' | 'queue' | 'memoryMiB'>,
): Promise<readonly Reason[]> {
  const { domain, from, to, queue } = migration;
  const facts = withQueue(migration, await collectFacts(domain, from, to));
  const underWay = [...queue.running, ...queue.waiting].find((ticket) => ticket.domain === domain);
  return preflight({ ...facts, ...(underWay && { underWay }) });
}

/**
 * How long a migration may take where nobody says: 60 s, and the time to copy the memory four times (a guest that dirties
 * half of what is copied needs twice, and auto-converge some rounds more) at the bandwidth that it may use, or, where
 * there is no limit, at 30 MiB/s, a quarter of a link of 1 Gbit/s.
 */
export function timeoutFor(memoryMiB: number, bandwidthMiBps = 30): number {
  return Math.round(60_000 + (4 * memoryMiB * 1000) / bandwidthMiBps);
}

function mustGoOn({ domain, signal }: VmMigration): void {
  if (signal?.aborted !== true) return;
  throw new AttituneError('cancelled', `The migration of ${domain} was cancelled before it began.`, {
    cause: signal.reason,
  });
}

function withQueue(
  { domain, to, queue, memoryMiB }: Pick<VmMigration, 'domain' | 'to' | 'queue' | 'memoryMiB'>,
  asked: AskedFacts,
): MigrationFacts {
  const own = asked.details?.description.memoryMiB ?? 0;
  return {
    ...asked,
    ...(memoryMiB === undefined ? {} : { memoryMiB: Math.max(memoryMiB, own) }),
    arriving: arrivingAt(queue, to.name, domain),
  };
}

/** What does not run takes none. */
function memoryToReserve({ details, memoryMiB }: MigrationFacts): number {
  return details?.state === 'shutoff' ? 0 : (memoryMiB ?? details?.description.memoryMiB ?? 0);
}

/** Its warnings. Throws `migration-refused` with every reason. */
function mustBePossible(facts: MigrationFacts): readonly string[] {
  const { domain, from, to } = facts;
  const reasons = preflight(facts);
  const refusals = reasons.filter(isRefusal);
  if (refusals.length === 0) return reasons.filter(({ severity }) => severity === 'warning').map(({ text }) => text);
  const all = refusals.map(({ text }) => text).join(' · ');
  throw new AttituneError('migration-refused', `${domain} cannot be migrated from ${from} to ${to}: ${all}`, {
    details: { from, to, reasons },
  });
}

function enter({ domain, queue, signal, report }: VmMigration, ticket: MigrationTicket): Promise<MigrationPlace> {
  const entering = queue.enter(ticket, signal);
  if (queue.waiting.includes(ticket)) {
    const blocking = queue.blocking(ticket);
    const others = blocking.map(({ host, others }) => `${others} ${others === 1 ? 'other' : 'others'} on ${host}`);
    const why = others.join(', ') || `${queue.running.length} migrate already`;
    report(`${domain} waits for its turn to migrate to ${ticket.to} (${why})`, {
      from: ticket.from,
      to: ticket.to,
      waiting: why,
    });
  }
  return entering;
}

function reporter({ domain, from, to, clock, report }: VmMigration): (progress: MigrationProgress) => void {
  let reportedAt = -Infinity;
  return (progress) => {
    const now = clock.now();
    if (now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    const fraction = fractionOf(progress);
    const details = detailsOf(progress);
    const how = details.length > 0 ? ` (${details.join(', ')})` : '';
    report(`${domain} moves from ${from.name} to ${to.name}: ${Math.round(fraction * 100)} %${how}`, {
      from: from.name,
      to: to.name,
      fraction,
      progress,
    });
  };
}

async function withWhereabouts({ domain, from, to, hosts }: VmMigration, error: AttituneError): Promise<AttituneError> {
  const route = { from: from.name, to: to.name };
  const what = `${domain} could not be migrated from ${from.name} to ${to.name}`;
  const found = await findVm(domain, hosts);
  if (found) {
    return new AttituneError(error.code, `${what}; it is ${found.state} on ${found.host}: ${error.message}`, {
      cause: error,
      details: { ...error.details, ...route, ...found },
    });
  }
  const code = error.code === 'host-unreachable' ? error.code : 'domain-died';
  return new AttituneError(code, `${what}, and no host that answers has it now: ${error.message}`, {
    cause: error,
    details: { ...error.details, ...route },
  });
}

/** Where a domain is: where it runs, else where it is paused or on its way, else where it is defined. */
async function findVm(
  domain: string,
  hosts: readonly MigrationHost[],
): Promise<{ readonly host: string; readonly state: DomainState } | undefined> {
  const found = await Promise.all(
    hosts.map(async ({ name, hypervisor }) => {
      const domains = await hypervisor.list().catch(() => []);
      return domains.filter((one) => one.name === domain).map(({ state }) => ({ host: name, state }));
    }),
  );
  const rank = (state: DomainState) =>
    state === 'running' || state === 'blocked' ? 0 : state === 'shutoff' || state === 'crashed' ? 2 : 1;
  const [best] = found.flat().sort((a, b) => rank(a.state) - rank(b.state));
  return best && { ...best, state: best.state === 'blocked' ? 'running' : best.state };
}

/** What slows a migration down, or is done about that, in words. */
function detailsOf({ iteration = 1, dirtyBytesPerSecond = 0, throttle = 0, postCopy }: MigrationProgress): string[] {
  if (postCopy) return ['it runs there already'];
  return [
    ...(iteration > 1 ? [`round ${iteration}`] : []),
    ...(dirtyBytesPerSecond > 0 ? [`${Math.round(dirtyBytesPerSecond / 1048576)} MiB/s dirtied`] : []),
    ...(throttle > 0 ? [`its CPUs slowed down by ${Math.round(throttle * 100)} %`] : []),
  ];
}

/** How much of the memory is over; pages that are sent again make it fall back, so it is only a measure. */
function fractionOf({ processedBytes, remainingBytes, totalBytes }: MigrationProgress): number {
  // before the first page is sent nothing remains either
  if (processedBytes === 0) return 0;
  const whole = Math.max(totalBytes, processedBytes + remainingBytes);
  return whole > 0 ? Math.min(1, Math.max(0, 1 - remainingBytes / whole)) : 0;
}
