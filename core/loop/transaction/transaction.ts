import type { LifeCycleState } from '../../model/life-cycle.js';

/**
 * What a procedure did, as data that can be kept and given back: enough to take it back, or to say that it cannot be.
 * Records are levels, not edges: each holds what was before the procedure touched it, and undoing compares that with
 * what is now.
 */
export type UndoRecord =
  /** `CLASS++` made it. */
  | { readonly kind: 'created'; readonly component: string }
  /** `CLASS--` or `this--` took it out. Cannot be undone. */
  | { readonly kind: 'removed'; readonly component: string }
  | { readonly kind: 'bound'; readonly association: string; readonly from: string; readonly to: string }
  | { readonly kind: 'unbound'; readonly association: string; readonly from: string; readonly to: string }
  /** It was in this state before the procedure first started or stopped it. `failure`: why it had failed then. */
  | {
      readonly kind: 'life-cycle';
      readonly component: string;
      readonly former: 'stopped' | 'started' | 'failed';
      readonly failure?: string;
      /** Key of the call: what one call started side by side is stopped side by side. */
      readonly call: string;
    }
  /** `<at:set>` wrote it; `former` is `null` where it had not been set. */
  | { readonly kind: 'attribute'; readonly component: string; readonly name: string; readonly former: string | null }
  /** It was on this host before the procedure first migrated it. Not moved back. */
  | { readonly kind: 'migrated'; readonly component: string; readonly from: string }
  /** It was on this node, or `null`, before the procedure placed it elsewhere while it was stopped. */
  | { readonly kind: 'placed'; readonly component: string; readonly from: string | null }
  /** It had these attributes before the procedure first called the operation, which takes them back when called with them. */
  | {
      readonly kind: 'changed';
      readonly component: string;
      readonly operation: string;
      readonly former: Readonly<Record<string, string>>;
    }
  /** Any other operation of its wrapper. Cannot be undone. */
  | { readonly kind: 'called'; readonly component: string; readonly operation: string };

/** What became of one record. */
export interface UndoOutcome {
  /** `undone`: it is as before. `kept`: it stays, because it cannot be undone. `failed`: undoing it did not succeed. */
  readonly result: 'undone' | 'kept' | 'failed';
  /** A phrase for the operator: `Tomcat_3 removed`, `Apache_1.configure`. */
  readonly text: string;
}

/** A transaction as JSON: what a store keeps with its session. */
export interface TransactionState {
  readonly records: readonly UndoRecord[];
  /** Set from the moment the procedure failed: what is left of `records` is being undone. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** What has been undone so far. */
  readonly outcomes: readonly UndoOutcome[];
  /** The last changes of the representation that were answered, by the key of their call. */
  readonly answers: readonly { readonly key: string; readonly answer: unknown }[];
}

/** A repeated call asks for one of the last few answers, those of a session's parallel regions. */
const ANSWERS_KEPT = 16;

/**
 * The undo log of one procedure. Its steps are written into it before they are done, so that nothing a crash interrupts
 * is forgotten. It grows with the number of things touched, not of steps taken: what two steps take back from each other
 * leaves no record.
 */
export class Transaction {
  #records: UndoRecord[];
  #failure: TransactionState['failure'];
  readonly #outcomes: UndoOutcome[];
  #answers: TransactionState['answers'];
  readonly #changed: () => void;

  /** `state` takes up one that a store kept; `changed` is called after each change, to store it. */
  constructor(state?: TransactionState, changed: () => void = () => undefined) {
    this.#records = [...(state?.records ?? [])];
    this.#failure = state?.failure;
    this.#outcomes = [...(state?.outcomes ?? [])];
    this.#answers = state?.answers ?? [];
    this.#changed = changed;
  }

