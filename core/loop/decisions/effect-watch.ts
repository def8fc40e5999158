import type { JournalEntry, MigrationRecord } from '../../model/administration.js';
import type { Bus, SessionSnapshot } from '../../model/bus.js';
import type { Clock, TimerHandle } from '../../model/clock.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Plan } from '../../placement/cluster.js';
import type { Journal } from '../journal.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';
import type { Predicted } from './decision-record.js';
import { meanOf } from './distribution.js';
import { effectOf, effectText, type FollowedMove, type MoveEnd } from './effect.js';

/** A decision whose effect was not told yet, as JSON. */
export interface OpenDecision {
  /** Its journal entry. */
  readonly id: number;
  readonly goal: string;
  /** The session that carries it out. */
  readonly session: string;
  readonly predicted?: Predicted;
  readonly moves: readonly FollowedMove[];
}

interface Followed {
  decision: OpenDecision;
  /** Set once its last move has ended: readings are gathered. */
  settling: TimerHandle;
}

/** Entries that are looked through for what a former manager's migrations came to. */
const LOOKED_THROUGH = 5000;

/**
 * Follows what was decided to what came of it: once the last move of a decision has ended, and some time for readings has
 * passed, one entry of kind `effect` tells what was predicted and what is. It outlives the manager.
 */
export class EffectWatch {
  readonly #open = new Map<number, Followed>();

