import { expect } from 'chai';
import { scxml, start } from './harness.js';

const entry = (content: string, rest = '') => scxml(`<state id="a"><onentry>${content}</onentry>${rest}</state>`);
const data = (...items: string[]) => `<datamodel>${items.join('')}</datamodel>`;

describe('statechart: executable content and data', () => {
  it('assigns, also to members, and takes JSON and text inline', async () => {
    const run = await start(
      scxml(`${data('<data id="n" expr="1"/>', '<data id="o">{"list": [1, 2]}</data>', '<data id="t"> some   text </data>', '<data id="u"/>')}
        <state id="a"><onentry><assign location="n" expr="n + 1"/><assign location="o.list[0]" expr="n"/><assign location="u">[3]</assign>
        <log label="v" expr="[n, o, t, u]"/></onentry></state>`),
    );
    expect(run.logs).to.deep.equal(['v=[2,{"list":[2,2]},"some text",[3]]']);
  });

  it('takes the first true branch of <if>', async () => {
    const branches =
      '<if cond="n === 1"><log label="1"/><elseif cond="n &lt; 3"/><log label="2"/><else/><log label="3"/></if>';
    for (const n of [1, 2, 3]) {
      const run = await start(
        scxml(`${data(`<data id="n" expr="${n}"/>`)}<state id="a"><onentry>${branches}</onentry></state>`),
      );
      expect(run.logs).to.deep.equal([String(n)]);
    }
  });

  it('iterates over a copy, and declares the variables it needs', async () => {
    const run = await start(
      scxml(`${data('<data id="list" expr="[1,2,3]"/>')}<state id="a"><onentry>
        <foreach array="list" item="x" index="i"><script>list.push(9)</script><log label="x" expr="x * 10 + i"/></foreach>
        <log label="after" expr="x + list.length"/></onentry></state>`),
    );
    expect(run.logs).to.deep.equal(['x=10', 'x=21', 'x=32', 'after=9']);
  });

  it("runs scripts; what the document's script declares is for all", async () => {
    const run = await start(
      scxml(`<script>var base = 40; function plus(n) { return base + n; }</script>
        <state id="a"><onentry><script>base += 1;</script><log label="v" expr="plus(1)"/></onentry></state>`),
    );
    expect(run.logs).to.deep.equal(['v=42']);
  });

  it('binds data late where it is asked to', async () => {
    const text = (binding: string) =>
      scxml(
        `<state id="a"><onentry><log label="v" expr="typeof late"/></onentry><transition event="go" target="b"/></state>
         <state id="b">${data('<data id="late" expr="1"/>')}<onentry><log label="v" expr="late"/><assign location="late" expr="5"/></onentry>
         <transition event="go" target="b"/></state>`,
        `binding="${binding}"`,
      );
    const late = await start(text('late'));
    await late.send('go');
    await late.send('go');
    expect(late.logs).to.deep.equal(['v="undefined"', 'v=1', 'v=5']);
    expect((await start(text('early'))).logs).to.deep.equal(['v="number"']);
  });

  it('binds what the environment gives: this, arg and others; they win over <data>', async () => {
    const run = await start(
      scxml(`${data('<data id="arg" expr="\'default\'"/>')}<state id="a"><onentry>
        <log label="v" expr="[this.name, arg, limit.value]"/><script>this.seen = 1;</script><log label="s" expr="this.seen"/></onentry></state>`),
      { data: { this: { name: 'tomcat1' }, arg: 'given', limit: { value: 3 }, new: { name: 'x' } } },
    );
    expect(run.logs).to.deep.equal(['v=["tomcat1","given",3]', 's=1']);
  });

  it('shows _event, _sessionid, _name and In()', async () => {
    const run = await start(
      scxml(
        `<state id="a"><transition event="e" cond="In('a') &amp;&amp; !In('b')"><log label="e" expr="[_event.name, _event.type, _event.data.x, _sessionid, _name]"/></transition></state>
         <state id="b"/>`,
        'name="test"',
      ),
    );
    await run.send('e.f', { x: 7 });
    expect(run.logs).to.deep.equal(['e=["e.f","external",7,"s1","test"]']);
  });

  it('lets nobody write system variables', async () => {
    for (const location of ['_event', '_sessionid', '_name', '_event.name', '_ioprocessors']) {
      const run = await start(
        scxml(
          `<state id="a"><onentry><assign location="${location}" expr="1"/></onentry><transition event="error.execution" target="b"/></state><state id="b"/>`,
        ),
      );
      expect(run.session.configuration, location).to.deep.equal(['b']);
    }
  });

  it('raises error.execution for what fails, and leaves the rest of that block only', async () => {
    const handled = '<transition event="error.execution"><log label="error" expr="_event.data.code"/></transition>';
    for (const bad of [
      '<assign location="unknown" expr="1"/>',
      '<log expr="missing.x"/>',
      '<foreach array="1" item="x"/>',
      '<script>throw new Error("no")</script>',
      '<if cond="nothing()"/>',
      '<send event="x" type="smoke signals"/>',
    ]) {
      const run = await start(
        scxml(
          `<state id="a"><onentry>${bad}<log label="skipped"/></onentry><onentry><log label="next"/></onentry>${handled}</state>`,
        ),
      );
      expect(run.logs, bad).to.have.length(2);
      expect(run.logs[0]).to.equal('next');
    }
  });

  it('counts a guard that fails as false and raises error.execution', async () => {
    const run = await start(
      scxml(
        '<state id="a"><transition event="e" cond="missing.x" target="wrong"/><transition event="error.execution" target="b"/></state><state id="b"/><state id="wrong"/>',
      ),
    );
    await run.send('e');
    expect(run.session.configuration).to.deep.equal(['b']);
  });

  it('stops code that runs too long', async () => {
    for (const content of [
      '<script>while (true) ;</script>',
      '<log expr="(function f() { for (;;); })()"/>',
      '<log expr="(() => { for (;;); })()"/>',
    ]) {
      const run = await start(entry(content), { timeLimitMs: 20 });
      expect(run.result()?.error?.code, content).to.equal('expression-failed');
      expect(run.result()?.error?.message).to.match(/too long/);
    }
  });

  it('keeps built-ins frozen and the rest of the program out of reach', async () => {
    const run = await start(
      entry(`<script>Array.prototype.push = 1; Object.prototype.evil = 1;</script>
        <log label="v" expr="[typeof process, typeof require, typeof [].push, typeof ({}).evil, typeof $boot]"/>
        <script>var made = 0; try { (function () {}).constructor('made = 1')(); } catch (e) { made = 2; }</script><log label="m" expr="made"/>`),
    );
    expect(run.logs).to.deep.equal(['v=["undefined","undefined","function","undefined","undefined"]', 'm=2']);
    expect(({} as Record<string, unknown>)['evil']).to.equal(undefined);
  });

  it('writes attributes of components with <at:set>; a refusal is error.execution', async () => {
    const text = entry(
      '<at:set path="this.pid" expr="40 + 2"/><at:set path="x" expr="[1]"/>',
      '<transition event="error.execution" target="a"/>',
    );
    expect((await start(entry('<at:set path="this.pid" expr="40 + 2"/>'))).assigned).to.deep.equal([['this.pid', 42]]);
    let refused = false;
    const run = await start(text, {
      assign: () => {
        if (!refused) {
          refused = true;
          throw new Error('no');
        }
      },
    });
    expect(run.steps).to.have.length(1);
    expect(run.assigned).to.have.length(4);
  });

  it('ignores elements of other namespaces', async () => {
    const run = await start(
      scxml(
        '<viz:x xmlns:viz="urn:viz"><state/></viz:x><state id="a"><q:y xmlns:q="urn:q" z="1"/><onentry><q:y xmlns:q="urn:q"/><log label="l"/></onentry></state>',
      ),
    );
    expect(run.logs).to.deep.equal(['l']);
  });
});
