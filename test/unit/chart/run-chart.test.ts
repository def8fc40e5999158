import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asset } from '../../../core/assets/package-root.js';
import { readEvents, type PlannedEvent } from '../../../core/app/chart/read-events.js';
import { runChart } from '../../../core/app/chart/run-chart.js';
import { DiagramEngines } from '../../../core/app/diagram-engines.js';
import { formatError, type AttituneError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';

const LIGHT = 'test/fixtures/charts/traffic-light.scxml';

function run(file: string, events: readonly PlannedEvent[] = [], forMs = 3_600_000) {
  const engine = new DiagramEngines(new ScxmlEngine({ unhandledErrors: 'ignore' }));
  const { diagram, errors } = engine.read(asset(file));
  if (!diagram) throw new AggregateError(errors);
  const signal: AbortSignal = new AbortController().signal;
  return runChart(engine, diagram, { events, simulatedClock: true, forMs, signal, onLine: () => undefined });
}

describe('a chart run alone', () => {
  it('goes on while timers are set, and tells where it ended, with its data and log', async () => {
    expect(await run(LIGHT)).to.deep.equal({
      status: 'final',
      configuration: ['over'],
      data: { rounds: 3 },
      log: [1, 2, 3].map((value) => ({ label: 'rounds', value })),
      operations: [],
      output: { rounds: 3 },
    });
  });

  it('takes events at their times', async () => {
    const { status, configuration, data } = await run(LIGHT, [{ afterMs: 80_000, name: 'power.failed' }]);
    expect({ status, configuration, data }).to.deep.equal({
      status: 'running',
      configuration: ['dark'],
      data: { rounds: 1 },
    });
  });

  it('ends when the time is over', async () => {
    expect((await run(LIGHT, [], 40_000)).configuration).to.deep.equal(['on', 'green']);
  });

  it('tells operations, whose outcome is an event', async () => {
    const move = { answer: 'move', moves: [{ vm: 'Machine_1', to: 'host2' }] };
    const { operations, configuration } = await run('examples/apache-tomcat/relieve.scxml', [
      { afterMs: 0, name: 'done.invoke.plan', data: move },
    ]);
    expect(configuration).to.deep.equal(['migrate']);
    expect(operations.map(({ id, src }) => [id, src])).to.deep.equal([
      ['plan', 'plan:relieve'],
      ['migration', 'Machine_1.migrate'],
    ]);
  });

  it('runs machines of TypeScript, too', async () => {
    const { configuration, operations } = await run('examples/apache-tomcat/relieve.diagram.ts');
    expect(configuration).to.deep.equal(['decide']);
    expect(operations.map(({ src }) => src)).to.deep.equal(['plan:relieve']);
  });
});

describe('a file of events', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'attitune-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (text: string) => {
    const file = path.join(folder, 'events');
    writeFileSync(file, text);
    return readEvents(file);
  };

  it('has an event a line, with data as JSON, and waits between', () => {
    expect(
      read('# first\noverloaded {"component": "host1"}\n\nwait 2 s\n  wait 500 ms\ncalm\nwait 1 s\n'),
    ).to.deep.equal([
      { afterMs: 0, name: 'overloaded', data: { component: 'host1' } },
      { afterMs: 2500, name: 'calm' },
      { afterMs: 1000 },
    ]);
  });

  it('or is a JSON array', () => {
    expect(read('[{"event": "a", "data": 1, "after": "2 s"}, {"event": "b", "after": 5}, "c"]')).to.deep.equal([
      { afterMs: 2000, name: 'a', data: 1 },
      { afterMs: 5, name: 'b' },
      { afterMs: 0, name: 'c' },
    ]);
  });

  it('tells all that is wrong with it', () => {
    const errorsOf = (text: string) => {
      try {
        read(text);
        return [];
      } catch (error) {
        const errors = error instanceof AggregateError ? (error.errors as AttituneError[]) : [error as AttituneError];
        return errors.map((one) => formatError(one).replace(`${folder}/`, '').slice(0, 30));
      }
    };
    expect(errorsOf('a {x}\nwait long\n b 1\n')).to.deep.equal([
      'events:1:3: error value: the d',
      'events:2:1: error value: "long',
    ]);
    expect(errorsOf('[{"name": "a"}, 7]')).to.have.length(2);
    expect(errorsOf('[{')).to.have.length(1);
  });
});
