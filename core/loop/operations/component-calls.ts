import type { Clock } from '../../model/clock.js';
import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import { parseDurationMs } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { UNSEEN } from '../../model/whereabouts.js';
import type { OperationInfo, Wrapper, WrapperRegistry } from '../../model/wrapper.js';
import type { CallContext } from './call-context.js';
import type { ComponentCall } from './component-call.js';
import { migrateMoves } from './migrate-moves.js';
import { MOVES_PARAMETER } from './planned-moves.js';
import type { Governance } from '../decisions/governance.js';
import type { ClusterView } from '../planning/cluster-view.js';
import type { Journal } from '../journal.js';
import type { MigrationTracker } from './migration-tracker.js';
import { TIMEOUT_PARAMETER, withTimeout } from './timeout.js';

/** Reality follows the representation: which life-cycle states an operation of these names passes through. */
const LIFE_CYCLE: Readonly<
  Record<string, { readonly during: 'starting' | 'stopping'; readonly after: 'started' | 'stopped' }>
> = {
  start: { during: 'starting', after: 'started' },
  stop: { during: 'stopping', after: 'stopped' },
};

export type { ComponentCall } from './component-call.js';

/** Longer than this no step may take: timers of the platform do not reach much further. */
const LONGEST_TIMEOUT_MS = 24 * 3_600_000;

/** What calls of wrappers need. */
export interface CallParts {
  readonly system: SystemRepresentation;
  readonly wrappers: WrapperRegistry;
  readonly infrastructure: Infrastructure;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly cluster: ClusterView;
  readonly migrations: MigrationTracker;
  /** What bounds effects; absent: nothing does. */
  readonly governance?: Governance | undefined;
  /** Called after each change of the representation. */
  readonly changed: () => void;
  /** Called after a migration that failed: where its VM is now is to be looked up. */
  readonly onMigrationFailed?: () => void;
}

/**
 * Calls operations of wrappers: brings the component through its life cycle, keeps the time-out, writes into the journal
 * what happens and into the transaction how to take it back.
 */
export class ComponentCalls {
  constructor(private readonly parts: CallParts) {}

  /** True where the component's wrapper has the operation. */
  has(component: Component, operation: string): boolean {
    return this.#wrapperOf(component)?.operations.has(operation) === true;
  }

  /** True where the operation only looks. */
  reads(component: Component, operation: string): boolean {
    return this.#wrapperOf(component)?.operations.get(operation)?.reads === true;
  }

  /** True where the operation may be run again after a crash cut it off. */
  mayRepeat(component: Component, operation: string): boolean {
    return this.#wrapperOf(component)?.operations.get(operation)?.idempotent === true;
  }

