import type { AdministrationEvent, JournalEntry, Reading } from './administration.js';
import type { ControlSummary } from './control-summary.js';
import type { Subscription } from './hypervisor.js';
import type { LifeCycleState } from './life-cycle.js';
import type { AgentTopics } from './messages.js';

/** Every topic and what it carries. Those of agents are in `messages.ts`; `MemberBus` carries all of them across processes. */
export interface Topics extends AgentTopics {
  readonly reading: Reading;
  readonly event: AdministrationEvent;
  readonly journal: JournalEntry;
  readonly system: SystemSnapshot;
  readonly session: SessionSnapshot;
  readonly migration: MigrationSnapshot;
  readonly requests: RequestSnapshot;
}

export type Topic = keyof Topics;

/** Publish and subscribe; messages of one publisher arrive in their order. */
export interface Bus {
  publish<T extends Topic>(topic: T, message: Topics[T]): void;
  subscribe<T extends Topic>(topic: T, listener: (message: Topics[T]) => void): Subscription;
}

/** The system representation as plain data, for views. */
export interface SystemSnapshot {
  readonly at: number;
  readonly name: string;
  readonly components: readonly ComponentSnapshot[];
  readonly bindings: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  /** Who carries out what is decided, where that is not just the manager. */
  readonly control?: ControlSummary;
}

export interface ComponentSnapshot {
  readonly name: string;
  readonly class: string;
  readonly kind: 'host' | 'vm' | 'software';
  readonly state: LifeCycleState;
  /** What the administrator or a diagram wants it to be; absent: not told. */
  readonly expected?: 'stopped' | 'started';
  /** Why it failed. */
  readonly failure?: string;
  /** The host or VM it is on. */
  readonly node?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SessionSnapshot {
  readonly id: string;
  readonly diagram: string;
  readonly file: string;
  readonly subject?: string;
  readonly configuration: readonly string[];
  /** The event that led there, where one did. */
  readonly event?: string;
  readonly status: 'running' | 'final' | 'failed' | 'stopped';
  readonly at: number;
}

export interface MigrationSnapshot {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  /** In [0, 1]. */
  readonly fraction: number;
  /** `waiting`: for its turn; `waiting` then tells what for, such as `2 others on host1`. */
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  readonly waiting?: string;
  readonly at: number;
}

/** Requests of the last second. */
export interface RequestSnapshot {
  readonly at: number;
  readonly phase: string;
  readonly perSecond: number;
  readonly failed: number;
  readonly p95Ms: number;
}
