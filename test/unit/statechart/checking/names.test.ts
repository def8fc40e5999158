import { expect } from 'chai';
import { namesOf } from '../../../../diagrams/statechart/checking/names.js';
import { wrongs } from './check.js';

const free = (text: string, use: 'value' | 'script' = 'value') =>
  (namesOf(use, text)?.free ?? []).map(({ name, offset, access }) => `${name}@${offset} ${access}`);

/** A chart with an expression, and data `a` and `list`. */
const withExpression = (text: string) =>
  wrongs(`<datamodel><data id="a" expr="1"/><data id="list" expr="[1]"/></datamodel>
    <state id="s"><transition event="x" cond="${text}" target="s"/></state>`);
const withScript = (text: string) =>
  wrongs(`<datamodel><data id="a" expr="1"/></datamodel><script>${text}</script>
    <state id="s"><transition event="x" cond="made &gt; a" target="s"/></state>`);

describe('names in expressions', () => {
  it('are those that no function, block, pattern or property declares', () => {
    expect(free('a + b.c[d] + {e: f, g}.h')).to.deep.equal([
      'a@0 read',
      'b@4 read',
      'd@8 read',
      'f@17 read',
      'g@20 read',
    ]);
    expect(free('list.map((x, {y, z: [w] = v}) => x + y + w)')).to.deep.equal(['list@0 read', 'v@26 read']);
    expect(free('function f(n) { var m = n; return m ? f(m) : arguments }')).to.deep.equal([]);
    expect(free('for (const i of l) { let j = i; k += j } j', 'script')).to.deep.equal([
      'l@16 read',
      'k@32 read',
      'j@41 read',
    ]);
    expect(free('try { x } catch (e) { e } if (typeof q === "string") { var v = 1 } v', 'script')).to.deep.equal([
      'x@6 read',
      'q@37 probe',
    ]);
    expect(free('x = y', 'script')).to.deep.equal(['x@0 write', 'y@4 read']);
    expect(free('class A extends B { m = c; [k]() { return this } }', 'script')).to.deep.equal([
      'B@16 read',
      'c@24 read',
      'k@28 read',
    ]);
    expect(free('outer: for (;;) { continue outer }', 'script')).to.deep.equal([]);
  });

  it('are right where the standard, the session, the language or the chart declares them', () => {
    for (const text of [
      '_event.data.x === a',
      "In('s') &amp;&amp; _name &amp;&amp; _sessionid &amp;&amp; _ioprocessors &amp;&amp; _x",
      'arg &amp;&amp; event.name &amp;&amp; this.name',
      'Math.max(...list, NaN) &gt; Number.parseInt(JSON.stringify(undefined))',
      "typeof unknown === 'undefined'",
      'list.some((a) =&gt; a.b)',
    ])
      expect(withExpression(text), text).to.deep.equal([]);
    expect(withExpression('b')).to.deep.equal(['2 expression']);
    expect(withExpression("In('t')")).to.deep.equal(['2 unknown-state']);
  });

  it('are right where a script declares or makes them', () => {
    for (const text of ['var made = 1', 'function made() {}', 'const {made} = {made: a}', 'made = 1'])
      expect(withScript(text), text).to.deep.equal([]);
    expect(withScript('globalThis.made = 1')).to.deep.equal([]);
    expect(withScript('{ let made = a }')).to.deep.equal(['2 expression']);
  });

  it('are right where foreach makes them', () => {
    const found = wrongs(`<datamodel><data id="list" expr="[1]"/></datamodel>
      <state id="s"><onentry><foreach array="list" item="it" index="at"><log expr="it + at"/></foreach></onentry>
      <transition event="x" cond="it" target="s"/></state>`);
    expect(found).to.deep.equal([]);
  });
});