  /**
   * Calls the operation on all components side by side, and waits for all of them. Rejects with what failed. `migrate` with
   * the moves of a plan moves those of the components that they name.
   */
  async callAll(components: readonly Component[], call: ComponentCall, context: CallContext): Promise<unknown> {
    if (call.operation === 'migrate' && MOVES_PARAMETER in call.parameters) {
      const { cluster, journal } = this.parts;
      return await migrateMoves({ calls: this, cluster, journal }, components, call, context);
    }
    const results = await Promise.allSettled(components.map((component) => this.call(component, call, context)));
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

  /** Throws `unknown-operation`, `value` for a wrong time-out, `illegal-life-cycle`, or what the wrapper rejects with. */
  async call(component: Component, call: ComponentCall, context: CallContext): Promise<unknown> {
    const { journal, clock, migrations, governance } = this.parts;
    const { operation: name } = call;
    const { wrapper, info } = this.#find(component, name);
    const known = call.resumed ? context.outcomes?.replay(call.key, component.name) : undefined;
    if (known) return known.result;
    const { [TIMEOUT_PARAMETER]: timeout, ...parameters } = call.parameters;
    const timeoutMs = timeout === undefined ? info.timeoutMs : timeoutOf(timeout, component, name);
    const phases = Object.hasOwn(LIFE_CYCLE, name) ? LIFE_CYCLE[name] : undefined;
    if (phases?.after === 'stopped' && component.lifeCycle.state === 'stopped') return undefined;
    if (governance?.control.watching === 'dry-run') return this.#would(component, call, context, phases, info);
    const what = `${component.name}.${name}`;
    const held = info.reads
      ? undefined
      : governance?.gate.released({ what, names: [component.name], key: call.key, signal: call.signal }, context);
    if (held) await held;
    this.#recordBefore(component, call, context, phases !== undefined, info.undo);
    if (!info.idempotent) {
      // one that was only about to begin may begin now
      const mayHaveBegun = call.resumed && context.outcomes?.hasBegun(call.key, component.name) !== false;
      if (mayHaveBegun) throw this.#cutOff(component, name, phases !== undefined, context);
      context.outcomes?.begin(call.key, component.name);
    }
    // it may be in that state still, where a former manager died meanwhile
    if (phases && component.lifeCycle.state !== phases.during) this.#enter(component, phases.during);
    const begun = clock.now();
    const entry = journal.append('operation', component.name, `${name} …`, {
      cause: context.cause,
      data: { operation: name, parameters: call.parameters },
    });
    const from = this.parts.system.hostOf(component)?.name;
    const migration = isMigration(component, name)
      ? migrations.begin(component, parameters, context.event, context.cause)
      : undefined;
    try {
      const stop = migration && governance ? AbortSignal.any([call.signal, governance.control.aborting]) : call.signal;
      const result = await withTimeout(clock, what, timeoutMs, stop, (signal) =>
        wrapper.invoke(name, {
          component,
          system: this.parts.system,
          infrastructure: this.parts.infrastructure,
          parameters,
          signal,
          resumed: call.resumed === true,
          report: (text, data) => {
            // how far a migration is changes several times a second: that is for views, not for the record
            if (data?.['fraction'] !== undefined) return migration?.progress(data);
            migration?.report(data ?? {});
            journal.append('operation', component.name, text, { cause: entry.id, ...(data ? { data } : {}) });
          },
        }),
      );
      if (phases) {
        // whatever it was while nobody could see it, it is known now
        component.removeAttribute(UNSEEN.attribute);
        this.#enter(component, phases.after);
      } else if (!migration && !info.undo) context.transaction?.called(component.name, name);
      if (migration) {
        migration.end(result, entry.id);
        this.parts.cluster.moved(component.name, this.#routeOf(component, result, from));
      } else {
        const took = ((clock.now() - begun) / 1000).toFixed(1);
        journal.append('operation', component.name, `${name} done in ${took} s`, { cause: entry.id });
      }
      context.outcomes?.ended(call.key, component.name, result);
      return result;
    } catch (error) {
      const failure = AttituneError.from(error, 'operation-failed', `${component.name}.${name}`);
      migration?.fail(failure);
      // of what was abandoned nobody knows the state, whatever the operation
      if (phases || failure.details['abandoned'] === true) this.#enter(component, 'failed', failure.message);
      journal.append('trouble', component.name, `${name} failed: ${failure.message}`, {
        cause: entry.id,
        data: { code: failure.code },
      });
      context.outcomes?.failed(call.key, component.name, failure);
      if (migration) this.parts.onMigrationFailed?.();
      throw failure;
    } finally {
      this.parts.changed();
    }
  }

  /** The hosts that a migration led from and to; where a former manager began it, its outcome tells where from. */
  #routeOf(component: Component, result: unknown, before: string | undefined) {
    const told = (result as { readonly from?: unknown } | undefined)?.from;
    const from = typeof told === 'string' ? told : before;
    const to = this.parts.system.hostOf(component)?.name;
    return from === undefined || to === undefined ? undefined : { from, to };
  }

  /** Of a dry run: what would be called is told, and counts as done. */
  #would(
    component: Component,
    { operation, parameters }: ComponentCall,
    { cause }: CallContext,
    phases: (typeof LIFE_CYCLE)[string] | undefined,
    { reads }: OperationInfo,
  ): unknown {
    if (reads === true || (phases && component.lifeCycle.state === phases.after)) return undefined;
    const given = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
    const how = given.length === 0 ? '' : ` with ${given.join(', ')}`;
    this.parts.journal.append('operation', component.name, `would ${operation}${how}`, {
      cause,
      data: { would: operation, parameters },
    });
    if (phases) for (const state of [phases.during, phases.after]) this.#enter(component, state);
    return undefined;
  }

  /** Before anything is done, so that what a crash cuts off is known. */
  #recordBefore(
    component: Component,
    call: ComponentCall,
    { transaction }: CallContext,
    lives: boolean,
    undo: OperationInfo['undo'],
  ): void {
    const { state, failure } = component.lifeCycle;
    if (lives) transaction?.lifeCycle(component.name, state, failure, call.key);
    else if (isMigration(component, call.operation))
      transaction?.migrated(component.name, this.parts.system.hostOf(component)?.name ?? '');
    else if (undo) {
      const former = undo.flatMap((name) => {
        const value = component.attributes.get(name);
        return value === undefined ? [] : [[name, value] as const];
      });
      transaction?.changed(component.name, call.operation, Object.fromEntries(former));
    }
  }

  /** It is not known how far the operation came, and it may not be repeated. */
  #cutOff(component: Component, name: string, lives: boolean, { cause }: CallContext): AttituneError {
    const error = new AttituneError(
      'operation-cut-off',
      `The manager ended while ${component.name}.${name} ran, and that is not safe to repeat. Look how far it came.`,
    );
    if (lives) this.#enter(component, 'failed', error.message);
    this.parts.journal.append('trouble', component.name, error.message, { cause, data: { code: error.code } });
    return error;
  }

  #wrapperOf(component: Component): Wrapper | undefined {
    const { system, wrappers } = this.parts;
    return component.kind === 'host' ? undefined : wrappers.get(system.classOf(component.className).wrapper);
  }

  #find(component: Component, name: string): { readonly wrapper: Wrapper; readonly info: OperationInfo } {
    const wrapper = this.#wrapperOf(component);
    const info = wrapper?.operations.get(name);
    if (wrapper && info) return { wrapper, info };
    const known = wrapper ? [...wrapper.operations.keys()].join(', ') : 'none, for it is a host';
    throw new AttituneError('unknown-operation', `${component.name} has no operation "${name}"; it has ${known}.`);
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

function isMigration(component: Component, operation: string): boolean {
  return component.kind === 'vm' && operation === 'migrate';
}

/** Throws `value`. */
function timeoutOf(text: string, component: Component, operation: string): number {
  const timeoutMs = parseDurationMs(text);
  if (timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs;
  throw new AttituneError(
    'value',
    `The time-out "${text}" of ${component.name}.${operation} must be more than 0 s and at most 24 h.`,
  );
}
