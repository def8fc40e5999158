import { AttituneError, type ErrorCode } from '../../../model/errors.js';
import type { Component } from '../../../model/component.js';
import type { OperationContext, Wrapper, WrapperRegistry } from '../../../model/wrapper.js';
import type { Choice, Question, Script } from './script.js';
import { explored } from './script.js';

/** What the answers of an operation may carry, and what the path calls it. */
export interface CallFacts {
  readonly label: string;
  /** True for what no diagram called. */
  readonly undoes?: boolean;
  /** Data of `done.invoke.ID` to be tried, each with a phrase for the path. */
  readonly data: readonly { readonly text: string; readonly value: unknown }[];
  /** Codes with which it may fail. */
  readonly codes: readonly ErrorCode[];
}

/** Which open call an operation on a component belongs to. */
export type FactsOf = (component: Component, operation: string) => CallFacts;

/** Operations that undoing goes by; what others did stays as it is. */
const LEAVES_TRACE: ReadonlySet<string> = new Set(['start', 'stop', 'migrate']);

interface Member {
  readonly component: string;
  readonly succeed: (value: unknown) => void;
  readonly fail: (error: AttituneError) => void;
}

/** The wrappers of a deployment with their attributes and operations, but without effects: each call asks the script. */
export function scriptedWrappers(real: WrapperRegistry, script: Script, factsOf: FactsOf): WrapperRegistry {
  const known = new Map<string, Wrapper>();
  // what one call does on several components is answered together
  const groups = new Map<string, Group>();
  const invoke = (operation: string, context: OperationContext) => {
    const { className } = context.component;
    const facts = factsOf(context.component, operation);
    const key = `${facts.label} ${className}.${operation}`;
    const group = groups.get(key) ?? new Group(facts, operation, script, () => groups.delete(key));
    groups.set(key, group);
    return group.join(context);
  };
  return {
    names: () => real.names(),
    get: (name) => {
      const wrapper = real.get(name);
      if (!wrapper) return undefined;
      const { attributes, operations, isNode, description } = wrapper;
      const scripted = known.get(name) ?? { name, description, attributes, operations, isNode, invoke };
      known.set(name, scripted);
      return scripted;
    },
  };
}

/** One operation on one or several components of a class, begun together. */
class Group implements Question {
  readonly #members = new Set<Member>();
  /** True once there was more than one. */
  #several = false;

  constructor(
    private readonly facts: CallFacts,
    private readonly operation: string,
    private readonly script: Script,
    private readonly empty: () => void,
  ) {
    script.ask(this);
  }

  get label(): string {
    return this.facts.label;
  }

  join(context: OperationContext): Promise<unknown> {
    const { component, signal } = context;
    return new Promise((resolve, reject) => {
      const member: Member = {
        component: component.name,
        succeed: (value) => {
          this.#leave(member);
          try {
            resolve(this.#effect(context) ?? value);
            if (LEAVES_TRACE.has(this.operation)) this.script.done.add(`${component.name}.${this.operation}`);
          } catch (error) {
            reject(AttituneError.from(error, 'operation-failed'));
          }
        },
        fail: (error) => {
          this.#leave(member);
          reject(error);
        },
      };
      this.#several ||= this.#members.size > 0;
      this.#members.add(member);
      const stop = () => {
        if (!this.#members.has(member)) return;
        const reason = AttituneError.from(signal.reason, 'cancelled');
        if (reason.code === 'operation-timeout') this.script.tell(`${this.#named(component.name)} does not answer`);
        member.fail(reason);
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }

  choices(): readonly Choice[] {
    const members = [...this.#members];
    const [first] = members;
    if (!first) return [];
    const subject = members.length === 1 ? this.#named(first.component) : this.label;
    const succeed = this.facts.data.map(({ text, value }) => ({
      text: `${subject} ${text}`,
      take: () => members.forEach((member) => member.succeed(value)),
    }));
    const fail = this.facts.codes.map((code, index) => ({
      text: index === 0 ? `${subject} fails` : `${subject} fails (${code})`,
      take: () => members.forEach((member) => member.fail(explored(code, subject))),
    }));
    if (members.length === 1 || this.facts.undoes === true) return [...succeed, ...fail];
    // what the last of them does is told by the next choices
    const allBut = {
      text: `${this.label} succeeds but for ${first.component}`,
      take: () => members.slice(1).forEach((member) => member.succeed(undefined)),
    };
    return [...succeed, ...fail, allBut];
  }

  /** What a wrapper does to the representation, since nobody else does. */
  #effect({ component, system, parameters }: OperationContext): unknown {
    const to = parameters['to'];
    if (this.operation !== 'migrate' || component.kind !== 'vm' || to === undefined) return undefined;
    const from = system.hostOf(component)?.name;
    system.place(component, system.component(to));
    return { from, to, elapsedMs: 0, downtimeMs: 0 };
  }

  #named(component: string): string {
    return this.#several ? `${this.label} (${component})` : this.label;
  }

  #leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.script.withdraw(this);
    this.empty();
  }
}
