import type { AdministrationEvent, JournalEntry, MigrationRecord } from '../../model/administration.js';
import type { Bus, MigrationSnapshot } from '../../model/bus.js';
import type { Clock } from '../../model/clock.js';
import type { Component } from '../../model/component.js';
import type { AttituneError } from '../../model/errors.js';
import type { MigrationOutcome } from '../../model/migration.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Plan } from '../../placement/cluster.js';
import type { Journal } from '../journal.js';

/** One migration that runs. */
export interface RunningMigration {
  /** Takes `{fraction}` from the wrapper's reports. */
  progress(data: Readonly<Record<string, unknown>>): void;
  /** Any other report: `waiting` says what it waits for. */
  report(data: Readonly<Record<string, unknown>>): void;
  /**
   * `result` is the wrapper's outcome: from, to, and what the hypervisor told of it; `unwatched` where it was a former
   * manager's, so that nothing was measured.
   */
  end(result: unknown, cause: number): void;
  fail(error: AttituneError): void;
}

/** Follows migrations: publishes their progress, keeps their outcomes with the cause of each. */
export class MigrationTracker {
  readonly records: MigrationRecord[] = [];
  /** Of each VM that migrates, how often it was begun and has not ended. */
  readonly #running = new Map<string, number>();

  constructor(
    private readonly system: SystemRepresentation,
    private readonly clock: Clock,
    private readonly bus: Bus,
    private readonly journal: Journal,
  ) {}

  get running(): number {
    return this.#running.size;
  }
  /** Whether this manager is migrating it. */
  migrates(vm: string): boolean {
    return this.#running.has(vm);
  }

  begin(
    vm: Component,
    parameters: Readonly<Record<string, string>>,
    event: AdministrationEvent | undefined,
    decision: number | undefined,
  ): RunningMigration {
    const from = this.system.hostOf(vm)?.name ?? '';
    const to = parameters['to'] ?? '';
    const startedAt = this.clock.now();
    const publish = (status: MigrationSnapshot['status'], fraction: number, waiting?: string) =>
      this.bus.publish('migration', {
        vm: vm.name,
        from,
        to,
        fraction,
        status,
        at: this.clock.now(),
        ...(waiting === undefined ? {} : { waiting }),
      });
    this.#running.set(vm.name, (this.#running.get(vm.name) ?? 0) + 1);
    publish('running', 0);
    return {
      progress: (data) => {
        const fraction = data['fraction'];
        if (typeof fraction === 'number' && Number.isFinite(fraction))
          publish('running', Math.min(1, Math.max(0, fraction)));
      },
      report: ({ waiting }) => {
        if (typeof waiting === 'string') publish('waiting', 0, waiting);
      },
      end: (result, cause) => {
        this.#ended(vm.name);
        const outcome = result as
          | (Partial<MigrationOutcome> & {
              readonly from?: string;
              readonly waitedMs?: number;
              readonly unwatched?: boolean;
            })
          | undefined;
        const { mode, transferredBytes, iterations, waitedMs } = outcome ?? {};
        if (outcome?.unwatched === true) {
          publish('done', 1);
          const text = `${vm.name} has arrived on ${to} from ${outcome.from ?? from}: the migration that a former manager began went on without it`;
          this.journal.append('migration', vm.name, text, { cause });
          return;
        }
        const decided = decision === undefined ? undefined : this.journal.entry(decision);
        const record: MigrationRecord = {
          vm: vm.name,
          from: outcome?.from ?? from,
          to: this.system.hostOf(vm)?.name ?? to,
          startedAt: startedAt + Math.round(waitedMs ?? 0),
          elapsedMs: Math.round(outcome?.elapsedMs ?? this.clock.now() - startedAt),
          downtimeMs: Math.round(outcome?.downtimeMs ?? 0),
          cause: [event && `${event.name} ${event.component}`, decided && reasonOf(decided, vm.name)]
            .filter(Boolean)
            .join(': '),
          ...(event ? { causedAt: event.since ?? event.at } : {}),
          ...(mode === undefined ? {} : { mode }),
          ...(transferredBytes === undefined ? {} : { transferredBytes }),
          ...(iterations === undefined ? {} : { iterations }),
          ...(waitedMs === undefined ? {} : { waitedMs: Math.round(waitedMs) }),
        };
        this.records.push(record);
        publish('done', 1);
        this.journal.append('migration', vm.name, toldOf(record), { cause, data: { migration: record } });
      },
      fail: () => {
        this.#ended(vm.name);
        publish('failed', 0);
      },
    };
  }

  #ended(vm: string): void {
    const left = (this.#running.get(vm) ?? 0) - 1;
    if (left > 0) this.#running.set(vm, left);
    else this.#running.delete(vm);
  }
}

/** One line for the journal. */
function toldOf({ vm, from, to, elapsedMs, downtimeMs, mode, waitedMs = 0 }: MigrationRecord): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const waited = waitedMs > 0 ? `, after ${seconds(waitedMs)} in the queue` : '';
  if (mode === 'offline') return `${vm} moved from ${from} to ${to} without running${waited}`;
  const how = mode === 'post-copy' ? ' by post-copy' : '';
  return `${vm} migrated from ${from} to ${to}${how} in ${seconds(elapsedMs)}, it stood still for ${downtimeMs} ms${waited}`;
}

/** What a decision says of one VM: of a plan of several moves its own. */
function reasonOf({ text, data }: JournalEntry, vm: string): string {
  const plan = data?.['plan'] as Plan | undefined;
  const own = plan?.moves.find((move) => move.vm === vm);
  if (!plan || !own || plan.moves.length === 1) return text;
  return `${plan.goal}, one of ${plan.moves.length} moves, because ${own.why}`;
}
