import type { AdministrationEvent } from '../../model/administration.js';
import type { Component } from '../../model/component.js';
import type { CallOutcomes } from './call-outcomes.js';
import type { Scope } from './scope.js';
import type { Transaction } from '../transaction/transaction.js';

/** What an operation knows of the session that calls it. */
export interface CallContext {
  readonly session: string;
  readonly scope: Scope;
  /** The journal entry that the operation's own entries refer to; it moves on with each decision. */
  cause: number | undefined;
  readonly event?: AdministrationEvent;
  /** What `$NAME` in a call stands for. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where its steps are written down to be undone; absent for what is never undone: a policy, an undo itself. */
  readonly transaction?: Transaction;
  /** What its operations answered that it has not taken note of yet; absent where nothing outlives the manager. */
  readonly outcomes?: CallOutcomes;
  /** Told of each new component, to lock it. */
  readonly onCreated?: (component: Component) => void;
}
