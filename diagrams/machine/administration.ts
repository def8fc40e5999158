import { fromPromise, type PromiseActorLogic } from 'xstate';
import { AttituneError } from '../../core/model/errors.js';
import type { AnyOperation, AttributePath, OperationText, SystemTypes } from './system-types.js';

/** What the actors `operation` and `plan` are given: an operation and its parameters, as in an SCXML `<invoke>`. */
export interface OperationInput {
  readonly src: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What the actor `plan` answers; the same as `_event.data` of `done.invoke.ID` in SCXML. */
export interface PlanOutput {
  readonly answer: 'move' | 'nothing-to-do' | 'no-gain' | 'infeasible';
  readonly why: string;
  readonly moves: readonly { readonly vm: string; readonly from: string; readonly to: string }[];
}

/** The input of a machine: what the session was started for. */
export interface DiagramInput {
  /** Attributes of the component that the event names, its `name` among them; `null` without an event. */
  readonly this: Readonly<Record<string, string>> | null;
  /** The event's argument: a component as `this`, or text. */
  readonly arg: Readonly<Record<string, string>> | string | null;
  readonly event: {
    readonly name: string;
    readonly component: string;
    readonly arg: string | null;
    readonly at: number;
  } | null;
  /** What the deployment sets with `<param>`. */
  readonly [parameter: string]: unknown;
}

/** An event of the system, as a policy hears it. */
export interface SystemEvent<Name extends string> {
  readonly type: Name;
  readonly component: string;
  readonly arg?: string;
}

type Params = Readonly<Record<string, unknown>>;
type Action<P> = (state: unknown, params: P) => void;

/**
 * The world of one deployment for machines of `setup().createMachine()`: actors and actions to put into `setup`, and
 * functions that write their input, checked against the deployment's classes by the compiler. AttiTUNe provides what
 * they do when it runs the machine.
 *
 * ```ts
 * const web = administration<Web, 'Machine'>();
 * export default setup({ actors: web.actors, actions: web.actions }).createMachine({
 *   initial: 'restart',
 *   states: {
 *     restart: { invoke: { src: 'operation', input: web.operation('this.Tomcat.start'), onDone: 'running' } },
 *     running: { type: 'final' },
 *   },
 * });
 * ```
 *
 * `This` is the class (or classes) of the component that the diagram's event names.
 */
export function administration<
  S extends SystemTypes,
  This extends keyof S['classes'] & string = keyof S['classes'] & string,
>() {
  /** Writes an attribute of a component, as `<at:set>` does. */
  const setAttribute: Action<{ readonly path: AttributePath<S, This>; readonly value: unknown }> = () => {
    throw outside('setAttribute');
  };
  /** Raises an event for the system, as `<send type="attitune">` does. */
  const tell: Action<{ readonly event: string; readonly component?: string; readonly arg?: string }> = () => {
    throw outside('tell');
  };
  return {
    actors: { operation: notRunning<unknown>('operation'), plan: notRunning<PlanOutput>('plan') },
    actions: { setAttribute, tell },
    /** An operation of the deployment, for `input` of the actor `operation`. */
    operation: <const T extends string>(
      src: T extends OperationText<S, This, T> ? T : OperationText<S, This, T>,
      params: Params = {},
    ): OperationInput => ({
      src,
      params,
    }),
    /** An operation of one component whose name is only known at run time. */
    operationOf: (component: string, operation: AnyOperation<S>, params: Params = {}): OperationInput => ({
      src: `${component}.${operation as string}`,
      params,
    }),
    /** A plan, for `input` of the actor `plan`. */
    plan: (goal: S['goals'], params: Params = {}): OperationInput => ({ src: `plan:${goal}`, params }),
    /** Types for `setup({ types: … })`. */
    types: {} as { input: DiagramInput; events: SystemEvent<S['events']> },
  };
}

function notRunning<Output>(actor: string): PromiseActorLogic<Output, OperationInput> {
  return fromPromise<Output, OperationInput>(() => Promise.reject(outside(actor)));
}

function outside(what: string): AttituneError {
  return new AttituneError(
    'usage',
    `"${what}" has no meaning outside AttiTUNe: run the machine as a diagram of a deployment, or provide "${what}" yourself.`,
  );
}
