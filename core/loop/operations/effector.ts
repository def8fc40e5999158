import type { Component } from '../../model/component.js';
import type { OperationCall } from '../../model/diagram.js';
import { removableWhole } from '../../model/growing.js';
import { BUILT_IN_OPERATIONS } from './built-in.js';
import type { CallContext } from './call-context.js';
import { ComponentCalls, type CallParts, type ComponentCall } from './component-calls.js';
import { HOST_OPERATIONS, HostPower } from './host-power.js';
import { fillVariables, parseOperation, type Operation } from './operation-path.js';
import { GOALS, planFor } from '../planning/planner.js';
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

  constructor(
    private readonly parts: CallParts & {
      /** Puts a new component on a node. */
      readonly placeNew: (component: Component) => void;
    },
  ) {
    this.#structure = new StructureChanges(parts);
    this.#calls = new ComponentCalls(parts);
    this.#hostPower = new HostPower(parts);
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

  /** Resolves when no operation of the session runs any more: one that was aborted may take a while to end in order. */
  async idle(session: string): Promise<void> {
    const pending = this.#pending.get(session);
    if (pending) await Promise.all(pending);
  }

  async #start(call: OperationCall, context: CallContext): Promise<unknown> {
    const operation = parseOperation(fillVariables(call.src, context.variables ?? {}));
    return await this.#run(operation, { ...call, parameters: stringParameters(call.params) }, context);
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
        return this.#plan(operation.goal, parameters, context);
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

  #plan(goal: string, parameters: Readonly<Record<string, string>>, context: CallContext): unknown {
    const { system, journal, clock } = this.parts;
    const cluster = this.parts.cluster.snapshot();
    const plan = planFor(goal, { system, cluster, scope: context.scope }, parameters);
    const what =
      plan.moves.map(({ vm, from, to }) => `move ${vm} from ${from} to ${to}`).join(', ') ||
      [plan.answer.replaceAll('-', ' '), plan.component].filter(Boolean).join(' ');
    const entry = journal.append('decision', plan.goal, `${what}, because ${plan.why}`, {
      cause: context.cause,
      data: GOALS[goal]?.reads === 'system' ? { plan } : { plan, cluster },
    });
    context.cause = entry.id;
    return { ...plan, at: clock.now() };
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
