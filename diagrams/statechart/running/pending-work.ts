import type { TimerHandle } from '../../../core/model/clock.js';
import type { Effect } from '../interpreter/chart-state.js';

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { readonly kind: K }>;

/** Effects that may wait for a time. */
export type TimedEffect = EffectOf<'send' | 'post' | 'emit'>;

/** A delayed effect; `dueAt` in milliseconds since the epoch. Those due at one time fire by their `order`. */
export interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly effect: TimedEffect;
}

/** Pending; `handle` is the clock's. */
export interface PendingTimer extends Timer {
  handle: TimerHandle;
}

export interface PendingOperation {
  readonly controller: AbortController;
  readonly effect: EffectOf<'invoke'>;
  readonly key: string;
}

/** What a session has begun and not ended, or is about to do. */
export interface PendingWork {
  readonly timers: ReadonlyMap<string, ReadonlySet<PendingTimer>>;
  readonly operations: ReadonlyMap<string, PendingOperation>;
  readonly outbox: readonly Effect[];
  /** Operations called so far. */
  readonly attempts: number;
  /** When it began to carry out what is in the outbox. */
  readonly turn: number;
  /** True while it carries out what a step asked for: what it is sent meanwhile waits. */
  readonly busy: boolean;
}
