import { expect } from 'chai';
import { scxml, start } from './harness.js';

const log = (label: string) => `<log label="${label}"/>`;
const onentry = (label: string) => `<onentry>${log(label)}</onentry>`;
const both = (name: string) => `<onentry>${log(`+${name}`)}</onentry><onexit>${log(`-${name}`)}</onexit>`;

describe('statechart: states and transitions', () => {
  it('enters by default the first state, deeply, and shows ancestors', async () => {
    const run = await start(scxml('<state id="a"><state id="b"><state id="c"/></state></state><state id="z"/>'));
    expect(run.session.configuration).to.deep.equal(['a', 'b', 'c']);
    expect(run.steps).to.deep.equal([{ configuration: ['a', 'b', 'c'] }]);
  });

  it('takes the initial attribute, also deep and with several targets', async () => {
    const run = await start(
      scxml(
        `<state id="a"/><parallel id="p"><state id="x"><state id="x1"/><state id="x2"/></state>
         <state id="y"><state id="y1"/><state id="y2"/></state></parallel>`,
        'initial="x2 y2"',
      ),
    );
    expect(run.session.configuration).to.deep.equal(['p', 'x', 'x2', 'y', 'y2']);
  });

  it('runs the content of <initial> between the entries of parent and child', async () => {
    const run = await start(
      scxml(`<state id="a">${onentry('a')}<initial><transition target="c">${log('i')}</transition></initial>
        <state id="b"/><state id="c">${onentry('c')}</state></state>`),
    );
    expect(run.logs).to.deep.equal(['a', 'i', 'c']);
    expect(run.session.configuration).to.deep.equal(['a', 'c']);
  });

  it('leaves in reverse document order, runs the content, enters in document order', async () => {
    const run = await start(
      scxml(`<parallel id="p">${both('p')}<state id="x">${both('x')}<state id="x1">${both('x1')}</state></state>
        <state id="y">${both('y')}</state><transition event="go" target="z">${log('t')}</transition></parallel>
        <state id="z">${both('z')}</state>`),
    );
    run.logs.length = 0;
    await run.send('go');
    expect(run.logs).to.deep.equal(['-y', '-x1', '-x', '-p', 't', '+z']);
  });

  it('takes the first transition in document order whatever its descriptor, and descendants before ancestors', async () => {
    const run = await start(
      scxml(`<state id="a"><transition event="e" target="wrong"/>
        <state id="b"><transition event="*" cond="false" target="wrong"/><transition event="e.*" target="right"/>
        <transition event="e.f" target="wrong"/></state></state><state id="right"/><state id="wrong"/>`),
    );
    await run.send('e.f.g');
    expect(run.session.configuration).to.deep.equal(['right']);
  });

  it('matches event descriptors by whole tokens', async () => {
    const run = await start(scxml('<state id="a"><transition event="foo bar.baz" target="b"/></state><state id="b"/>'));
    for (const name of ['foot', 'fo', 'bar', 'bar.bazz']) await run.send(name);
    expect(run.session.configuration).to.deep.equal(['a']);
    await run.send('bar.baz.x');
    expect(run.session.configuration).to.deep.equal(['b']);
  });

  it('tells internal, external, self and targetless transitions apart', async () => {
    const run = await start(
      scxml(`<state id="a">${both('a')}<state id="b">${both('b')}</state>
        <transition event="in" type="internal" target="b"/><transition event="ex" target="b"/>
        <transition event="none">${log('t')}</transition><transition event="self" target="a"/></state>`),
    );
    const after = async (event: string) => {
      run.logs.length = 0;
      await run.send(event);
      return run.logs.join(' ');
    };
    expect(await after('in')).to.equal('-b +b');
    expect(await after('ex')).to.equal('-b -a +a +b');
    expect(await after('none')).to.equal('t');
    expect(await after('self')).to.equal('-b -a +a +b');
  });

  it('follows eventless transitions before internal events, and those before external ones', async () => {
    const run = await start(
      scxml(`<state id="a"><onentry><send event="ext"/><raise event="int"/></onentry><transition target="b"/></state>
        <state id="b"><transition event="ext" target="wrong"/><transition event="int" target="c"/></state>
        <state id="c"><transition event="ext" target="d"/></state><state id="d"/><state id="wrong"/>`),
    );
    expect(run.steps.map(({ configuration }) => configuration.join())).to.deep.equal(['c', 'd']);
    expect(run.steps[1]?.event).to.equal('ext');
  });

  it('gives up on transitions that never come to rest', async () => {
    const run = await start(
      scxml('<state id="a"><transition target="b"/></state><state id="b"><transition target="a"/></state>'),
      { mostMicrosteps: 100 },
    );
    expect(run.result()).to.deep.include({ status: 'failed' });
    expect(run.result()?.error?.code).to.equal('diagram-failed');
    expect(run.result()?.error?.message).to.match(/does not come to rest.*"[ab]".*100 steps/);
  });
});