  constructor(
    private readonly parts: {
      readonly bus: Bus;
      readonly clock: Clock;
      readonly journal: Journal;
      readonly system: SystemRepresentation;
      readonly readings: RecentReadings;
      /** How long readings are gathered after the last move. */
      readonly settleMs: number;
      /** Called after each change, to store it. */
      readonly changed: () => void;
    },
  ) {
    parts.bus.subscribe('journal', (entry) => this.#hear(entry));
    parts.bus.subscribe('session', (session) => this.#ended(session));
  }

  /** A decision that is to be carried out from now on. */
  decided(id: number, plan: Plan, session: string, predicted: Predicted | undefined): void {
    // a session that decides anew has given up what it has not begun
    this.#giveUp(session, 'it decided anew');
    if (plan.moves.length === 0) return;
    const moves = plan.moves.map(({ vm, from, to }) => ({ vm, from, to }));
    const decision = { id, goal: plan.goal, session, ...(predicted ? { predicted } : {}), moves };
    this.#open.set(id, { decision, settling: undefined });
    this.parts.changed();
  }

  /** Why the moves of a decision that were not begun yet no longer fit, or `undefined`. */
  outdated(id: number): string | undefined {
    const { system } = this.parts;
    const moves = this.#open.get(id)?.decision.moves.filter(({ begun, end }) => begun !== true && !end) ?? [];
    for (const { vm, from } of moves) {
      if (!system.has(vm)) return `${vm} has gone`;
      const host = system.hostOf(system.component(vm))?.name;
      if (host !== from) return `${vm} has come from ${from} to ${host ?? 'no host'}`;
    }
    return undefined;
  }

  /** Ids of the decisions whose effect was not told yet. */
  get open(): readonly number[] {
    return [...this.#open.keys()];
  }

  toJSON(): readonly OpenDecision[] {
    return [...this.#open.values()].map(({ decision }) => decision);
  }

  /** Takes up what a former manager did not tell; `goesOn` says which of its sessions do. */
  restore(stored: readonly OpenDecision[], goesOn: (session: string) => boolean): void {
    for (const decision of stored) {
      this.#open.set(decision.id, { decision, settling: undefined });
      const entries = this.#since(decision.id);
      for (const entry of entries) this.#heard(decision.id, entry);
      if (!goesOn(decision.session)) this.#lose(decision.id);
      this.#settle(decision.id);
    }
  }

  /** The system is taken down: nobody will look any more. */
  stop(): void {
    const { clock } = this.parts;
    for (const [id, { settling }] of [...this.#open]) {
      clock.clearTimeout(settling);
      this.#tell(id, () => undefined);
    }
  }

  #hear(entry: JournalEntry): void {
    for (const id of [...this.#open.keys()]) {
      if (!this.#heard(id, entry)) continue;
      this.#settle(id);
      this.parts.changed();
    }
  }

  /** True where the entry tells something of a move of the decision. */
  #heard(id: number, entry: JournalEntry): boolean {
    const move = this.#open.get(id)?.decision.moves.find(({ vm, end }) => vm === entry.subject && !end);
    if (!move || entry.id < id) return false;
    if (entry.kind === 'operation' && entry.data?.['operation'] === 'migrate') {
      this.#change(id, move.vm, { begun: true });
      return true;
    }
    const end = endOf(entry, move, (cause) => this.parts.journal.entry(cause));
    if (!end) return false;
    this.#change(id, move.vm, { begun: true, end });
    return true;
  }

  #ended({ id: session, status }: SessionSnapshot): void {
    if (status !== 'running') this.#giveUp(session, 'its diagram ended without it');
  }

  #giveUp(session: string, why: string): void {
    for (const [id, { decision }] of [...this.#open]) {
      if (decision.session !== session) continue;
      for (const { vm, begun, end } of decision.moves)
        if (begun !== true && !end)
          this.#change(id, vm, { end: { outcome: 'not begun', at: this.parts.clock.now(), why } });
      this.#settle(id);
    }
  }

  /** Of moves that nobody carries on: the VM is where it was to go to, or nobody knows what became of it. */
  #lose(id: number): void {
    const { system, clock } = this.parts;
    for (const { vm, to, end } of this.#open.get(id)?.decision.moves ?? []) {
      if (end) continue;
      const arrived = system.has(vm) && system.hostOf(system.component(vm))?.name === to;
      const why = 'the manager ended meanwhile';
      this.#change(id, vm, { end: { outcome: arrived ? 'moved' : 'unknown', at: clock.now(), why } });
    }
  }

  #change(id: number, vm: string, change: Partial<FollowedMove>): void {
    const followed = this.#open.get(id);
    if (!followed) return;
    const moves = followed.decision.moves.map((move) => (move.vm === vm ? { ...move, ...change } : move));
    followed.decision = { ...followed.decision, moves };
  }

  /** Once all has ended: readings are gathered, or, where nothing was done, it is told at once. */
  #settle(id: number): void {
    const followed = this.#open.get(id);
    if (!followed || followed.settling !== undefined || followed.decision.moves.some(({ end }) => !end)) return;
    const { clock, settleMs, readings } = this.parts;
    if (!followed.decision.moves.some(({ end }) => end?.outcome === 'moved')) {
      // not at once: what is being told now is to be heard by everybody first
      followed.settling = clock.setTimeout(() => this.#tell(id, () => undefined), 0);
      return;
    }
    const from = clock.now();
    followed.settling = clock.setTimeout(() => {
      const now = clock.now();
      this.#tell(id, (host) =>
        meanOf(
          readings
            .window(host, 'cpu', now)
            // the first half still shows the end of the migration itself
            .filter(({ at }) => at > from + settleMs / 2)
            .map(({ value }) => value),
        ),
      );
    }, settleMs);
  }

  #tell(id: number, actual: (host: string) => number | undefined): void {
    const { decision } = this.#open.get(id) ?? {};
    if (!decision) return;
    this.#open.delete(id);
    const ended = decision.moves.map((move) =>
      move.end
        ? move
        : { ...move, end: { outcome: 'unknown' as const, at: this.parts.clock.now(), why: 'all was taken down' } },
    );
    const effect = effectOf(id, decision.predicted, ended, actual);
    this.parts.journal.append('effect', decision.goal, effectText(effect), { cause: id, data: { effect } });
    this.parts.changed();
  }

  #since(id: number): readonly JournalEntry[] {
    const { journal } = this.parts;
    return [...journal.pages(Math.max(id, journal.lastId - LOOKED_THROUGH))].flat();
  }
}

/** How a move ended, as an entry of the journal tells it. */
function endOf(
  { kind, at, text, cause, data }: JournalEntry,
  { to }: FollowedMove,
  entry: (id: number) => JournalEntry | undefined,
): MoveEnd | undefined {
  if (kind === 'migration') {
    const migration = data?.['migration'] as MigrationRecord | undefined;
    if (!migration) return { outcome: 'moved', at };
    if (migration.to !== to) return { outcome: 'failed', at, why: `it went to ${migration.to}` };
    return { outcome: 'moved', at, durationMs: migration.elapsedMs, downtimeMs: migration.downtimeMs };
  }
  if (kind !== 'trouble' || cause === undefined) return undefined;
  return entry(cause)?.data?.['operation'] === 'migrate' ? { outcome: 'failed', at, why: text } : undefined;
}
