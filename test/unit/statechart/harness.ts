import { SimulatedClock } from '../../../core/model/clock.js';
import type { DiagramSession, DiagramStep, OperationCall, SessionResult } from '../../../core/model/diagram.js';
import { formatError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import type { ScxmlDiagram, ScxmlEngineOptions } from '../../../diagrams/statechart/index.js';

export const HEAD =
  '<scxml xmlns="http://www.w3.org/2005/07/scxml" xmlns:at="urn:attitune:diagram:1" version="1.0" datamodel="ecmascript"';

/** A document around states; `attributes` go to its root. */
export function scxml(body: string, attributes = ''): string {
  return `${HEAD} ${attributes}>${body}</scxml>`;
}

export function readDiagram(text: string, engine = new ScxmlEngine(), file = '/diagrams/test.scxml'): ScxmlDiagram {
  const { diagram, errors } = engine.readText(text, file);
  if (!diagram) throw new Error(errors.map(formatError).join('\n'));
  return diagram;
}

export interface TestRun {
  readonly session: DiagramSession;
  readonly clock: SimulatedClock;
  readonly steps: DiagramStep[];
  readonly logs: string[];
  readonly calls: OperationCall[];
  readonly emitted: unknown[];
  readonly assigned: (readonly [string, unknown])[];
  result(): SessionResult | undefined;
  /** Sends an event and lets everything settle. */
  send(name: string, data?: unknown): Promise<void>;
  advance(ms: number): Promise<void>;
}

export interface TestOptions extends ScxmlEngineOptions {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly invoke?: (call: OperationCall, clock: SimulatedClock) => Promise<unknown>;
  readonly assign?: (path: string, value: unknown) => void;
  readonly emit?: () => void;
  readonly log?: () => void;
  readonly id?: string;
  readonly clock?: SimulatedClock;
  /** One that runs other sessions too. */
  readonly engine?: ScxmlEngine;
  /** What its own paths are relative to. */
  readonly file?: string;
}

/** Starts a document on a simulated clock, with everything it does to the world written down. */
export async function start(text: string, options: TestOptions = {}): Promise<TestRun> {
  const {
    data = {},
    invoke,
    assign,
    emit,
    log,
    file,
    id = 's1',
    clock = new SimulatedClock(),
    ...engineOptions
  } = options;
  const { engine = new ScxmlEngine(engineOptions) } = options;
  const record = { steps: [], logs: [], calls: [], emitted: [], assigned: [] } as Pick<
    TestRun,
    'steps' | 'logs' | 'calls' | 'emitted' | 'assigned'
  >;
  let result: SessionResult | undefined;
  const session = engine.start(readDiagram(text, engine, file), {
    id,
    clock,
    data,
    invoke: (call) => {
      record.calls.push(call);
      return invoke ? invoke(call, clock) : new Promise(() => undefined);
    },
    emit: (event) => {
      record.emitted.push(event);
      emit?.();
    },
    assign: (path, value) => {
      record.assigned.push([path, value]);
      assign?.(path, value);
    },
    onStep: (step) => record.steps.push(step),
    onLog: (label, value) => {
      record.logs.push(label + (value === undefined ? '' : `=${JSON.stringify(value)}`));
      log?.();
    },
  });
  void session.done.then((ended) => {
    result = ended;
  });
  await clock.advance(0);
  return {
    session,
    clock,
    ...record,
    result: () => result,
    send: async (name, eventData) => {
      session.send({ name, data: eventData });
      await clock.advance(0);
    },
    advance: (ms) => clock.advance(ms),
  };
}
