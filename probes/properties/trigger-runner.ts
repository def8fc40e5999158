import type { Clock, TimerHandle } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Subscription } from '../../core/model/hypervisor.js';
import type { Member, MemberBus } from '../../core/model/member-bus.js';
import type { PropertyValue } from '../../core/model/messages.js';
import type { TriggerDefinition } from './definitions.js';
import type { TriggerAction, TriggerClient, TriggerWorld } from './expressions.js';
import { initialTriggers, nextDue, stepTriggers, UPDATE_GAP_MS, type TriggerState } from './triggers.js';

export interface TriggerRunnerParts {
  readonly bus: MemberBus;
  readonly clock: Clock;
  readonly triggers: readonly TriggerDefinition[];
  /** An event for the manager; rejects where it takes none of that name. */
  readonly emit: (event: string, component: string, arg: string | undefined) => unknown;
  /** What is wrong with a trigger or what it did; without `why`: it is well again. */
  readonly onTrouble: (trigger: string, why?: string) => void;
}

const ANSWER_MS = 10_000;
const COMMAND_MS = 600_000;
/** Members of these roles are the manager's clients. */
const CLIENTS: ReadonlySet<string> = new Set(['agent', 'client']);

/**
 * Does what triggers decide: keeps its clients by the membership of the bus, asks them for properties, and sends them
 * commands. What one client is sent is sent in order, and its agent runs it in that order.
 */
export class TriggerRunner {
  readonly #parts: TriggerRunnerParts;
  readonly #members = new Map<string, Member>();
  readonly #properties = new Map<string, Readonly<Record<string, PropertyValue>>>();
  #state: TriggerState;
  #membership: Subscription | undefined;
  #timer: TimerHandle;
  #update: TimerHandle;
  #lookedAt = -Infinity;

  constructor(parts: TriggerRunnerParts) {
    this.#parts = parts;
    this.#state = initialTriggers(parts.triggers, parts.clock.now());
  }

  /** Who is there, and what is known of each. */
  get world(): TriggerWorld {
    const clients = [...this.#members.values()].map(({ name, role }): TriggerClient => ({
      name,
      role,
      properties: this.#properties.get(name) ?? {},
    }));
    return { manager: this.#parts.bus.name, clients };
  }

  start(): void {
    if (this.#membership) return;
    const { bus, clock, triggers } = this.#parts;
    this.#state = initialTriggers(triggers, clock.now());
    this.#membership = bus.onMembership(({ kind, member }) => {
      if (!CLIENTS.has(member.role)) return;
      // what a former life of it had says nothing of this one
      this.#properties.delete(member.name);
      if (kind === 'joined') this.#members.set(member.name, member);
      else this.#members.delete(member.name);
    });
    this.#wait();
  }

  stop(): void {
    this.#membership?.unsubscribe();
    this.#membership = undefined;
    this.#parts.clock.clearTimeout(this.#timer);
    this.#parts.clock.clearTimeout(this.#update);
    this.#update = undefined;
  }

  #wait(): void {
    const { clock, triggers } = this.#parts;
    if (triggers.length === 0) return;
    this.#timer = clock.setTimeout(
      () => {
        this.#look(false);
        this.#wait();
      },
      Math.max(0, nextDue(this.#state) - clock.now()),
    );
  }

  #look(update: boolean): void {
    const { clock, triggers, onTrouble } = this.#parts;
    const step = stepTriggers(triggers, this.#state, this.world, { now: clock.now(), update });
    this.#state = step.state;
    if (step.fine.length + step.failed.length > 0) this.#lookedAt = clock.now();
    for (const trigger of step.fine) onTrouble(trigger);
    for (const { trigger, why } of step.failed) onTrouble(trigger, why);
    for (const { trigger, actions } of step.fired)
      for (const action of actions)
        this.#do(action).catch((error: unknown) => {
          // what was cut off by the end is nobody's trouble
          if (this.#membership) onTrouble(trigger, AttituneError.from(error).message);
        });
  }

  async #do(action: TriggerAction): Promise<void> {
    const { bus, emit } = this.#parts;
    if (action.kind === 'emit') {
      await emit(action.event, action.component, action.arg);
    } else if (action.kind === 'send-command') {
      const { client, argv } = action;
      const body = { commands: [{ argv }] };
      const { results } = await bus.request(client, 'agent.commands', body, { timeoutMs: COMMAND_MS });
      const failed = results.find(({ exitCode }) => exitCode !== 0);
      if (failed)
        throw new AttituneError(
          'operation-failed',
          `${argv[0]} on ${client} ended with exit code ${failed.exitCode}: ${failed.stderr.trim().slice(0, 200)}`,
        );
    } else await this.#get(action);
  }

  async #get({ client, names }: Extract<TriggerAction, { kind: 'get-property' }>): Promise<void> {
    const { bus } = this.#parts;
    const body = names ? { names } : {};
    const options = { timeoutMs: ANSWER_MS };
    if (client !== undefined) {
      this.#learn(client, (await bus.request(client, 'agent.properties', body, options)).values);
    } else {
      const atMost = this.#members.size;
      const answers = await bus.requestMany('agent.properties', body, { ...options, atMost });
      for (const { from, answer } of answers) this.#learn(from, answer.values);
    }
  }

  #learn(client: string, values: Readonly<Record<string, PropertyValue>>): void {
    if (!this.#membership || !this.#members.has(client)) return;
    this.#properties.set(client, { ...this.#properties.get(client), ...values });
    // what comes together is looked at together
    const { clock } = this.#parts;
    const wait = Math.max(0, this.#lookedAt + UPDATE_GAP_MS - clock.now());
    this.#update ??= clock.setTimeout(() => {
      this.#update = undefined;
      this.#look(true);
    }, wait);
  }
}
