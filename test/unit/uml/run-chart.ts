import { SimulatedClock } from '../../../core/model/clock.js';
import type { Diagram } from '../../../core/model/diagram.js';
import { formatError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';

/** What a chart did to the world. */
export interface ChartRun {
  readonly status: string;
  /** Operations in the order in which they were begun. */
  readonly calls: readonly string[];
  readonly assigned: readonly (readonly [path: string, value: unknown])[];
}

const EVENT = {
  this: { name: 'Tomcat_1', port: '8080', 'ajp-port': '8009' },
  arg: '4711',
  event: { name: 'test', component: 'Tomcat_1', arg: '4711', at: 0 },
};

const engine = new ScxmlEngine();

/** Runs a chart to its end, or until it waits for `held`, an operation that never answers; all others answer at once. */
export async function runChart(text: string, held?: string): Promise<ChartRun> {
  return run(read(text), held);
}

function read(text: string): Diagram {
  const { diagram, errors } = engine.readText(text, '/charts/test.scxml');
  if (!diagram) throw new Error(errors.map(formatError).join('\n'));
  return diagram;
}

async function run(diagram: Diagram, held?: string): Promise<ChartRun> {
  const clock = new SimulatedClock();
  const calls: string[] = [];
  const assigned: (readonly [string, unknown])[] = [];
  let status = 'running';
  const session = engine.start(diagram, {
    id: 'test#1',
    clock,
    data: EVENT,
    invoke: ({ src }) => {
      calls.push(src);
      return src === held ? new Promise(() => undefined) : Promise.resolve();
    },
    emit: () => undefined,
    assign: (path, value) => assigned.push([path, value]),
    onStep: () => undefined,
    onLog: () => undefined,
  });
  void session.done.then((result) => {
    status = result.status;
  });
  for (let before = -1; before !== calls.length;) {
    before = calls.length;
    await clock.advance(0);
  }
  const result = { status, calls, assigned };
  session.stop();
  return result;
}

/**
 * The order of a chart's operations: for each one, those that only begin when it has ended. Whatever stands in neither
 * of two lists runs side by side. Each operation is held back in turn to see what waits for it.
 */
export async function orderOf(text: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const diagram = read(text);
  const { calls } = await run(diagram);
  const order: Record<string, readonly string[]> = {};
  for (const held of calls) {
    const begun = new Set((await run(diagram, held)).calls);
    order[held] = calls.filter((call) => !begun.has(call)).sort();
  }
  return order;
}
