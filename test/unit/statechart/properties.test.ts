import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { EcmascriptDataModel } from '../../../diagrams/statechart/ecmascript/data-model.js';
import { compileProgram } from '../../../diagrams/statechart/ecmascript/program.js';
import { initialStep, step } from '../../../diagrams/statechart/interpreter/macrostep.js';
import type { Chart, StateNode } from '../../../diagrams/statechart/index.js';
import { readDiagram, scxml } from './harness.js';

interface Tree {
  readonly kind: 'state' | 'parallel';
  readonly children: readonly Tree[];
  readonly history: boolean;
}

const tree = (depth: number): fc.Arbitrary<Tree> =>
  fc.record({
    kind: fc.constantFrom<Tree['kind']>('state', 'state', 'parallel'),
    children: depth === 0 ? fc.constant([]) : fc.array(tree(depth - 1), { maxLength: 3 }),
    history: fc.boolean(),
  });

interface Numbered {
  readonly id: string;
  readonly node: Tree;
  readonly children: readonly Numbered[];
}

const EVENTS = ['e', 'f', 'g'];

/** Any document: a tree of states with transitions between any two of them. */
const document = fc
  .tuple(fc.array(tree(2), { minLength: 1, maxLength: 3 }), fc.infiniteStream(fc.nat(1000)))
  .map(([roots, numbers]) => {
    const next = (below: number) => (numbers.next().value as number) % below;
    let count = 0;
    const number = (node: Tree): Numbered => ({
      id: `s${count++}`,
      node,
      children: node.children.map(number),
    });
    const numbered = roots.map(number);
    const write = ({ id, node, children }: Numbered): string => {
      const transitions = EVENTS.filter(() => next(2) === 0).map(
        (event) => `<transition event="${event}" target="s${next(count)}"${next(3) === 0 ? ' type="internal"' : ''}/>`,
      );
      const first = children[0];
      const history =
        node.history && first
          ? `<history id="h${id}" type="${next(2) ? 'deep' : 'shallow'}"><transition target="${first.id}"/></history>`
          : '';
      const back = history === '' ? '' : `<transition event="back" target="h${id}"/>`;
      const kind = children.length > 0 ? node.kind : 'state';
      return `<${kind} id="${id}">${transitions.join('')}${back}${history}${children.map(write).join('')}</${kind}>`;
    };
    return scxml(numbered.map(write).join(''));
  });

/** SCXML 3.11: one child of each compound state, all children of each parallel one, all ancestors. */
function expectLegal(chart: Chart, configuration: readonly StateNode[]): void {
  const active = new Set(configuration);
  expect(configuration.map(({ order }) => order)).to.deep.equal(
    [...active].map(({ order }) => order).sort((a, b) => a - b),
  );
  for (const state of [chart.root, ...configuration]) {
    const children = state.children.filter((child) => active.has(child)).length;
    expect(children, state.id).to.equal(
      state.kind === 'parallel' ? state.children.length : Math.min(1, state.children.length),
    );
    if (state.parent && state.parent !== chart.root) expect(active.has(state.parent), state.id).to.equal(true);
  }
}

function contextOf(chart: Chart) {
  const data = new EcmascriptDataModel(compileProgram(chart, []), { sessionId: 's', data: {}, timeLimitMs: 1000 });
  return { chart, data, sessionId: 's', unhandledErrors: 'fail' as const, mostMicrosteps: 1000 };
}

describe('statechart: properties', () => {
  it('is in a legal configuration after every event, whatever the document', function () {
    this.timeout(20_000);
    fc.assert(
      fc.property(document, fc.array(fc.constantFrom(...EVENTS, 'back'), { maxLength: 12 }), (text, events) => {
        const { chart } = readDiagram(text);
        const context = contextOf(chart);
        let [state] = initialStep(context);
        expectLegal(chart, state.configuration);
        for (const name of events) {
          [state] = step(context, state, { name, type: 'external' });
          expectLegal(chart, state.configuration);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same step for the same state and event, and leaves the state as it was', () => {
    fc.assert(
      fc.property(document, fc.array(fc.constantFrom(...EVENTS), { maxLength: 6 }), (text, events) => {
        const context = contextOf(readDiagram(text).chart);
        let [state] = initialStep(context);
        for (const name of events) {
          const before = { ...state, configuration: [...state.configuration], history: new Map(state.history) };
          const first = step(context, state, { name, type: 'external' });
          const second = step(context, state, { name, type: 'external' });
          expect(second).to.deep.equal(first);
          expect({ ...state }).to.deep.equal(before);
          [state] = first;
        }
      }),
      { numRuns: 50 },
    );
  });

  it('evaluates to a value or fails with expression-failed, whatever the expression', function () {
    this.timeout(20_000);
    const piece = fc.constantFrom(
      'x',
      '1',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      '.',
      '+',
      '=',
      '=>',
      'function',
      'this',
      "'s'",
      '`',
      '/',
      '//',
      ';',
      'x()',
      'new ',
      '...',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const text = scxml(`<state id="a"><transition event="e" cond="${pieces.join('')}"/></state>`);
        let chart: Chart;
        try {
          ({ chart } = readDiagram(text));
        } catch {
          return;
        }
        const context = contextOf(chart);
        const cond = chart.expressions[0];
        try {
          if (cond) context.data.evaluate(cond);
        } catch (error) {
          expect(AttituneError.is(error, 'expression-failed'), String(error)).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
