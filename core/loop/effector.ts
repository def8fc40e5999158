import type { AdministrationEvent } from '../model/administration.js';
import type { Component } from '../model/component.js';
import type { Clock } from '../model/clock.js';
import type { OperationCall } from '../model/diagram.js';
import { AttituneError } from '../model/errors.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import { growWhole, removableWhole, shrinkWhole } from '../model/growing.js';
import type { WrapperRegistry } from '../model/wrapper.js';
import { BUILT_IN_OPERATIONS } from './built-in.js';
import type { ClusterView } from './cluster-view.js';
import type { Journal } from './journal.js';
import type { MigrationTracker } from './migration-tracker.js';
import { fillVariables, parseOperation, type Operation } from './operation-path.js';
import { planFor } from './planner.js';
import { reachable, resolvePath, type Scope } from './scope.js';
import { withTimeout } from './timeout.js';

/** What an operation knows of the session that calls it. */
export interface CallContext {
  readonly session: string;
  readonly scope: Scope;
  /** The journal entry that the operation's own entries refer to; it moves on with each decision. */
  cause: number | undefined;
  readonly event?: AdministrationEvent;
  /** What `$NAME` in a call stands for. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The parameter of every call that takes only some of what its path reaches: names, with commas between them. */
const ONLY = 'only';

/** Reality follows the representation: which life-cycle states an operation of these names passes through. */
const LIFE_CYCLE = {
  start: { during: 'starting', after: 'started' },
  stop: { during: 'stopping', after: 'stopped' },
} as const;

/** Carries out what diagrams invoke: growth, shrinking, plans, and operations of wrappers on all components of a path. */
export class Effector {
  readonly #pending = new Set<Promise<void>>();

  constructor(
    private readonly parts: {
      readonly system: SystemRepresentation;
      readonly wrappers: WrapperRegistry;
      readonly infrastructure: Infrastructure;
      readonly journal: Journal;
      readonly clock: Clock;
      readonly cluster: ClusterView;
      readonly migrations: MigrationTracker;
      /** Puts a new component on a node. */
      readonly placeNew: (component: Component) => void;
      /** Called after each change of the representation. */
      readonly changed: () => void;
    },
  ) {}

  /** Runs one call; what it resolves with becomes the data of `done.invoke.ID`. */
  run(call: OperationCall, context: CallContext): Promise<unknown> {
    const running = this.#start(call, context);
    const settled = running.then(nothing, nothing).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    return running;
  }

  /** Resolves when no operation runs any more: one that was aborted may take a while to end in order. */
  async idle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #start(call: OperationCall, context: CallContext): Promise<unknown> {
    const operation = parseOperation(fillVariables(call.src, context.variables ?? {}));
    return await this.#run(operation, stringParameters(call.params), call.signal, context);
  }

