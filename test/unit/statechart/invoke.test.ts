import { expect } from 'chai';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { scxml, start } from './harness.js';

const CALL = `<state id="grow"><invoke id="new" type="attitune" src="Tomcat++"><param name="on" expr="1 + 1"/></invoke>
  <transition event="done.invoke.new" target="end"><log label="v" expr="[_event.data, _event.invokeid]"/></transition></state>
  <final id="end"/>`;

describe('statechart: invoked operations', () => {
  it('calls the operation and goes on with its outcome', async () => {
    const run = await start(scxml(CALL), {
      invoke: async (call, clock) => {
        await delay(clock, 500, call.signal);
        return { name: 'tomcat3' };
      },
    });
    expect(run.calls.map(({ src, params, invokeId }) => ({ src, params, invokeId }))).to.deep.equal([
      { src: 'Tomcat++', params: { on: 2 }, invokeId: 'new' },
    ]);
    expect(run.result()).to.equal(undefined);
    await run.advance(500);
    expect(run.logs).to.deep.equal(['v=[{"name":"tomcat3"},"new"]']);
    expect(run.result()).to.deep.equal({ status: 'final', finalState: 'end' });
  });

  it('turns a rejection into error.execution with code and message', async () => {
    const run = await start(
      scxml(
        '<state id="a"><invoke id="m" type="attitune" src="this.migrate"/><transition event="error.execution" target="b"><log label="v" expr="[_event.data.code, _event.data.message, _event.invokeid]"/></transition></state><state id="b"/>',
      ),
      { invoke: () => Promise.reject(new AttituneError('migration-failed', 'no route')) },
    );
    expect(run.logs).to.deep.equal(['v=["migration-failed","no route","m"]']);
    expect(run.session.configuration).to.deep.equal(['b']);
  });

  it('fails with the original code and the state where nobody handles the error', async () => {
    const run = await start(scxml(CALL, 'name="grow-one"'), {
      invoke: () => Promise.reject(new AttituneError('no-capacity', 'no host has room', { details: { need: 5 } })),
    });
    const error = run.result()?.error;
    expect(run.result()?.status).to.equal('failed');
    expect(error?.code).to.equal('no-capacity');
    expect(error?.message).to.equal('diagram "grow-one" failed in state "grow": no host has room');
    expect(error?.details).to.include({ need: 5 });
  });

  it('fails on an error event from outside that it does not hear', async () => {
    const run = await start(scxml('<state id="a"/>'));
    await run.send('error.platform');
    expect(run.result()?.error?.code).to.equal('diagram-failed');
    const lenient = await start(scxml('<state id="a"/>'), { unhandledErrors: 'ignore' });
    await lenient.send('error.platform');
    expect(lenient.result()).to.equal(undefined);
  });

  it('aborts the operation when its state is left, and hears no answer of it', async () => {
    let answer: (value: unknown) => void = () => undefined;
    const run = await start(
      scxml(`<state id="a"><invoke id="i" type="attitune" src="this.x"/><transition event="go" target="b"/></state>
        <state id="b"><transition event="done.invoke.i error" target="wrong"/></state><state id="wrong"/>`),
      { invoke: () => new Promise((resolve) => (answer = resolve)) },
    );
    expect(run.calls[0]?.signal.aborted).to.equal(false);
    await run.send('go');
    expect(run.calls[0]?.signal.aborted).to.equal(true);
    expect(AttituneError.is(run.calls[0]?.signal.reason, 'cancelled')).to.equal(true);
    answer(1);
    await run.advance(0);
    expect(run.session.configuration).to.deep.equal(['b']);
  });

  it('aborts what is pending when it is stopped', async () => {
    const run = await start(scxml(CALL));
    run.session.stop();
    await run.advance(0);
    expect(run.calls[0]?.signal.aborted).to.equal(true);
    expect(run.result()).to.deep.equal({ status: 'stopped' });
  });

  it('invokes only for states that are still active at the end of the macrostep', async () => {
    const run = await start(
      scxml(
        '<state id="a"><invoke type="attitune" src="a.x"/><transition target="b"/></state><state id="b"><invoke type="attitune" src="b.x"/></state>',
      ),
    );
    expect(run.calls.map(({ src }) => src)).to.deep.equal(['b.x']);
    expect(run.calls[0]?.invokeId).to.match(/^b\./);
  });

  it('runs finalize before the answer is looked at', async () => {
    const run = await start(
      scxml(`<datamodel><data id="n" expr="0"/></datamodel><state id="a"><invoke type="attitune" srcexpr="'this.' + 'count'"><finalize><assign location="n" expr="_event.data"/></finalize></invoke>
        <transition event="done.invoke" cond="n === 5" target="end"/></state><final id="end"/>`),
      { invoke: () => Promise.resolve(5) },
    );
    expect(run.calls[0]?.src).to.equal('this.count');
    expect(run.result()?.status).to.equal('final');
  });

  it('runs several at once', async () => {
    const run = await start(
      scxml(`<parallel id="p"><state id="x"><state id="x1"><invoke id="i" type="attitune" src="a.start"/><transition event="done.invoke.i" target="xf"/></state><final id="xf"/></state>
        <state id="y"><state id="y1"><invoke id="j" type="attitune" src="b.start"/><transition event="done.invoke.j" target="yf"/></state><final id="yf"/></state>
        <transition event="done.state.p" target="end"/></parallel><final id="end"/>`),
      { invoke: (call, clock) => delay(clock, call.src === 'a.start' ? 200 : 100, call.signal) },
    );
    await run.advance(150);
    expect(run.session.configuration).to.deep.equal(['p', 'x', 'x1', 'y', 'yf']);
    await run.advance(50);
    expect(run.result()?.finalState).to.equal('end');
    expect(run.steps.map(({ event }) => event)).to.deep.equal([undefined, 'done.invoke.j', 'done.invoke.i']);
  });
});
