import type { Agent } from '../../agent/agent.js';
import type { Clock } from '../../model/clock.js';
import type { Executor } from '../../model/executor.js';
import type { Hypervisor } from '../../model/hypervisor.js';
import type { MemberBus } from '../../model/member-bus.js';
import type { AgentOptions } from './agent-options.js';
import type { LocalMachineReader } from './local-machine-reader.js';

/** What runs beside the agent in its process, on the same bus. */
export interface Companion {
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

/** What companions are made of. */
export interface AgentSurroundings {
  readonly agent: Agent;
  readonly bus: MemberBus;
  readonly clock: Clock;
  readonly executor: Executor;
  /** Absent: the machine has none. */
  readonly hypervisor?: Hypervisor;
  readonly machine: LocalMachineReader;
  readonly options: AgentOptions;
  /** Tells people, in a sentence. */
  readonly say: (text: string) => void;
}

/** Makes a companion, where the options ask for it. */
export type MakeCompanion = (surroundings: AgentSurroundings) => Promise<Companion | undefined>;
