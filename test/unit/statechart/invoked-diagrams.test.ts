import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { AnyActorRef as ActorRef, InspectionEvent } from 'xstate';
import { formatError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { scxml, start } from './harness.js';

const inner = (body: string, attributes = '') =>
  `<content><scxml version="1.0" ${attributes}>${body}</scxml></content>`;

const RECURSIVE = scxml(
  '<state id="a"><invoke><content expr="text"/></invoke><transition event="error.execution" target="b"><send event="error.execution" target="#_parent"/></transition></state><state id="b"/>',
);

describe('statechart: invoked diagrams', () => {
  it('starts one, gives it parameters it declares, and hears of its end with its data', async () => {
    const run = await start(
      scxml(`<datamodel><data id="given" expr="2"/></datamodel>
        <state id="a"><invoke id="i" type="scxml" namelist="given"><param name="factor" expr="3"/><param name="unknown" expr="4"/>
        ${inner(`<datamodel><data id="given" expr="0"/><data id="factor"/></datamodel>
          <state id="x"><transition target="end"/></state>
          <final id="end"><donedata><param name="product" expr="given * factor"/><param name="more" expr="typeof unknown"/></donedata></final>`)}</invoke>
        <transition event="done.invoke.i" target="b"><log label="end" expr="[_event.data, _event.invokeid]"/></transition></state><final id="b"/>`),
    );
    expect(run.logs).to.deep.equal(['end=[{"product":6,"more":"undefined"},"i"]']);
    expect(run.result()?.finalState).to.equal('b');
  });

  it('talks both ways, by #_parent and #_ID, and finalizes before it chooses a transition', async () => {
    const run = await start(
      scxml(`<datamodel><data id="x" expr="0"/></datamodel>
        <state id="a"><invoke id="i">${inner(`<state id="x"><onentry><send target="#_parent" event="ready"><param name="n" expr="1"/></send></onentry>
          <transition event="go"><send targetexpr="_event.origin" event="gone"/></transition></state>`)}
          <finalize><assign location="x" expr="x + 1"/></finalize></invoke>
        <transition event="ready" cond="x === 1"><log label="n" expr="[_event.data.n, _event.invokeid, _event.origintype.slice(-19)]"/><send target="#_i" event="go"/></transition>
        <transition event="gone" target="b"/></state><state id="b"><onentry><log label="x" expr="x"/></onentry></state>`),
    );
    expect(run.logs).to.deep.equal(['n=[1,"i","SCXMLEventProcessor"]', 'x=2']);
  });

  it('writes back to the given locations where <finalize> is empty', async () => {
    const run = await start(
      scxml(`<datamodel><data id="n" expr="1"/><data id="m" expr="1"/></datamodel>
        <state id="a"><invoke id="i" namelist="n"><param name="other" location="m"/>${inner(`<state id="x">
          <onentry><send target="#_parent" event="back"><param name="n" expr="5"/><param name="other" expr="6"/></send></onentry></state>`)}<finalize/></invoke>
        <transition event="back"><log label="v" expr="[n, m]"/></transition></state>`),
    );
    expect(run.logs).to.deep.equal(['v=[5,6]']);
  });

  it('forwards every external event where it is told to', async () => {
    const child = inner(
      '<state id="x"><transition event="e"><send target="#_parent" event="heard" namelist="_event"/></transition></state>',
    );
    const run = await start(
      scxml(
        `<state id="a"><invoke id="i" autoforward="true">${child}</invoke><transition event="heard"><log label="data" expr="_event.data._event.data"/></transition></state>`,
      ),
    );
    await run.send('e', { x: 1 });
    expect(run.logs).to.deep.equal(['data={"x":1}']);
  });

  it('ends it where its state is left: its onexit runs, and nothing of it is heard any more', async () => {
    const run = await start(
      scxml(`<state id="a"><invoke id="i">${inner(`<state id="x"><onentry><send event="tick" delay="1s"/></onentry>
          <onexit><log label="leaving"/><send target="#_parent" event="late"/></onexit><transition event="tick"><log label="tick"/></transition></state>`)}</invoke>
        <transition event="go" target="b"/></state><state id="b"><transition event="late done.invoke error" target="a"/></state>`),
    );
    await run.send('go');
    await run.advance(5000);
    expect(run.logs).to.deep.equal(['leaving']);
    expect(run.session.configuration).to.deep.equal(['b']);
  });

  it('stops it, with what it invoked itself, when the session is stopped', async () => {
    const run = await start(
      scxml(
        `<state id="a"><invoke id="i">${inner(`<state id="x"><invoke>${inner('<state id="y"><invoke type="attitune" src="this.x"/></state>')}</invoke></state>`)}</invoke></state>`,
      ),
    );
    expect(run.calls[0]?.signal.aborted).to.equal(false);
    run.session.stop();
    expect(run.calls[0]?.signal.aborted).to.equal(true);
  });

  it('fails its session where it fails itself', async () => {
    const run = await start(
      scxml(
        `<state id="a"><invoke id="i">${inner('<state id="x"><onentry><raise event="error.mine"/></onentry></state>', 'name="inner"')}</invoke></state>`,
      ),
    );
    expect(run.result()?.error?.message).to.match(/diagram "inner" failed in state "x"/);
  });

  it('tells an earlier one from a later one of the same id', async () => {
    const run = await start(
      scxml(`<state id="a"><invoke id="i" autoforward="true">${inner(`<datamodel><data id="k" expr="0"/></datamodel>
          <state id="x"><onexit><log label="left"/></onexit><transition event="again" target="end"/></state><final id="end"/>`)}</invoke>
        <transition event="again" target="a"/><transition event="go" target="b"/></state><state id="b"/>`),
    );
    await run.send('again');
    await run.send('go');
    expect(run.logs).to.deep.equal(['left', 'left']);
  });

  it('runs documents that are computed: text and XML', async () => {
    const document = '<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0"><final id="f"/></scxml>';
    for (const data of [
      `<data id="d" expr="'${document.replaceAll('<', '&lt;').replaceAll('"', '&quot;')}'"/>`,
      '<data id="d"><scxml version="1.0"><final id="f"/></scxml></data>',
    ]) {
      const run = await start(
        scxml(
          `<datamodel>${data}</datamodel><state id="a"><invoke id="i"><content expr="d"/></invoke><transition event="done.invoke.i" target="b"/></state><final id="b"/>`,
        ),
      );
      expect(run.result()?.status, data).to.equal('final');
    }
  });

  it('raises an error for a document that cannot be had, or that is wrong', async () => {
    for (const [invoke, event] of [
      ['<invoke srcexpr="\'nowhere.scxml\'"/>', 'error.communication'],
      ['<invoke srcexpr="\'http://x/y.scxml\'"/>', 'error.execution'],
      ['<invoke><content expr="\'no XML\'"/></invoke>', 'error.execution'],
      ['<invoke><content expr="5"/></invoke>', 'error.execution'],
      ['<invoke typeexpr="\'smoke\'" src="x"/>', 'error.execution'],
    ]) {
      const run = await start(
        scxml(`<state id="a">${invoke}<transition event="${event}" target="b"/></state><state id="b"/>`),
        {
          unhandledErrors: 'ignore',
        },
      );
      expect(run.session.configuration, invoke).to.deep.equal(['b']);
    }
  });

  it('gives up on diagrams that invoke themselves', async () => {
    const run = await start(
      scxml(
        `<state id="a"><invoke><content expr="text"/></invoke><transition event="error.execution" target="b"><send event="error.execution" target="#_parent"/></transition></state><state id="b"/>`,
      ),
      { unhandledErrors: 'ignore', data: { text: RECURSIVE } },
    );
    expect(run.session.configuration).to.deep.equal(['b']);
  });

  it('gives up on sessions that send each other events without end', async () => {
    const alone = await start(
      scxml(
        '<state id="a"><onentry><send event="e"/></onentry><transition event="e"><send event="e"/></transition></state>',
      ),
    );
    expect(alone.result()?.error?.message).to.match(/does not come to rest: it sent 10000 events/);
    const child = inner(
      '<state id="x"><onentry><send target="#_parent" event="ping"/></onentry><transition event="pong"><send target="#_parent" event="ping"/></transition></state>',
    );
    const both = await start(
      scxml(
        `<state id="a"><invoke id="i">${child}</invoke><transition event="ping"><send target="#_i" event="pong"/></transition></state>`,
      ),
    );
    expect(both.result()?.status).to.equal('failed');
  });

  it('reports what is wrong with an inner document at its place, and inner operations to the validator', () => {
    const engine = new ScxmlEngine();
    const { errors } = engine.readText(
      scxml(`<state id="a">\n<invoke>${inner('<state id="x"><transition target="y"/></state>')}</invoke></state>`),
      'f.scxml',
    );
    expect(errors.map(formatError)).to.deep.equal([
      'f.scxml:2:74: error unknown-state: there is no state "y". Did you mean "x"?',
    ]);
    const { diagram } = engine.readText(
      scxml(
        `<state id="a"><invoke>${inner('<state id="x"><invoke type="attitune" src="this.start"/></state>')}</invoke></state>`,
      ),
      'f.scxml',
    );
    expect(diagram?.calls.map(({ src }) => src)).to.deep.equal(['this.start']);
  });

  it('is an XState actor below that of its session', async () => {
    const actors = new Set<string>();
    const inspect = (event: InspectionEvent) =>
      void actors.add(`${(event.actorRef as ActorRef).id} in ${event.rootId}`);
    await start(scxml(`<state id="a"><invoke id="i">${inner('<state id="x"/>')}</invoke></state>`), { inspect });
    const [first = '', second = ''] = [...actors];
    expect(first).to.match(/^s1 in /);
    expect(second).to.equal(`s1/i/1 in ${first.slice('s1 in '.length)}`);
  });

  describe('from files', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'attitune-statechart-'));
      writeFileSync(
        path.join(folder, 'inner.scxml'),
        scxml('<final id="f"><donedata><content expr="_name"/></donedata></final>'),
      );
      writeFileSync(path.join(folder, 'list.json'), '[1, 2]');
      writeFileSync(path.join(folder, 'functions.js'), 'function twice(n) { return 2 * n; }');
      writeFileSync(
        path.join(folder, 'outer.scxml'),
        scxml(`<datamodel><data id="list" src="list.json"/></datamodel><script src="file:functions.js"/>
          <state id="a"><invoke id="i" src="inner.scxml"/>
          <transition event="done.invoke.i" target="b"><log label="v" expr="[_event.data, twice(list[1])]"/></transition></state><final id="b"/>`),
      );
    });
    after(() => rmSync(folder, { recursive: true }));

    it('takes data, scripts and diagrams, and counts them for the hash', async () => {
      const file = path.join(folder, 'outer.scxml');
      const engine = new ScxmlEngine();
      const first = engine.read(file);
      expect(first.errors).to.deep.equal([]);
      const run = await start(readFileSync(file, 'utf8'), { file });
      expect(run.logs).to.deep.equal(['v=["inner",4]']);
      expect(engine.read(file).diagram?.hash).to.equal(first.diagram?.hash);
      writeFileSync(path.join(folder, 'functions.js'), 'function twice(n) { return n + n; }');
      expect(engine.read(file).diagram?.hash).to.not.equal(first.diagram?.hash);
    });

    it('says which file is missing, and where it is named', () => {
      const { errors } = new ScxmlEngine().readText(
        scxml('<state id="a"><invoke src="this.start"/></state>'),
        path.join(folder, 'x.scxml'),
      );
      expect(errors.map(({ code }) => code)).to.deep.equal(['file-not-found']);
      expect(errors[0]?.message).to.match(/no such file.*To call an operation, write type="attitune"/);
      expect(errors[0]?.place).to.include({ file: path.join(folder, 'x.scxml'), line: 1 });
    });
  });
});
