import type { AdministrationEvent } from '../../model/administration.js';
import type { Component } from '../../model/component.js';
import type { SessionControl } from '../control/session-control.js';
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
  /** What bounds its effects; absent: nothing does. */
  readonly control?: SessionControl;
  /** The decision that an administrator has approved: it covers what follows, until the next one. */
  granted?: number;
  /** Waits with no component locked, so that others go on meanwhile. */
  readonly unlocked?: <T>(wait: () => Promise<T>) => Promise<T>;
}
