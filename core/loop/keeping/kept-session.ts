import type { AdministrationEvent } from '../../model/administration.js';
import type { Component } from '../../model/component.js';
import type { SessionCheckpoint } from '../../model/diagram.js';
import type { SessionRecord } from '../../model/store.js';
import type { SessionControl } from '../control/session-control.js';
import { CallOutcomes, type CallOutcome } from '../operations/call-outcomes.js';
import type { Keeper } from './keeper.js';
import { SCOPE_NAMES, type ScopeName } from '../operations/operation-path.js';
import type { Scope } from '../operations/scope.js';
import type { Transaction, TransactionState } from '../transaction/transaction.js';

/** What the loop itself keeps of a session, as JSON: `SessionRecord.context`. */
export interface StoredContext {
  readonly event?: AdministrationEvent;
  /** Journal entry that led to the session. */
  readonly cause?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly transactional?: boolean;
  readonly role?: 'start' | 'stop';
  readonly control?: SessionControl;
  /** Names of the components that the paths start from. */
  readonly scope?: Readonly<Partial<Record<ScopeName, string>>>;
  /** Journal entry that the next operation's entries refer to. */
  readonly current?: number;
  /** The decision that an administrator has approved. */
  readonly granted?: number;
  readonly undo?: TransactionState;
  readonly outcomes?: readonly CallOutcome[];
}

/** What is known of a session before it runs. */
export interface SessionHead {
  readonly id: string;
  readonly kind: SessionRecord['kind'];
  readonly file: string;
  readonly startedAt: number;
  readonly request: Pick<StoredContext, 'event' | 'cause' | 'parameters' | 'transactional' | 'role' | 'control'>;
}

/** What of a running session is stored with each checkpoint. */
export interface LiveContext {
  readonly scope: Scope;
  readonly cause: number | undefined;
  readonly granted?: number;
  readonly transaction?: Transaction;
}

/** One session's record in the store, kept up to date from its request to its end. Without a keeper nothing is kept. */
export class KeptSession {
  readonly outcomes: CallOutcomes;
  #entry = 0;
  #live: LiveContext | undefined;
  #checkpoint: SessionCheckpoint | undefined;
  #ended = false;
  /** The record as it stands in the store, where that is known. */
  #written: string | undefined;

  /** `stored`: the record that a former manager left. */
  constructor(
    readonly head: SessionHead,
    private readonly keeper: Keeper | undefined,
    stored?: SessionRecord,
  ) {
    this.outcomes = new CallOutcomes(
      (stored?.context as StoredContext | undefined)?.outcomes,
      () => this.changed(),
      () => this.#write(),
    );
    this.#entry = stored?.entry ?? 0;
    this.#checkpoint = stored?.checkpoint;
  }

  /** It is to begin as soon as its components are free. */
  waits(): void {
    this.keeper?.saveSoon(this.head.id, () => (this.#ended ? undefined : this.#record()));
  }

  begun(entry: number, live: LiveContext): void {
    this.#entry = entry;
    this.#live = live;
  }

  /**
   * Called before the effects of a step are carried out; what it wrote is safe when it returns. A step that changed
   * nothing, as of a policy that an event does not concern, costs no write. Throws `store`.
   */
  checkpoint(checkpoint: SessionCheckpoint): void {
    if (this.#ended || !this.keeper) return;
    this.#checkpoint = checkpoint;
    this.outcomes.forgetBut(checkpoint.operations.map(({ key }) => key));
    const record = this.#record();
    const text = JSON.stringify(record);
    if (text === this.#written) return;
    this.#written = undefined;
    this.keeper.save(record);
    this.#written = text;
  }

  /** Its undo log or an outcome changed: written at the end of this turn, together with what changed in the system. */
  changed(): void {
    if (this.#ended || this.#checkpoint === undefined) return;
    this.#written = undefined;
    this.keeper?.saveSoon(this.head.id, () => (this.#ended ? undefined : this.#record()));
  }

  /** Forgets it, in one with its last journal entries, and remembers that a start or stop diagram, or a policy, came to its end. */
  end(status: 'final' | 'failed' | 'stopped', lastWords: () => void = () => undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const { id, kind, file, request } = this.head;
    const once = kind === 'policy' ? policyKey(file, request.event?.component) : request.role && file;
    if (!this.keeper) lastWords();
    else this.keeper.remove(id, lastWords, status === 'final' ? once : undefined);
  }

  #write(): void {
    if (this.#ended || this.#checkpoint === undefined) return;
    this.#written = undefined;
    this.keeper?.save(this.#record());
  }

  #record(): SessionRecord {
    const { id, kind, file, startedAt, request } = this.head;
    const { scope = {}, cause, granted, transaction } = this.#live ?? {};
    const context: StoredContext = {
      ...request,
      scope: namesOf(scope),
      ...(cause === undefined ? {} : { current: cause }),
      ...(granted === undefined ? {} : { granted }),
      ...(transaction ? { undo: transaction.toJSON() } : {}),
      outcomes: this.outcomes.toJSON(),
    };
    const checkpoint = this.#checkpoint;
    return { id, kind, file, startedAt, entry: this.#entry, context, ...(checkpoint ? { checkpoint } : {}) };
  }
}

/** Stands in `StoredSystem.ended` for a policy that has come to its end. */
export function policyKey(file: string, component: string | undefined): string {
  return `${file}\n${component ?? ''}`;
}

function namesOf(scope: Scope): NonNullable<StoredContext['scope']> {
  return Object.fromEntries(SCOPE_NAMES.flatMap((name) => (scope[name] ? [[name, scope[name].name]] : [])));
}

/** The components that a stored scope names, as far as they are still there. */
export function restoreScope(stored: StoredContext['scope'], find: (name: string) => Component | undefined): Scope {
  const scope: Scope = {};
  for (const name of SCOPE_NAMES) {
    const component = stored?.[name] === undefined ? undefined : find(stored[name]);
    if (component) scope[name] = component;
  }
  return scope;
}