  #run(
    operation: Operation,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
    context: CallContext,
  ): unknown {
    const { system } = this.parts;
    switch (operation.kind) {
      case 'grow':
        return this.#grow(operation.className, context);
      case 'shrink-class':
        return this.#shrink(
          ONLY in parameters
            ? selected(resolvePath(system, context.scope, [operation.className]), parameters)
            : [removableWhole(system, operation.className)],
          context,
        );
      case 'shrink':
        return this.#shrink(selected(resolvePath(system, context.scope, operation.path), parameters), context);
      case 'plan':
        return this.#plan(operation.goal, parameters, context);
      case 'call': {
        const resolve = operation.optional ? reachable : resolvePath;
        const reached = selected(resolve(system, context.scope, operation.path), parameters);
        const able = operation.optional ? reached.filter((one) => this.#has(one, operation.operation)) : reached;
        return this.#call(able, operation.operation, parameters, signal, context);
      }
    }
  }

  #grow(className: string, context: CallContext): { readonly name: string; readonly names: readonly string[] } {
    const { system, journal } = this.parts;
    const made = growWhole(system, className);
    const [component] = made as readonly [Component, ...Component[]];
    try {
      this.parts.placeNew(component);
    } catch (error) {
      for (const one of [...made].reverse()) system.remove(one);
      throw error;
    }
    context.scope.new = component;
    for (const one of made) {
      const node = system.nodeOf(one)?.name;
      journal.append('component', one.name, `${one.name} created${node ? ` on ${node}` : ''}`, {
        cause: context.cause,
      });
    }
    this.parts.changed();
    return { name: component.name, names: made.map(({ name }) => name) };
  }

  #shrink(components: readonly Component[], context: CallContext): { readonly names: readonly string[] } {
    const removed = components.flatMap((component) => shrinkWhole(this.parts.system, component));
    for (const { name } of removed)
      this.parts.journal.append('component', name, `${name} removed`, { cause: context.cause });
    this.parts.changed();
    return { names: removed.map(({ name }) => name) };
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
      data: { plan, cluster },
    });
    context.cause = entry.id;
    return { ...plan, at: clock.now() };
  }

  async #call(
    components: readonly Component[],
    name: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
    context: CallContext,
  ): Promise<unknown> {
    const builtIn = components.some((component) => this.#wraps(component, name)) ? undefined : builtInOf(name);
    if (builtIn) {
      const { system, journal } = this.parts;
      const value = builtIn.run(components, parameters, { system, journal, cause: context.cause });
      this.parts.changed();
      return value;
    }
    const results = await Promise.allSettled(
      components.map((component) => this.#callOne(component, name, parameters, signal, context)),
    );
    const failed = results
      .filter((result) => result.status === 'rejected')
      .map((result) => AttituneError.from(result.reason, 'operation-failed'));
    if (failed.length > 1) {
      throw new AttituneError('operation-failed', failed.map(({ message }) => message).join(' · '), {
        cause: failed[0],
        details: { failures: failed },
      });
    }
    if (failed[0]) throw failed[0];
    const values = results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
    return components.length === 1 ? values[0] : values;
  }

  #wraps(component: Component, operation: string): boolean {
    const { system, wrappers } = this.parts;
    if (component.kind === 'host') return false;
    return wrappers.get(system.classOf(component.className).wrapper)?.operations.has(operation) ?? false;
  }

  #has(component: Component, operation: string): boolean {
    return builtInOf(operation) !== undefined || this.#wraps(component, operation);
  }

  async #callOne(
    component: Component,
    name: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
    context: CallContext,
  ): Promise<unknown> {
    const { system, wrappers, infrastructure, journal, migrations, clock } = this.parts;
    const wrapper = component.kind === 'host' ? undefined : wrappers.get(system.classOf(component.className).wrapper);
    const info = wrapper?.operations.get(name);
    if (!wrapper || !info) {
      const known = wrapper ? [...wrapper.operations.keys()].join(', ') : 'none, for it is a host';
      throw new AttituneError('unknown-operation', `${component.name} has no operation "${name}"; it has ${known}.`);
    }
    const phases = LIFE_CYCLE[name as keyof typeof LIFE_CYCLE] as
      (typeof LIFE_CYCLE)[keyof typeof LIFE_CYCLE] | undefined;
    if (phases?.after === 'stopped' && component.lifeCycle.state === 'stopped') return undefined;
    if (phases) this.#enter(component, phases.during);
    const begun = clock.now();
    const entry = journal.append('operation', component.name, `${name} …`, {
      cause: context.cause,
      data: { operation: name, parameters },
    });
    const migration =
      component.kind === 'vm' && name === 'migrate'
        ? migrations.begin(component, parameters, context.event, context.cause)
        : undefined;
    try {
      const result = await withTimeout(clock, `${component.name}.${name}`, info.timeoutMs, signal, (limited) =>
        wrapper.invoke(name, {
          component,
          system,
          infrastructure,
          parameters,
          signal: limited,
          report: (text, data) => {
            // how far a migration is changes several times a second: that is for views, not for the record
            if (data?.['fraction'] !== undefined) migration?.progress(data);
            else journal.append('operation', component.name, text, { cause: entry.id, ...(data ? { data } : {}) });
          },
        }),
      );
      if (phases) this.#enter(component, phases.after);
      if (migration) {
        migration.end(result, entry.id);
        this.parts.cluster.moved(component.name);
      } else {
        const took = ((clock.now() - begun) / 1000).toFixed(1);
        journal.append('operation', component.name, `${name} done in ${took} s`, { cause: entry.id });
      }
      return result;
    } catch (error) {
      const failure = AttituneError.from(error, 'operation-failed', `${component.name}.${name}`);
      migration?.fail(failure);
      if (phases) this.#enter(component, 'failed', failure.message);
      journal.append('trouble', component.name, `${name} failed: ${failure.message}`, {
        cause: entry.id,
        data: { code: failure.code },
      });
      throw failure;
    } finally {
      this.parts.changed();
    }
  }

  #enter(
    component: Component,
    state: 'starting' | 'started' | 'stopping' | 'stopped' | 'failed',
    failure?: string,
  ): void {
    component.lifeCycle.enter(state, failure);
    this.parts.changed();
  }
}

function nothing(): void {
  // the caller hears of the outcome; here only the end counts
}

function builtInOf(name: string) {
  return Object.hasOwn(BUILT_IN_OPERATIONS, name) ? BUILT_IN_OPERATIONS[name] : undefined;
}

/** What the parameter `only` leaves of the components that a path reaches. Throws `unknown-component` for a name that it does not reach. */
function selected(reached: readonly Component[], parameters: Readonly<Record<string, string>>): readonly Component[] {
  const only = parameters[ONLY];
  if (only === undefined) return reached;
  const names = only
    .replace(/[[\]"]/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.map((name) => {
    const found = reached.find((component) => component.name === name);
    if (found) return found;
    throw new AttituneError(
      'unknown-component',
      `The path reaches no "${name}", which the parameter "${ONLY}" asks for; it reaches ${reached.map((component) => component.name).join(', ') || 'none'}.`,
    );
  });
}

function stringParameters(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