describe('statechart: parallel, final, history', () => {
  it('runs regions side by side; a conflict is won by the first, or by the descendant', async () => {
    const run = await start(
      scxml(`<parallel id="p"><state id="x" initial="x1"><state id="x1"><transition event="both" target="x2"/>
        <transition event="out" target="z1"/></state><state id="x2"/></state>
        <state id="y"><state id="y1"><transition event="both" target="y2"/><transition event="out" target="z2"/></state>
        <state id="y2"/></state></parallel><state id="z1"/><state id="z2"/>`),
    );
    const first = await start(
      scxml(`<parallel id="p"><state id="x"><transition event="out" target="z1"/></state>
        <state id="y"><transition event="out" target="z2"/></state></parallel><state id="z1"/><state id="z2"/>`),
    );
    await first.send('out');
    expect(first.session.configuration).to.deep.equal(['z1']);
    await run.send('both');
    expect(run.session.configuration).to.deep.equal(['p', 'x', 'x2', 'y', 'y2']);
    const other = await start(
      scxml(`<parallel id="p"><transition event="out" target="z1"/><state id="x"/>
        <state id="y"><transition event="out" target="z2"/></state></parallel><state id="z1"/><state id="z2"/>`),
    );
    await other.send('out');
    expect(other.session.configuration).to.deep.equal(['z2']);
  });

  it('raises done.state for a compound state with donedata, then for its parallel parent', async () => {
    const run = await start(
      scxml(`<parallel id="p"><state id="x"><final id="xf"><donedata><param name="n" expr="1+1"/></donedata></final>
        <transition event="done.state.x"><log label="x" expr="_event.data.n"/></transition></state>
        <state id="y"><state id="y1"><transition event="go" target="yf"/></state><final id="yf"/></state>
        <transition event="done.state.p" target="end"/></parallel>
        <final id="end"><donedata><content expr="{ok: [true]}"/></donedata></final>`),
    );
    expect(run.logs).to.deep.equal(['x=2']);
    await run.send('go');
    expect(run.result()).to.deep.equal({ status: 'final', finalState: 'end', data: { ok: [true] } });
    expect(run.session.configuration).to.deep.equal(['end']);
  });

  it('runs onexit of what is active when it ends, and takes no event after', async () => {
    const run = await start(scxml(`<final id="end"><onexit>${log('bye')}</onexit></final>`));
    expect(run.logs).to.deep.equal(['bye']);
    await run.send('e');
    expect(run.steps).to.have.length(1);
  });

  for (const [type, expected] of [
    ['shallow', 'a b b1'],
    ['deep', 'a b b2'],
  ] as const) {
    it(`comes back to a ${type} history`, async () => {
      const run = await start(
        scxml(`<state id="a" initial="c"><history id="h" type="${type}"><transition target="c">${log('default')}</transition></history>
          <state id="c"><transition event="in" target="b"/></state>
          <state id="b"><state id="b1"><transition event="next" target="b2"/></state><state id="b2"/></state>
          <transition event="out" target="z"/></state><state id="z"><transition event="back" target="h"/></state>`),
      );
      for (const event of ['in', 'next', 'out', 'back']) await run.send(event);
      expect(run.session.configuration.join(' ')).to.equal(expected);
      expect(run.logs).to.deep.equal([]);
    });
  }

  it('takes the default of a history that has recorded nothing, and runs its content after the entry of its parent', async () => {
    const run = await start(
      scxml(
        `<state id="z"><transition event="back" target="h"/></state>
         <state id="a">${onentry('a')}<history id="h"><transition target="c">${log('default')}</transition></history>
         <state id="b"/><state id="c">${onentry('c')}</state></state>`,
      ),
    );
    await run.send('back');
    expect(run.session.configuration).to.deep.equal(['a', 'c']);
    expect(run.logs).to.deep.equal(['a', 'default', 'c']);
  });
});
