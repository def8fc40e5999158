import { expect } from 'chai';
import { outcomeData } from '../../../core/app/validation/explore/outcome-data.js';
import { readDiagram, scxml } from '../statechart/harness.js';

/** Data for the answers of the invocation `i` of a chart with these transitions. */
function dataFor(transitions: string, rest = ''): unknown[] {
  const { diagram } = {
    diagram: readDiagram(
      scxml(`<state id="s"><invoke id="i" type="attitune" src="A.b"/>${transitions}</state>${rest}`),
    ),
  };
  return outcomeData(diagram, 'i').map(({ value }) => value);
}
const on = (cond: string, content = '') => `<transition event="done.invoke.i" cond="${cond}">${content}</transition>`;

describe('the data of an answer that is made up', () => {
  it('is nothing where nothing is looked at', () => {
    expect(dataFor('<transition event="done.invoke.i" target="s"/>')).to.deep.equal([undefined]);
    expect(dataFor('<transition event="done.invoke.j" cond="_event.data.x"/>')).to.deep.equal([undefined]);
  });

  it('has each value that is compared with, and another where there is only one', () => {
    expect(dataFor(on("_event.data.x === 'a'"))).to.deep.equal([{ x: 'a' }, { x: 'something else' }]);
    expect(dataFor(on("'a' == _event.data.x") + on("_event.data['x'] !== 'b'"))).to.deep.equal([
      { x: 'a' },
      { x: 'b' },
    ]);
    expect(dataFor(on('_event.data === 3'))).to.deep.equal([3, 4]);
    expect(dataFor(on('_event.data.n &gt;= 2'))).to.deep.equal([{ n: 2 }, { n: 1 }, { n: 3 }]);
    expect(dataFor(on('!_event.data.ok &amp;&amp; true'))).to.deep.equal([{ ok: true }, { ok: false }]);
  });

  it('has what is only read, in its place', () => {
    const found = dataFor(on('true', '<assign location="m" expr="_event.data.moves[0].vm + _event.data.why"/>'), '');
    expect(found).to.deep.equal([{ moves: [{ vm: 'vm' }], why: 'why' }]);
  });

  it('is a list where it is asked for what only lists have, and a number where it is made one', () => {
    expect(dataFor(on('_event.data.map(c =&gt; c.name).length &gt; 0'))).to.deep.equal([[{}]]);
    expect(dataFor(on("_event.data.name.startsWith('x')"))).to.deep.equal([{ name: 'name' }]);
    expect(dataFor(on('Number(_event.data.load) &gt; 4'))).to.deep.equal([{ load: 4 }, { load: 3 }, { load: 5 }]);
  });

  it('is told apart by variables that it fills', () => {
    const fills =
      '<transition event="done.invoke.i" target="t"><assign location="v" expr="_event.data.kind"/></transition>';
    const later = `<state id="t"><transition cond="v === 'x'" target="s"/><transition cond="v === 'y'" target="s"/></state>`;
    expect(dataFor(fills, later)).to.deep.equal([{ kind: 'x' }, { kind: 'y' }]);
  });

  it('stays few, whatever is compared', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      on(`_event.data.${name} === 'x' || _event.data.${name} === 'y'`),
    );
    expect(dataFor(many.join('')).length).to.be.at.most(12);
  });
});
