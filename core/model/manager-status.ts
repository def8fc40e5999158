import type { ControlSummary } from './control-summary.js';
import type { LifeCycleState } from './life-cycle.js';

/** What a manager answers about itself, its system and the agents that it hears. */
export interface ManagerStatus {
  /** The deployment. */
  readonly system: string;
  readonly version: string;
  readonly startedAt: number;
  /** When it answered, by its clock. */
  readonly at: number;
  readonly phase: ManagerPhase;
  /** What is held, and how many questions wait; absent: it acts by itself. */
  readonly control?: ControlSummary;
  /** At most {@link MAX_STATUS_COMPONENTS}, hosts first; of a larger system `components` says how many more there are. */
  readonly parts: readonly ComponentStatus[];
  readonly components: number;
  /** At most {@link MAX_STATUS_COMPONENTS}. */
  readonly agents: readonly AgentStatus[];
  /** Messages that it refused, by reason (`DropReason`). */
  readonly refused: Readonly<Record<string, number>>;
}

/** So that a status fits into one message. */
export const MAX_STATUS_COMPONENTS = 2000;

export const MANAGER_PHASES = ['starting', 'running', 'stopping'] as const;
export type ManagerPhase = (typeof MANAGER_PHASES)[number];

export interface ComponentStatus {
  readonly name: string;
  readonly class: string;
  readonly kind: 'host' | 'vm' | 'software';
  readonly state: LifeCycleState;
  readonly failure?: string;
  readonly node?: string;
}

/** `waiting`: a host of the deployment whose agent was never heard. `silent`: heartbeats are missing. `left`: it said good-bye. */
export const AGENT_STATES = ['waiting', 'alive', 'silent', 'left'] as const;

export interface AgentStatus {
  readonly name: string;
  readonly state: (typeof AGENT_STATES)[number];
  /** Whether it is the agent of a host of this system. */
  readonly host: boolean;
  /** How long ago its last heartbeat came. */
  readonly ageMs?: number;
  readonly everyMs?: number;
  readonly accepting?: boolean;
  /** Load averages over 1, 5 and 15 minutes. */
  readonly load?: readonly [number, number, number];
  /** CPU in use in [0, 1] over all cores. */
  readonly cpu?: number;
  readonly memoryTotalMiB?: number;
  readonly memoryFreeMiB?: number;
  readonly vms?: number;
  readonly probes?: number;
  /** What it could not measure last, by probe. */
  readonly troubles: number;
  /** Set while messages of it are refused because its clock is off: what was seen. */
  readonly clock?: string;
  /** Messages of it that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}
