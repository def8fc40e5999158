import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { readDiagram, scxml } from './harness.js';
import { MortalManager } from './restart-harness.js';

async function begin(text: string, options?: ConstructorParameters<typeof MortalManager>[1]): Promise<MortalManager> {
  const manager = new MortalManager(text, options);
  await manager.clock.advance(0);
  return manager;
}

async function refusal(manager: MortalManager, text: string): Promise<AttituneError> {
  try {
    await manager.restart(text);
  } catch (error) {
    if (error instanceof AttituneError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const entering = (content: string) => scxml(`<state id="a"><onentry>${content}</onentry></state>`);

describe('statechart: taking a session up again', () => {
  it('tells people what is pending: timers with their time, operations with their key', async () => {
    const manager = await begin(
      scxml(`<state id="a"><onentry><send event="soon" id="t" delay="1s"/><send event="never" id="n" delay="2s"/><cancel sendid="n"/></onentry>
        <invoke id="op" type="attitune" src="this.start"><param name="n" expr="1"/></invoke></state>`),
    );
    const { format, diagramHash, configuration, timers, operations } = JSON.parse(
      manager.checkpoints[0] as string,
    ) as typeof manager.last;
    expect({ format, configuration }).to.deep.equal({ format: 1, configuration: ['a'] });
    expect(diagramHash).to.match(/^[0-9a-f]{64}$/);
    expect(timers.map(({ sendId, dueAt }) => ({ sendId, dueAt }))).to.deep.equal([{ sendId: 't', dueAt: 1_001_000 }]);
    expect(timers[0]?.event).to.include({ name: 'soon' });
    expect(operations).to.deep.equal([{ invokeId: 'op', src: 'this.start', params: { n: 1 }, key: 'm1/op/1' }]);
  });

  it('fires timers at their time, and those whose time is past at once, in the order of their times', async () => {
    const manager = await begin(
      scxml(`<state id="a"><onentry><send event="e.3" delay="3s"/><send event="e.1" delay="1s"/><send event="e.2" delay="2s"/><send event="e.9" delay="9s"/></onentry>
        <transition event="e"><log label="at" expr="_event.name"/></transition></state>`),
    );
    manager.dieAtCheckpoint(0);
    await manager.clock.advance(5000);
    await manager.restart();
    expect(manager.effects).to.deep.equal(['log at "e.1"', 'log at "e.2"', 'log at "e.3"']);
    await manager.clock.advance(3999);
    expect(manager.effects).to.have.length(3);
    await manager.clock.advance(1);
    expect(manager.effects.at(-1)).to.equal('log at "e.9"');
  });

  it('calls pending operations again with their key; a refusal is error.execution', async () => {
    const manager = await begin(
      scxml(`<state id="a"><invoke id="op" type="attitune" src="this.start"><param name="n" expr="1"/></invoke>
        <transition event="error.execution" target="b"><log label="code" expr="_event.data.code"/></transition></state><state id="b"/>`),
    );
    await manager.restart();
    expect(manager.calls.map(({ key, resumed, params }) => ({ key, resumed, params }))).to.deep.equal([
      { key: 'm1/op/1', resumed: undefined, params: { n: 1 } },
      { key: 'm1/op/1', resumed: true, params: { n: 1 } },
    ]);
    await manager.settle('failed');
    expect(manager.session.configuration).to.deep.equal(['b']);
    expect(manager.effects.at(-1)).to.equal('log code "operation-failed"');
  });

  it('keeps every kind of value, shared and circular ones as such', async () => {
    const manager = await begin(
      scxml(`<datamodel><data id="v" expr="[undefined, NaN, -Infinity, -0, 12345678901234567890n, new Date(5), /a/gi, null, 'é\\u0000']"/>
        <data id="ring" expr="({})"/><data id="holes" expr="[1,,3]"/><data id="map" expr="new Map([[ring, new Set([ring])]])"/>
        <data id="bytes" expr="new Uint16Array([1, 65535])"/><data id="failure" expr="new RangeError('r')"/>
        <data id="xml"><a x="1"><b/>t</a></data><data id="node" expr="xml.getElementsByTagName('b')[0]"/><data id="bare" expr="Object.freeze(Object.assign(Object.create(null), {k: 1}))"/></datamodel>
        <script>ring.self = ring; var point = new Point(1, 2); function Point(x, y) { this.x = x; this.y = y; } Point.prototype.sum = function () { return this.x + this.y; };
          class Line { constructor(n) { this.n = n; } get twice() { return 2 * this.n; } }
          const line = { inner: new Line(4) }; let twice = (n) => 2 * n; const counted = []; counted.push(ring); point.x = 10;</script>
        <state id="a"><transition event="test"><log label="v" expr="[v[0] === undefined, Object.is(v[1], NaN), v[2] === -Infinity, Object.is(v[3], -0), v[4] === 12345678901234567890n, v[5] instanceof Date, v[5].getTime(), v[6].flags, v[7], v[8].length]"/>
          <log label="r" expr="[ring.self === ring, map.get(ring).has(ring), 1 in holes, bytes[1], failure instanceof RangeError, failure.message, counted[0] === ring]"/>
          <log label="x" expr="[xml.documentElement.getAttribute('x'), node === xml.getElementsByTagName('b')[0], node.parentNode.nodeName]"/>
          <log label="f" expr="[point.sum(), point instanceof Point, line.inner.twice, twice(4), Object.isFrozen(bare), Object.getPrototypeOf(bare)]"/></transition></state>`),
    );
    await manager.send('test');
    const before = [...manager.effects];
    await manager.restart();
    await manager.send('test');
    expect(manager.effects).to.deep.equal([...before, ...before]);
    expect(before).to.deep.equal([
      'log v [true,true,true,true,true,true,5,"gi",null,2]',
      'log r [true,true,false,65535,true,"r",true]',
      'log x ["1",true,"a"]',
      'log f [12,true,8,8,true,null]',
    ]);
  });

  it('refuses values that it could not bring back, and says which', async () => {
    for (const [expression, message] of [
      ["Symbol('s')", /variable x\.y\[0\] cannot be kept for a restart: it is a symbol/],
      ['new Proxy({}, {})', /is a proxy/],
      ['({get z() { return 1; }})', /x\.y\[0\]\.z .*is computed by a getter/],
      ['new (class Hidden {})()', /is an object of a class "Hidden" that no script of the diagram declares/],
      ['new WeakMap()', /class "WeakMap"/],
    ] as const) {
      const manager = await begin(entering(`<script>var x = { y: [${expression}] };</script>`));
      const result = await manager.session.done;
      expect(result.error?.message, expression).to.match(message);
    }
  });

  it('refuses a function that no script makes again', async () => {
    const text = scxml(
      '<datamodel><data id="f"/></datamodel><state id="a"><onentry><assign location="f" expr="(() =&gt; 1)"/></onentry></state>',
    );
    const error = await refusal(await begin(text), text);
    expect(error.code).to.equal('diagram-changed');
    expect(error.message).to.match(/the variable f held a function.*Declare functions in the <script>/);
  });

  it('remembers history, late data, and generated ids', async () => {
    const manager = await begin(
      scxml(
        `<state id="a"><transition event="back" target="h"/><state id="p"><history id="h"><transition target="x"/></history><datamodel><data id="d" expr="1"/></datamodel>
          <onentry><log label="d" expr="d"/></onentry><state id="x"><transition event="y" target="y"/></state><state id="y"/><transition event="out" target="o"/></state>
          <state id="o"><onentry><assign location="d" expr="7"/></onentry></state></state>`,
        'binding="late"',
      ),
    );
    await manager.send('y');
    await manager.send('out');
    await manager.restart();
    await manager.send('back');
    expect(manager.session.configuration).to.deep.equal(['a', 'p', 'y']);
    expect(manager.effects).to.deep.equal(['log d 1', 'log d 7']);
  });

  it('ends at once where it had ended already', async () => {
    const manager = await begin(
      scxml(`<state id="a"><transition event="e" target="z"/></state>
        <final id="z"><onentry><send type="attitune" event="ended"/></onentry><donedata><param name="n" expr="1"/></donedata></final>`),
    );
    manager.dieAtCheckpoint(1);
    await manager.send('e');
    expect(manager.effects).to.deep.equal([]);
    await manager.restart();
    expect(manager.effects).to.deep.equal(['emit {"name":"ended"}']);
    expect(await manager.session.done).to.deep.equal({ status: 'final', finalState: 'z', data: { n: 1 } });
  });

  it('costs nothing where nobody keeps anything', () => {
    const engine = new ScxmlEngine();
    const text = entering("<script>var x = { y: Symbol('s') };</script>");
    const { session } = new MortalManager(entering('<log label="x"/>'));
    session.stop();
    const free = engine.start(readDiagram(text, engine), {
      ...{ id: 'free', data: {}, onStep: () => undefined, onLog: () => undefined },
      ...{ emit: () => undefined, assign: () => undefined, invoke: () => new Promise(() => undefined) },
      clock: new MortalManager(entering('')).clock,
    });
    expect(free.configuration).to.deep.equal(['a']);
    free.stop();
  });

  describe('with a changed diagram', () => {
    const before = scxml('<state id="first"><transition event="e" target="second"/></state><state id="second"/>');
    const after = (rule: string, ids = ['uno', 'second']) =>
      scxml(
        `${rule}<state id="${ids[0] ?? ''}"><transition event="e" target="${ids[1] ?? ''}"/></state><state id="${ids[1] ?? ''}"><onentry><log label="new"/></onentry></state>`,
      );

    it('refuses, names the states that disappeared, and tells the rule to write', async () => {
      const manager = await begin(before);
      const error = await refusal(manager, after(''));
      expect(error.code).to.equal('diagram-changed');
      expect(error.message).to.include('the state "first" disappeared');
      expect(error.message).to.include(
        `<at:migration from="${manager.last.diagramHash}"><at:state from="first" to="…"/></at:migration>`,
      );
      expect(error.place).to.include({ file: '/diagrams/test.scxml' });
    });

    it('refuses where only its text is another one', async () => {
      const error = await refusal(await begin(before), `${before} `);
      expect(error.message).to.match(/its text is another one.*<at:migration from="[0-9a-f]{64}"\/>/);
    });

    it('goes on by the rule of its author', async () => {
      const manager = await begin(before);
      const rule = `<at:migration from="${manager.last.diagramHash}"><at:state from="first" to="uno"/></at:migration>`;
      await manager.restart(after(rule));
      expect(manager.session.configuration).to.deep.equal(['uno']);
      await manager.send('e');
      expect(manager.effects).to.deep.equal(['log new null'.replace('null', 'undefined')]);
    });

    it('goes on by a rule for any version, where every state is still there', async () => {
      const manager = await begin(before);
      await manager.restart(after('<at:migration from="*"/>', ['first', 'second']));
      expect(manager.session.configuration).to.deep.equal(['first']);
    });

    it('refuses a rule that leaves a state out, or leads to states that cannot be active together', async () => {
      const rule = '<at:migration from="*"/>';
      expect((await refusal(await begin(before), after(rule))).message).to.match(
        /leaves out "first", which no longer exists\. Add <at:state from="first"/,
      );
      const nested = scxml('<state id="a"><state id="b"/></state><state id="c"><state id="d"/></state>');
      const split = scxml(
        '<at:migration from="*"><at:state from="b" to="d"/></at:migration><state id="a"><state id="b"/></state><state id="c"><state id="d"/></state>',
      );
      expect((await refusal(await begin(nested), split)).message).to.match(/"a", "d" cannot be active together/);
    });

    it('checks rules when it reads them', () => {
      const { errors } = new ScxmlEngine().readText(
        scxml('<at:migration from="12"><at:state from="x" to="y"/><at:state/></at:migration><state id="a"/>'),
        'f.scxml',
      );
      expect(errors.map(({ code }) => code)).to.include.members(['value', 'unknown-state', 'xml-attribute']);
    });

    it('refuses a record that is broken', async () => {
      const manager = await begin(before);
      for (const state of [null, {}, { session: {} }, { session: { ...(manager.last.state as object), chart: 5 } }]) {
        manager.checkpoints.push(JSON.stringify({ ...manager.last, state }));
        expect((await refusal(manager, before)).code).to.equal('store');
      }
    });

    it('refuses a record of another format', async () => {
      const manager = await begin(before);
      manager.checkpoints.push(JSON.stringify({ ...manager.last, format: 2 }));
      expect((await refusal(manager, before)).message).to.match(/format 2, which this version cannot read/);
    });
  });
});
