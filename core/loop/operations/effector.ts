import type { Component } from '../../model/component.js';
import type { OperationCall } from '../../model/diagram.js';
import { removableWhole } from '../../model/growing.js';
import { BUILT_IN_OPERATIONS } from './built-in.js';
import type { CallContext } from './call-context.js';
import { Decisions } from '../decisions/decisions.js';
import { ComponentCalls, type CallParts, type ComponentCall } from './component-calls.js';
import { concernedBy } from './effect-names.js';
import { HOST_OPERATIONS, HostPower } from './host-power.js';
import { fillVariables, parseOperation, type Operation } from './operation-path.js';
import { reachable, resolvePath } from './scope.js';
import { ONLY, selected } from './selection.js';
import { StructureChanges } from './structure-changes.js';

type Call = Omit<ComponentCall, 'operation'>;

/** Carries out what diagrams invoke: growth, shrinking, plans, and operations of wrappers on all components of a path. */
export class Effector {
  /** Operations that run, by session. */
  readonly #pending = new Map<string, Set<Promise<void>>>();
  readonly #structure: StructureChanges;
  readonly #calls: ComponentCalls;
  readonly #hostPower: HostPower;
  readonly #decisions: Decisions;

  constructor(
    private readonly parts: CallParts & {
      /** Puts a new component on a node. */
      readonly placeNew: (component: Component) => void;
    },
  ) {
    this.#structure = new StructureChanges(parts);
    this.#calls = new ComponentCalls(parts);
    this.#hostPower = new HostPower(parts);
    this.#decisions = new Decisions(parts);
  }

  /** Operations of wrappers, for what is no diagram's call: an undo. */
  get calls(): ComponentCalls {
    return this.#calls;
  }

  /** Runs one call; what it resolves with becomes the data of `done.invoke.ID`. */
  run(call: OperationCall, context: CallContext): Promise<unknown> {
    const running = this.#start(call, context);
    const pending = this.#pending.get(context.session) ?? new Set();
    this.#pending.set(context.session, pending);
    const settled = running.then(nothing, nothing).finally(() => {
      pending.delete(settled);
      if (pending.size === 0) this.#pending.delete(context.session);
    });
    pending.add(settled);
    return running;
  }

  /** Leaves alone what goes on by itself, such as a host that boots. */
  stop(): void {
    this.#hostPower.stop();
  }

  /** How many operations of the session run. */
  running(session: string): number {
    return this.#pending.get(session)?.size ?? 0;
  }

  /** Resolves when no operation of the session runs any more: one that was aborted may take a while to end in order. */
  async idle(session: string): Promise<void> {
    const pending = this.#pending.get(session);
    if (pending) await Promise.all(pending);
  }

  async #start(call: OperationCall, context: CallContext): Promise<unknown> {
    const operation = parseOperation(fillVariables(call.src, context.variables ?? {}));
    const given = { ...call, parameters: stringParameters(call.params) };
    const gated = operation.kind === 'plan' ? undefined : this.#pass(operation, given, context);
    if (gated) await gated;
    return await this.#run(operation, given, context);
  }

  #run(operation: Operation, call: Call, context: CallContext): unknown {
    const { system } = this.parts;
    const { parameters } = call;
    switch (operation.kind) {
      case 'grow':
        return once(call, context, () => this.#structure.grow(operation.className, context));
      case 'shrink-class':
        return once(call, context, () =>
          this.#structure.shrink(
            ONLY in parameters
              ? selected(resolvePath(system, context.scope, [operation.className]), parameters).components
              : [removableWhole(system, operation.className)],
            context,
          ),
        );
      case 'shrink':
        return once(call, context, () =>
          this.#structure.shrink(
            selected(resolvePath(system, context.scope, operation.path), parameters).components,
            context,
          ),
        );
      case 'plan':
        return this.#decisions.decide(operation.goal, call, context);
      case 'call': {
        const resolve = operation.optional ? reachable : resolvePath;
        const reached = selected(resolve(system, context.scope, operation.path), parameters);
        const able = operation.optional
          ? reached.components.filter((one) => this.#has(one, operation.operation))
          : reached.components;
        return this.#call(able, operation.operation, { ...call, parameters: reached.parameters }, context);
      }
    }
  }

  /** Waits, or rejects, where a mode or an administrator says so; `undefined` where it may begin. */
  #pass(operation: Exclude<Operation, { kind: 'plan' }>, call: Call, context: CallContext): Promise<void> | undefined {
    const { system, governance } = this.parts;
    if (!governance || !context.control) return undefined;
    const ground = { system, scope: context.scope };
    const concerned = concernedBy(operation, call.parameters, ground, (name, what) => this.#reads(name, what));
    return concerned && governance.gate.pass({ ...concerned, key: call.key, signal: call.signal }, context);
  }

  #reads(name: string, operation: string): boolean {
    const component = this.parts.system.component(name);
    if (this.#calls.has(component, operation)) return this.#calls.reads(component, operation);
    return builtInOf(operation)?.reads === true;
  }

  #call(components: readonly Component[], name: string, call: Call, context: CallContext): unknown {
    if (Object.hasOwn(HOST_OPERATIONS, name) && components.every(({ kind }) => kind === 'host'))
      return this.#switchHosts(components, name, call, context);
    const wrapped = components.some((component) => this.#calls.has(component, name));
    const builtIn = wrapped ? undefined : builtInOf(name);
    if (!builtIn) return this.#calls.callAll(components, { ...call, operation: name }, context);
    const { system, journal, clock } = this.parts;
    return once(call, context, () => {
      const { scope, cause, transaction } = context;
      const ground = { system, journal, at: clock.now(), scope, cause, transaction };
      const value = builtIn.run(components, call.parameters, ground);
      this.parts.changed();
      return value;
    });
  }

  async #switchHosts(components: readonly Component[], name: string, call: Call, context: CallContext) {
    const { parameters, signal } = call;
    const result = await this.#hostPower.run(components, name, { parameters, signal, cause: context.cause });
    for (const host of components) context.transaction?.called(host.name, name);
    return result;
  }

  #has(component: Component, operation: string): boolean {
    return builtInOf(operation) !== undefined || this.#calls.has(component, operation);
  }
}

function nothing(): void {
  // the caller hears of the outcome; here only the end counts
}

/** A change of the representation takes no time: one that a crash cut off was either made and answered, or not made. */
function once(call: Call, { transaction }: CallContext, change: () => unknown): unknown {
  const known = call.resumed ? transaction?.answerOf(call.key) : undefined;
  if (known) return known.answer;
  const answer = change();
  transaction?.answered(call.key, answer);
  return answer;
}

function builtInOf(name: string) {
  return Object.hasOwn(BUILT_IN_OPERATIONS, name) ? BUILT_IN_OPERATIONS[name] : undefined;
}

function stringParameters(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
