import type { ActorLogic, ActorSystem, EventObject, Snapshot } from 'xstate';
import { AttituneError } from '../../../core/model/errors.js';
import type { SessionResult } from '../../../core/model/diagram.js';
import type { ChartEvent, ChartState, Effect, InterpreterContext } from '../interpreter/chart-state.js';
import { initialStep, step } from '../interpreter/macrostep.js';
import type { StepResult } from '../interpreter/chart-state.js';

/** An event of the actor: XState's `type` is SCXML's event name. */
export interface ChartActorEvent extends EventObject {
  readonly type: string;
  readonly event: ChartEvent;
}

/** The actor's snapshot. A session that failed is `done` with that as its output: failing is one of its results. */
export type ChartSnapshot = Snapshot<SessionResult> & { readonly chart: ChartState };

export type ChartLogic = ActorLogic<ChartSnapshot, ChartActorEvent, undefined, ActorSystem<never>>;

/** Carries effects out, after the step that asked for them; `event` is absent for the first step. */
export type EffectRunner = (
  effects: readonly Effect[],
  before: ChartState | undefined,
  after: ChartState,
  event?: ChartEvent,
) => void;

/** A session that is taken up again: its state, and what is done instead of entering the first states. */
export interface Resumed {
  readonly state: ChartState;
  readonly goOn: () => void;
}

/** XState's event that ends an actor. */
export const STOP = 'xstate.stop';

/**
 * The interpreter as the logic of an XState actor: the actor brings its mailbox, life cycle and inspection, the
 * interpreter what happens at each event. Effects are deferred to after the snapshot is set, as XState's own are.
 */
export function chartLogic(context: InterpreterContext, perform: EffectRunner, resumed?: Resumed): ChartLogic {
  return {
    getInitialSnapshot(scope) {
      if (resumed) {
        scope.defer(resumed.goOn);
        return snapshotOf(resumed.state);
      }
      const [state, effects] = guarded(() => initialStep(context));
      scope.defer(() => perform(effects, undefined, state));
      return snapshotOf(state);
    },
    transition(snapshot, actorEvent, scope) {
      if (actorEvent.type === STOP) {
        return {
          ...snapshot,
          status: 'stopped',
          output: undefined,
          error: undefined,
          chart: { ...snapshot.chart, status: 'stopped' },
        };
      }
      const { event } = actorEvent as { readonly event?: ChartEvent };
      // XState tells an actor of the end of its children; the interpreter hears of it in its own way
      if (event === undefined) return snapshot;
      const [state, effects] = guarded(() => step(context, snapshot.chart, event), snapshot.chart);
      scope.defer(() => perform(effects, snapshot.chart, state, event));
      return snapshotOf(state);
    },
    getPersistedSnapshot: persistedOf,
  };
}

/** A fault of the interpreter itself ends the session, never the manager. */
function guarded(run: () => StepResult, before?: ChartState): StepResult {
  try {
    return run();
  } catch (error) {
    const state = before ?? {
      configuration: [],
      history: new Map(),
      initialised: new Set(),
      invocations: [],
      nextId: 1,
    };
    return [{ ...state, status: 'failed', error: AttituneError.from(error, 'internal') }, []];
  }
}

function snapshotOf(chart: ChartState): ChartSnapshot {
  if (chart.status === 'running') return { status: 'active', output: undefined, error: undefined, chart };
  return { status: 'done', output: resultOf(chart), error: undefined, chart };
}

/** What a session ended with. */
export function resultOf(chart: ChartState): SessionResult {
  if (chart.status === 'failed') {
    return {
      status: 'failed',
      error: chart.error ?? new AttituneError('internal', 'a diagram failed without an error.'),
    };
  }
  if (chart.status !== 'final') return { status: 'stopped' };
  return {
    status: 'final',
    ...(chart.finalState === undefined ? {} : { finalState: chart.finalState }),
    ...(chart.output === undefined ? {} : { data: chart.output }),
  };
}

/** Plain data for views and records: states by their ids. */
function persistedOf(snapshot: ChartSnapshot): Snapshot<unknown> {
  const { configuration, history, invocations, status } = snapshot.chart;
  return {
    ...snapshot,
    chart: {
      status,
      configuration: configuration.map(({ id }) => id),
      history: Object.fromEntries([...history].map(([state, values]) => [state.id, values.map(({ id }) => id)])),
      invocations: invocations.map(({ id, state }) => ({ id, state: state.id })),
    },
  } as unknown as Snapshot<unknown>;
}
