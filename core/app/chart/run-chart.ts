import { isScxmlDiagram } from '../../../diagrams/statechart/index.js';
import { delay, SimulatedClock, SystemClock } from '../../model/clock.js';
import type { Diagram, DiagramEngine, DiagramSession, SessionResult } from '../../model/diagram.js';
import type { AttituneError } from '../../model/errors.js';
import { CountingClock } from './counting-clock.js';
import type { PlannedEvent } from './read-events.js';

export interface ChartRunOptions {
  readonly events: readonly PlannedEvent[];
  /** As fast as it goes, instead of in real time. */
  readonly simulatedClock: boolean;
  /** How long to go on after the last event, in milliseconds of the chart's clock. */
  readonly forMs: number;
  /** True where events may come by other ways: then it goes on although no timer is set. */
  readonly open?: boolean;
  readonly signal: AbortSignal;
  /** Called for each thing that the chart does, as it does it. */
  readonly onLine: (line: ChartLine) => void;
}

/** Something that a chart did, and when, in milliseconds from its start. */
export interface ChartLine {
  readonly at: number;
  readonly kind: 'state' | 'log' | 'operation' | 'set' | 'raise';
  readonly text: string;
}

export interface ChartRun {
  readonly status: 'running' | 'final' | 'failed';
  /** Ids of all active states, ancestors included, in document order. */
  readonly configuration: readonly string[];
  /** The variables of its data model, as JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly log: readonly { readonly label: string; readonly value: unknown }[];
  /** Operations that it called. They are not carried out: their outcome is what the events say. */
  readonly operations: readonly { readonly id: string; readonly src: string; readonly params: unknown }[];
  /** What it ended with. */
  readonly output?: unknown;
  readonly error?: AttituneError;
}

/** Runs one chart alone, without a system: until it ends, or nothing more is to come, or the time is over. */
export async function runChart(engine: DiagramEngine, diagram: Diagram, options: ChartRunOptions): Promise<ChartRun> {
  const { events, forMs, open = false, signal, onLine } = options;
  const simulated = options.simulatedClock ? new SimulatedClock() : undefined;
  const clock = new CountingClock(simulated ?? new SystemClock());
  const begun = clock.now();
  const given = givenNames(diagram);
  const log: { label: string; value: unknown }[] = [];
  const operations: { id: string; src: string; params: unknown }[] = [];
  const line = (kind: ChartLine['kind'], text: string) => onLine({ at: clock.now() - begun, kind, text });
  const session = engine.start(diagram, {
    id: diagram.name,
    clock,
    data: given,
    invoke: ({ invokeId, src, params }) => {
      operations.push({ id: invokeId, src, params });
      line('operation', `${src}${Object.keys(params).length > 0 ? ` ${JSON.stringify(params)}` : ''} (${invokeId})`);
      return new Promise(() => undefined);
    },
    emit: ({ name, ...rest }) => line('raise', `${name} ${JSON.stringify(rest)}`),
    assign: (path, value) => line('set', `${path} = ${JSON.stringify(value)}`),
    onStep: ({ configuration, event }) =>
      line('state', `${event === undefined ? '' : `${event} → `}${configuration.join(' ')}`),
    onLog: (label, value) => {
      log.push({ label, value: value ?? null });
      line('log', `${label}${label && value !== undefined ? ': ' : ''}${value === undefined ? '' : textOf(value)}`);
    },
  });
  let result: SessionResult | undefined;
  const done = session.done.then((ended) => (result = ended));
  const ended = new AbortController();
  void done.then(() => ended.abort());
  const pass = (ms: number) => passTime(simulated, ms, AbortSignal.any([signal, ended.signal]));
  await pass(0);
  for (const { afterMs, name, data } of events) {
    if (result || signal.aborted) break;
    await pass(afterMs);
    if (name !== undefined) session.send({ name, data });
    await pass(0);
  }
  const over = () => result !== undefined || signal.aborted || (!open && clock.pending === 0);
  await finish(clock, pass, forMs, over);
  const run = describe(session, Object.keys(given), result, log, operations);
  session.stop();
  await done;
  return run;
}

/** What a session knows of its event stands for nothing here, unless the chart has data of that name itself. */
function givenNames(diagram: Diagram): Readonly<Record<string, null>> {
  const own = isScxmlDiagram(diagram) ? diagram.chart.data.map(({ id }) => id) : [];
  return Object.fromEntries(['this', 'arg', 'event'].filter((name) => !own.includes(name)).map((name) => [name, null]));
}

/** Lets time pass until it is over. Time goes in slices on a real clock, since a timer may set another. */
async function finish(
  clock: CountingClock,
  pass: (ms: number) => Promise<void>,
  forMs: number,
  over: () => boolean,
): Promise<void> {
  const until = clock.now() + forMs;
  while (!over() && clock.now() < until) await pass(Math.min(SLICE_MS, until - clock.now()));
}

const SLICE_MS = 50;

async function passTime(simulated: SimulatedClock | undefined, ms: number, signal: AbortSignal): Promise<void> {
  if (simulated) {
    await simulated.advance(ms);
    return;
  }
  // operations and children answer by promises, which take a turn of the event loop also where no time passes
  await new Promise((resolve) => setImmediate(resolve));
  if (ms > 0) await delay(new SystemClock(), ms, signal).catch(() => undefined);
}

function describe(
  session: DiagramSession,
  given: readonly string[],
  result: SessionResult | undefined,
  log: ChartRun['log'],
  operations: ChartRun['operations'],
): ChartRun {
  const { variables } = session as { variables?: () => Readonly<Record<string, unknown>> };
  const status = result?.status === 'final' || result?.status === 'failed' ? result.status : 'running';
  return {
    status,
    configuration: session.configuration,
    data: Object.fromEntries(Object.entries(variables?.call(session) ?? {}).filter(([name]) => !given.includes(name))),
    log,
    operations,
    ...(result?.data === undefined ? {} : { output: result.data }),
    ...(result?.error ? { error: result.error } : {}),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