  get records(): readonly UndoRecord[] {
    return this.#records;
  }
  get failure(): TransactionState['failure'] {
    return this.#failure;
  }
  get outcomes(): readonly UndoOutcome[] {
    return this.#outcomes;
  }
  toJSON(): TransactionState {
    return {
      records: [...this.#records],
      ...(this.#failure ? { failure: this.#failure } : {}),
      outcomes: [...this.#outcomes],
      answers: this.#answers,
    };
  }

  created(component: string): void {
    this.#add({ kind: 'created', component });
  }

  /** What the procedure made itself and takes out again leaves no trace. */
  removed(component: string): void {
    const own = this.#made(component);
    this.#records = this.#records.filter((record) => !concerns(record, component));
    if (own) this.#changed();
    else this.#add({ kind: 'removed', component });
  }

  bound(association: string, from: string, to: string): void {
    this.#cancelOr({ kind: 'bound', association, from, to }, 'unbound');
  }

  unbound(association: string, from: string, to: string): void {
    this.#cancelOr({ kind: 'unbound', association, from, to }, 'bound');
  }

  /** Call before the component is started or stopped. */
  lifeCycle(component: string, state: LifeCycleState, failure: string | undefined, call: string): void {
    if (this.#has((record) => record.kind === 'life-cycle' && record.component === component)) return;
    const former = state === 'starting' || state === 'started' ? 'started' : state === 'failed' ? 'failed' : 'stopped';
    this.#add({ kind: 'life-cycle', component, former, call, ...(failure === undefined ? {} : { failure }) });
  }

  attribute(component: string, name: string, former: string | undefined): void {
    const same = (record: UndoRecord) =>
      record.kind === 'attribute' && record.component === component && record.name === name;
    if (!this.#has(same)) this.#add({ kind: 'attribute', component, name, former: former ?? null });
  }

  migrated(component: string, from: string): void {
    if (!this.#has((record) => record.kind === 'migrated' && record.component === component))
      this.#add({ kind: 'migrated', component, from });
  }

  placed(component: string, from: string | undefined): void {
    if (!this.#has((record) => record.kind === 'placed' && record.component === component))
      this.#add({ kind: 'placed', component, from: from ?? null });
  }

  changed(component: string, operation: string, former: Readonly<Record<string, string>>): void {
    const same = (record: UndoRecord) =>
      record.kind === 'changed' && record.component === component && record.operation === operation;
    if (!this.#has(same)) this.#add({ kind: 'changed', component, operation, former });
  }

  called(component: string, operation: string): void {
    const same = (record: UndoRecord) =>
      record.kind === 'called' && record.component === component && record.operation === operation;
    if (!this.#has(same)) this.#add({ kind: 'called', component, operation });
  }

  /** Remembers what a change of the representation answered, so that a repeated call does not change it twice. */
  answered(key: string, answer: unknown): void {
    this.#answers = [...this.#answers, { key, answer }].slice(-ANSWERS_KEPT);
    this.#changed();
  }

  answerOf(key: string): { readonly answer: unknown } | undefined {
    return this.#answers.find((known) => known.key === key);
  }

  /** From here on nothing is done any more, only undone. The first failure stays. */
  fail(failure: { readonly code: string; readonly message: string }): void {
    if (this.#failure) return;
    this.#failure = { code: failure.code, message: failure.message };
    this.#changed();
  }

  /** The record is dealt with. */
  settle(record: UndoRecord, outcome: UndoOutcome | undefined): void {
    this.#records = this.#records.filter((other) => other !== record);
    if (outcome) this.#outcomes.push(outcome);
    this.#changed();
  }

  #add(record: UndoRecord): void {
    // with what it made itself, whatever happened to that goes too
    if (record.kind !== 'created' && namesOf(record).some((name) => this.#made(name))) return;
    this.#records.push(record);
    this.#changed();
  }

  #made(component: string): boolean {
    return this.#has((record) => record.kind === 'created' && record.component === component);
  }

  #has(test: (record: UndoRecord) => boolean): boolean {
    return this.#records.some(test);
  }

  #cancelOr(record: UndoRecord & { readonly kind: 'bound' | 'unbound' }, opposite: 'bound' | 'unbound'): void {
    const { association, from, to } = record;
    const inverse = this.#records.find(
      (other) => other.kind === opposite && other.association === association && other.from === from && other.to === to,
    );
    if (!inverse) {
      this.#add(record);
      return;
    }
    this.#records = this.#records.filter((other) => other !== inverse);
    this.#changed();
  }
}

/** The components that a record names. */
export function namesOf(record: UndoRecord): readonly string[] {
  return record.kind === 'bound' || record.kind === 'unbound' ? [record.from, record.to] : [record.component];
}

function concerns(record: UndoRecord, component: string): boolean {
  return namesOf(record).includes(component);
}
