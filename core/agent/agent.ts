import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Executor } from '../model/executor.js';
import type { Hypervisor, Subscription } from '../model/hypervisor.js';
import type { MemberBus } from '../model/member-bus.js';
import type { AgentDescription, Question, Questions } from '../model/messages.js';
import { AssignedProbes, type ProbeParts } from './assigned-probes.js';
import { CommandQueue } from './command-queue.js';
import { Commanders } from './commanders.js';
import { ExecutorService } from './executor-service.js';
import { Heartbeats } from './heartbeats.js';
import type { MachineReader } from './machine-reader.js';
import { Troubles } from './troubles.js';

/** What an agent is made of; all that reaches the machine is injected. */
export interface AgentParts {
  /** Joined as a member of role `agent`, under the name of the host. Whoever opened it closes it. */
  readonly bus: MemberBus;
  readonly clock: Clock;
  readonly machine: MachineReader;
  readonly about: Pick<AgentDescription, 'version' | 'kind' | 'machine'>;
  /** Absent: it runs nothing for anybody. */
  readonly executor?: Executor;
  /** Absent: no VMs are here, and none are taken in. */
  readonly hypervisor?: Hypervisor;
  /** Absent: it can measure nothing. */
  readonly probes?: ProbeParts;
  /** Who may give commands; absent: see `Commanders`. */
  readonly managers?: readonly string[];
  /** Default: 5 s. */
  readonly everyMs?: number;
  /** Whether it takes in VMs of others. Default: yes, where it has a hypervisor. */
  readonly accepting?: boolean;
}

export const DEFAULT_EVERY_MS = 5000;
/** What `agent.control` may set. */
const SHORTEST_EVERY_MS = 100;
const LONGEST_EVERY_MS = 3_600_000;

type Control = Questions['agent.control'];

/**
 * What runs on each machine: says how it is, measures and does what it is asked to. What it started, and what it was
 * asked to measure, goes on while nobody who asked is there.
 */
export class Agent {
  /** What is wrong now; others that run in the same process may add to it. */
  readonly troubles = new Troubles();
  readonly #parts: AgentParts;
  readonly #commanders: Commanders;
  readonly #heartbeats: Heartbeats;
  readonly #probes: AssignedProbes | undefined;
  readonly #service: ExecutorService | undefined;
  readonly #queue: CommandQueue | undefined;
  readonly #startedAt: number;
  #accepting: boolean;
  #subscriptions: readonly Subscription[] = [];

  /** Throws `value`. */
  constructor(parts: AgentParts) {
    const { bus, clock, machine, executor, hypervisor, probes, managers, everyMs = DEFAULT_EVERY_MS } = parts;
    checkEvery(everyMs);
    this.#parts = parts;
    this.#startedAt = clock.now();
    this.#accepting = hypervisor !== undefined && (parts.accepting ?? true);
    this.#commanders = new Commanders(bus, clock, managers, this.troubles);
    const onTrouble = this.troubles.set.bind(this.troubles);
    this.#probes = probes && new AssignedProbes(probes, bus, clock, onTrouble);
    this.#service = executor && new ExecutorService(executor, clock, bus.member.incarnation);
    this.#queue = executor && new CommandQueue(executor, (from) => this.#commanders.check(from));
    const status = () => ({ accepting: this.#accepting, probes: this.#probes?.count ?? 0 });
    this.#heartbeats = new Heartbeats({ bus, clock, machine, hypervisor, troubles: this.troubles, status }, everyMs);
  }

  get name(): string {
    return this.#parts.bus.name;
  }

  get accepting(): boolean {
    return this.#accepting;
  }

  get everyMs(): number {
    return this.#heartbeats.everyMs;
  }

  /** Answers questions from now on, and says at once that it is there. Does nothing where it runs already. */
  start(): void {
    if (this.#subscriptions.length > 0) return;
    const { bus, hypervisor } = this.#parts;
    this.#subscriptions = [
      bus.respond('agent.describe', () => this.#describe()),
      this.#respond('agent.control', (change) => this.control(change)),
      this.#respond('agent.probes', ({ probes }, from) => ({ running: this.#measuring().assign(from, probes) })),
      this.#respond('agent.execute', (call, from) => present(this.#service, this.name).answer(call, from)),
      // in the order in which they came, so that who may is asked in turn
      bus.respond('agent.commands', async ({ commands }, from) => ({
        results: await present(this.#queue, this.name).run(from, commands),
      })),
      ...(hypervisor ? [hypervisor.onConnection((change) => this.#onHypervisor(change))] : []),
    ];
    this.#heartbeats.start();
  }

  /** Changes how it works and says so at once. Throws `value`, and `hypervisor` where it cannot take in VMs. */
  control({ everyMs = this.everyMs, accepting = this.#accepting }: Control['asks']): Control['answers'] {
    checkEvery(everyMs);
    if (accepting && !this.#parts.hypervisor)
      throw new AttituneError('hypervisor', `${this.name} has no hypervisor, so it takes in no virtual machines.`);
    this.#accepting = accepting;
    this.#heartbeats.again(everyMs);
    return { everyMs, accepting };
  }

  /** Ends all it does but what it started; idempotent. The bus stays open. */
  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
    this.#heartbeats.stop();
    this.#probes?.stop();
    this.#queue?.stop();
    this.#service?.stop();
  }

  /** A question that is a command. */
  #respond<Q extends Question>(
    question: Q,
    answer: (body: Questions[Q]['asks'], from: string) => Questions[Q]['answers'] | Promise<Questions[Q]['answers']>,
  ): Subscription {
    return this.#parts.bus.respond(question, async (body, from) => {
      await this.#commanders.check(from);
      return answer(body, from);
    });
  }

  #describe(): AgentDescription {
    const { about, hypervisor, probes } = this.#parts;
    return {
      name: this.name,
      ...about,
      startedAt: this.#startedAt,
      ...(hypervisor ? { hypervisor: hypervisor.uri } : {}),
      measures: probes?.registry.measures() ?? [],
    };
  }

  #measuring(): AssignedProbes {
    if (this.#probes) return this.#probes;
    throw new AttituneError('unknown-measure', `The agent ${this.name} measures nothing.`);
  }

  #onHypervisor(change: Parameters<Parameters<Hypervisor['onConnection']>[0]>[0]): void {
    this.troubles.set('hypervisor', change.connected ? undefined : change.reason.message);
  }
}

function present<T>(part: T | undefined, name: string): T {
  if (part !== undefined) return part;
  throw new AttituneError('unknown-operation', `The agent ${name} runs nothing for others.`);
}

/** Throws `value` for an interval of heartbeats that is too short or too long. */
export function checkEvery(everyMs: number): void {
  if (everyMs >= SHORTEST_EVERY_MS && everyMs <= LONGEST_EVERY_MS) return;
  throw new AttituneError(
    'value',
    `The interval of heartbeats is ${everyMs} ms; it must be between ${SHORTEST_EVERY_MS} ms and an hour.`,
  );
}
