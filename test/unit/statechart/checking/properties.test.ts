import { expect } from 'chai';
import fc from 'fast-check';
import { checkChart } from '../../../../diagrams/statechart/checking/index.js';
import { reachabilityOf } from '../../../../diagrams/statechart/checking/reachability.js';
import { EcmascriptDataModel } from '../../../../diagrams/statechart/ecmascript/data-model.js';
import { compileProgram } from '../../../../diagrams/statechart/ecmascript/program.js';
import { initialStep, step } from '../../../../diagrams/statechart/interpreter/macrostep.js';
import type { Chart, StateNode } from '../../../../diagrams/statechart/index.js';
import { readDiagram, scxml } from '../harness.js';

const EVENTS = ['e', 'e.f', 'g', 'done.state.s1', 'error.execution'];
const GUARDS = ['', '', ' cond="false"', ' cond="true"', ' cond="In(\'s2\')"', ' cond="n &gt; 1"', ' cond="lost.x"'];
const STEPS = [
  '<raise event="e"/>',
  '<raise event="h"/>',
  '<assign location="n" expr="n + 1"/>',
  '<cancel sendid="q"/>',
];

/** Any chart: states in states, some of them final or with a history, and transitions of every form between them. */
const chart = fc.infiniteStream(fc.nat(10_000)).map((numbers) => {
  const next = (below: number) => (numbers.next().value as number) % below;
  const total = 3 + next(8);
  let made = 0;
  const transition = () => {
    const event = next(4) === 0 ? '' : ` event="${EVENTS[next(EVENTS.length)] ?? ''}"`;
    const target = next(6) === 0 ? '' : ` target="s${next(total)}"`;
    const type = next(4) === 0 ? ' type="internal"' : '';
    return `<transition${event}${GUARDS[next(GUARDS.length)] ?? ''}${target}${type}>${next(4) === 0 ? STEPS[next(STEPS.length)] : ''}</transition>`;
  };
  const state = (depth: number): string => {
    const id = made++;
    const inner: string[] = [];
    while (depth < 3 && made < total && next(2) === 0) inner.push(state(depth + 1));
    if (inner.length === 0 && next(5) === 0) return `<final id="s${id}"/>`;
    const kind = inner.length > 1 && next(3) === 0 ? 'parallel' : 'state';
    const history =
      next(5) === 0 && inner.length > 0 ? `<history id="h${id}"><transition target="s${id + 1}"/></history>` : '';
    const back = history === '' ? '' : `<transition event="g" target="h${id}"/>`;
    const own = Array.from({ length: next(3) }, transition).join('');
    return `<${kind} id="s${id}">${own}${back}${history}${inner.join('')}</${kind}>`;
  };
  const states: string[] = [];
  while (made < total) states.push(state(0));
  return scxml(`<datamodel><data id="n" expr="0"/></datamodel>${states.join('')}`);
});

/** The chart, or `undefined` where chance made a document that breaks a rule of the standard. */
function read(text: string): Chart | undefined {
  try {
    return readDiagram(text).chart;
  } catch {
    return undefined;
  }
}

describe('checks of any chart', function () {
  this.timeout(30_000);

  it('never throw, whatever the part it is used in', () => {
    let charts = 0;
    fc.assert(
      fc.property(chart, fc.constantFrom('any', 'procedure', 'policy'), (text, kind) => {
        const document = read(text);
        if (!document) return;
        charts += 1;
        expect(checkChart(document, { kind, outside: ['e'] })).to.be.an('array');
      }),
      { numRuns: 300 },
    );
    expect(charts).to.be.greaterThan(100);
  });

  it('call no state unreachable that a run enters', () => {
    fc.assert(
      fc.property(
        chart,
        fc.array(fc.constantFrom('e', 'e.f.i', 'g', 'error.execution'), { maxLength: 12 }),
        (text, events) => {
          const document = read(text);
          if (!document) return;
          const { states } = reachabilityOf(document);
          const data = new EcmascriptDataModel(compileProgram(document, []), {
            sessionId: 't',
            data: {},
            timeLimitMs: 1000,
          });
          const context = {
            chart: document,
            data,
            sessionId: 't',
            unhandledErrors: 'ignore',
            mostMicrosteps: 200,
          } as const;
          let [run] = initialStep(context);
          const entered = new Set<StateNode>(run.configuration);
          for (const name of events) {
            [run] = step(context, run, { name, type: 'external' });
            for (const state of run.configuration) entered.add(state);
          }
          for (const state of entered) expect(states.has(state), `${state.id} of ${text}`).to.equal(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
