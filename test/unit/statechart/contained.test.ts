import { expect } from 'chai';
import { areContained } from '../../../diagrams/statechart/ecmascript/contained.js';
import type { Expression } from '../../../diagrams/statechart/chart/content.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { SimulatedClock } from '../../../core/model/clock.js';

const place = { file: 'x.scxml', line: 1, column: 1 };
const expression = (use: Expression['use'], text: string): Expression => ({ use, text, place, index: 0 });
const contained = (use: Expression['use'], text: string) => areContained([expression(use, text)], new Set(['offer']));

describe('sessions that share a context', () => {
  const KEPT = [
    'offer.vm',
    "why || 'no offer'",
    'list.some(each => each.name === _event.data.vm)',
    '{ a: [1], ...offer }',
  ];
  const LEFT = [
    'x = 1',
    'x++',
    'delete offer.vm',
    '(function () { this.x = 1 })()',
    'list.map(each => { x = each })',
    'globalThis.x',
    'Object.assign(offer, {})',
    "offer['__proto__']",
    'offer.constructor',
    'a b',
  ];
  for (const text of KEPT) it(`may use ${text}`, () => expect(contained('value', text)).to.equal(true));
  for (const text of LEFT) it(`may not use ${text}`, () => expect(contained('value', text)).to.equal(false));
  it('assign to variables of their own only, and run no scripts', () => {
    expect(contained('location', 'offer.vm')).to.equal(true);
    expect(contained('location', 'other')).to.equal(false);
    expect(contained('location', 'list().x')).to.equal(false);
    expect(contained('script', 'offer.vm')).to.equal(false);
  });

  it('know nothing of each other', async () => {
    const engine = new ScxmlEngine();
    const { diagram } = engine.readText(
      `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="own" datamodel="ecmascript">
        <datamodel><data id="count" expr="0"/><data id="who" expr="_sessionid"/></datamodel>
        <state id="one">
          <transition event="more"><assign location="count" expr="count + _event.data"/></transition>
          <transition event="end" cond="In('one')" target="end"/>
        </state>
        <final id="end"><donedata><param name="count" expr="count"/><param name="who" expr="who"/>
          <param name="leaked" expr="typeof $boot"/></donedata></final>
      </scxml>`,
      'own.scxml',
    );
    const start = (id: string) =>
      engine.start(diagram!, {
        ...{ id, clock: new SimulatedClock(), data: {}, invoke: () => Promise.resolve(undefined) },
        ...{ emit: () => undefined, assign: () => undefined, onStep: () => undefined, onLog: () => undefined },
      });
    const [first, second] = [start('first'), start('second')];
    for (const by of [1, 2]) first.send({ name: 'more', data: by });
    second.send({ name: 'more', data: 10 });
    for (const session of [second, first]) session.send({ name: 'end' });
    const [one, two] = await Promise.all([first.done, second.done]);
    expect(one.data).to.deep.equal({ count: 3, who: 'first', leaked: 'undefined' });
    expect(two.data).to.deep.equal({ count: 10, who: 'second', leaked: 'undefined' });
  });
});
