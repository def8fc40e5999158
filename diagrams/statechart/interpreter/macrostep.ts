import { AttituneError } from '../../../core/model/errors.js';
import { CANCEL, INITIAL_STATE } from './chart-state.js';
import type { ChartEvent, ChartState, InterpreterContext, StepResult } from './chart-state.js';
import { selectTransitions } from './select.js';
import { StepRun } from './step-run.js';

/** Enters the initial configuration and goes on until the session waits for an event. */
export function initialStep(context: InterpreterContext): StepResult {
  const { chart, data } = context;
  const run = new StepRun(context, INITIAL_STATE);
  const early = chart.binding === 'early' ? chart.data : chart.root.data;
  for (const { id, expr, value } of early) run.attempt(() => data.initialise(id, expr, value));
  for (const script of chart.scripts) run.attempt(() => data.run(script));
  if (chart.root.initial) run.enter([chart.root.initial]);
  return complete(run, context);
}

/**
 * Processes one external event to the end of its macrostep (`mainEventLoop` of appendix D). A function of its
 * arguments, except that variables live in `context.data`: what it wants done is in the effects.
 */
export function step(context: InterpreterContext, state: ChartState, event: ChartEvent): StepResult {
  if (state.status !== 'running') return [state, []];
  // the answer of an operation whose state was left meanwhile
  if (event.whilePending && !state.invocations.some(({ instance }) => instance === event.invocation))
    return [state, []];
  const run = new StepRun(context, state);
  if (event === CANCEL) {
    run.cancel();
    return run.result();
  }
  context.data.setEvent(event);
  if (state.invocations.length > 0) run.tellInvocations(event);
  takeEvent(run, event, context);
  return complete(run, context);
}

/** Eventless transitions, then internal events, until there are none; then invokes what is newly active. */
function complete(run: StepRun, context: InterpreterContext): StepResult {
  let microsteps = 0;
  while (run.status === 'running') {
    microsteps += 1;
    if (microsteps > context.mostMicrosteps) {
      run.fail(endless(run, context));
      break;
    }
    const eventless = selectTransitions(run.configuration, undefined, run.history, run.test);
    if (eventless.length > 0) {
      run.microstep(eventless);
      continue;
    }
    const event = run.nextInternal() ?? (run.startInvocations() ? run.nextInternal() : undefined);
    if (!event) break;
    context.data.setEvent(event);
    takeEvent(run, event, context);
  }
  if (run.status === 'final') run.exitAll();
  return run.result();
}

function takeEvent(run: StepRun, event: ChartEvent, context: InterpreterContext): void {
  const transitions = selectTransitions(run.configuration, event.name, run.history, run.test);
  if (transitions.length > 0) run.microstep(transitions);
  else if (context.unhandledErrors === 'fail' && /^error(?:\.|$)/.test(event.name))
    run.fail(unhandled(run, event, context));
}

function unhandled(run: StepRun, event: ChartEvent, { chart }: InterpreterContext): AttituneError {
  const { cause } = event;
  const where = run.describeStates();
  const what = cause?.message ?? `"${event.name}" met no transition`;
  return new AttituneError(cause?.code ?? 'diagram-failed', `diagram "${chart.name}" failed in ${where}: ${what}`, {
    cause,
    place: cause?.place,
    details: { ...cause?.details, diagram: chart.file, event: event.name },
  });
}

function endless(run: StepRun, { chart, mostMicrosteps }: InterpreterContext): AttituneError {
  const message = `diagram "${chart.name}" does not come to rest in ${run.describeStates()} after ${mostMicrosteps} steps. Look for transitions without an event, or <raise>, that lead round in a circle.`;
  return new AttituneError('diagram-failed', message, { place: run.configuration.at(-1)?.place });
}
