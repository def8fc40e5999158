import { expect } from 'chai';
import { formatError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { HEAD, scxml, start } from './harness.js';

const NULL = HEAD.replace('datamodel="ecmascript"', 'datamodel="null"');

describe('statechart: values', () => {
  it('makes XML a DOM document, with the namespaces of the file around it', async () => {
    const run = await start(
      scxml(
        `<datamodel><data id="d"><q:list xmlns=""><item n="1"/><item n="2">t &amp; u</item></q:list></data><data id="copy"/></datamodel>
        <state id="a"><onentry><assign location="copy"><one/></assign>
          <log label="d" expr="[d.documentElement.namespaceURI, d.getElementsByTagName('item')[1].textContent, copy.documentElement.namespaceURI]"/>
          <script>d.documentElement.appendChild(d.createElement('new'));</script><log label="xml" expr="d"/>
          <send event="e"><content expr="d"/></send></onentry>
        <transition event="e"><log label="sent" expr="[_event.data !== d, _event.data.getElementsByTagName('item').length]"/></transition></state>`,
        'xmlns:q="urn:q"',
      ),
    );
    expect(run.logs).to.deep.equal([
      'd=["urn:q","t & u","http://www.w3.org/2005/07/scxml"]',
      'xml="<q:list xmlns:q=\\"urn:q\\"><item n=\\"1\\"/><item n=\\"2\\">t &amp; u</item><new/></q:list>"',
      'sent=[true,2]',
    ]);
  });

  it('keeps the context sealed, whatever way leads through a node', async () => {
    const run = await start(
      scxml(`<datamodel><data id="d"><a/></data></datamodel><script>
        function escape(value) { try { return typeof value.constructor.constructor('return process')(); } catch (error) { return error.name; } }</script>
        <state id="a"><onentry><log label="v" expr="[d, d.documentElement, d.implementation, d.childNodes, d.documentElement.attributes, _event, In, _ioprocessors].map(escape)"/></onentry>
        <transition event="e"><log label="e" expr="[_event, _event.data, _event.data.documentElement].map(escape)"/></transition></state>`),
    );
    expect(run.logs[0]).to.match(/^v=\["EvalError"(,"EvalError"){4},"TypeError","EvalError","EvalError"\]$/);
  });

  it('brings dates in and out, and takes classes of errors from authors', async () => {
    const run = await start(
      scxml(`<script>class Mine extends Error { constructor() { super('m'); this.name = 'Mine'; } }</script><state id="a">
        <transition event="e"><log label="v" expr="[_event.data.at instanceof Date, _event.data.at, new Mine().name]"/></transition></state>`),
    );
    await run.send('e', { at: new Date(0) });
    expect(run.logs).to.deep.equal(['v=[true,"1970-01-01T00:00:00.000Z","Mine"]']);
  });

  it('shows all variables as JSON-able data', async () => {
    const run = await start(
      scxml(
        `<datamodel><data id="n" expr="1"/><data id="u"/><data id="x"><a/></data><data id="big" expr="10n"/><data id="nan" expr="[NaN, new Date(0), new Map([[1, 2]]), () =&gt; 1]"/>
          <data id="ring" expr="({})"/><data id="f" expr="(() =&gt; 1)"/><data id="computed" expr="({get a() { throw new Error(); }, b: 1})"/></datamodel>
        <script>var declared = 2; function helper() {} ring.me = ring;</script><state id="a"><onentry><foreach array="[7]" item="item"/></onentry></state>`,
      ),
      { data: { arg: 'given' } },
    );
    const { session } = run as unknown as { session: { variables(): unknown } };
    expect(JSON.parse(JSON.stringify(session.variables()))).to.deep.equal({
      ...{ n: 1, u: null, x: '<a xmlns="http://www.w3.org/2005/07/scxml"/>', big: '10' },
      nan: ['NaN', '1970-01-01T00:00:00.000Z', [[1, 2]], null],
      ...{ ring: { me: '[circular]' }, computed: { b: 1 }, arg: 'given', declared: 2, item: 7 },
    });
  });

  it('lets a script declare a variable again that is data already', async () => {
    const run = await start(
      scxml(
        '<datamodel><data id="n" expr="1"/></datamodel><state id="a"><onentry><script>var m = 1, n = 5;</script><assign location="n" expr="n + m"/><log label="n" expr="n;"/></onentry></state>',
      ),
    );
    expect(run.logs).to.deep.equal(['n=6']);
  });

  it('lets what cannot be parsed fail when it is evaluated, where it is told to', async () => {
    const text = scxml(
      '<state id="a"><onentry><log expr="return"/></onentry><transition cond="a b" target="b"/><transition event="error.execution"><log label="error" expr="_event.data.message"/></transition></state><state id="b"/>',
    );
    const run = await start(text, { unhandledErrors: 'ignore', illegalExpressions: 'raise' });
    expect(run.session.configuration).to.deep.equal(['a']);
    expect(run.logs[0]).to.match(/return.* cannot be parsed/);
    expect(new ScxmlEngine().readText(text, 'f.scxml').errors).to.have.length(2);
  });

  it('runs the null data model: In() and no other expression', async () => {
    const run = await start(
      `${NULL}><parallel id="p"><state id="a"><transition event="e" cond="In('c')" target="done"/><transition event="e" cond=" In( b ) " target="d"/></state><state id="b"/></parallel><state id="c"/><final id="d"/><state id="done"/></scxml>`,
    );
    await run.send('e');
    expect(run.result()?.finalState).to.equal('d');
    const { errors } = new ScxmlEngine().readText(
      `${NULL}>\n<datamodel><data id="x"/></datamodel><script>1</script><state id="a"><onentry><log expr="1"/><assign location="x" expr="In('a')"/></onentry><transition cond="true"/></state></scxml>`,
      'f.scxml',
    );
    expect(new Set(errors.map(({ code }) => code))).to.deep.equal(new Set(['xml-element', 'expression']));
    expect(errors.map(formatError).join('\n')).to.match(
      /the null data model has no <data>.*\n[^]*the null data model knows no expression but In\('state'\)/,
    );
  });

  it('reaches other sessions of the engine by their id', async () => {
    const engine = new ScxmlEngine({ unhandledErrors: 'ignore' });
    const text = scxml(
      '<state id="a"><onentry><send event="hello" target="#_scxml_s1"/><send event="x" target="#_scxml_nobody" delay="1s"/></onentry></state>',
    );
    const listener = await start(
      scxml('<state id="a"><transition event="hello"><log label="from" expr="_event.origin"/></transition></state>'),
      { engine },
    );
    const speaker = await start(text, { engine, id: 's2' });
    expect(listener.logs).to.deep.equal(['from="#_scxml_s2"']);
    listener.session.stop();
    await speaker.advance(1000);
    const late = await start(
      scxml(
        '<state id="a"><onentry><send event="x" target="#_scxml_s1"/></onentry><transition event="error.communication" target="b"/></state><state id="b"/>',
      ),
      { engine, id: 's3' },
    );
    expect(late.session.configuration).to.deep.equal(['b']);
  });
});
