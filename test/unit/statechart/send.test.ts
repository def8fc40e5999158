import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { scxml, start } from './harness.js';

describe('statechart: send, cancel, raise', () => {
  it('delays on the clock, and cancels by id', async () => {
    const run = await start(
      scxml(`<state id="a"><onentry><send event="one" delay="1s"/><send event="two" id="t" delayexpr="1.5 + 's'"/><send event="three" delay="2000ms"/></onentry>
        <transition event="one"><log label="1"/><cancel sendid="t"/></transition><transition event="two"><log label="2"/></transition>
        <transition event="three"><log label="3"/></transition></state>`),
    );
    await run.advance(999);
    expect(run.logs).to.deep.equal([]);
    await run.advance(5000);
    expect(run.logs).to.deep.equal(['1', '3']);
  });

  it('gives the id to idlocation, and carries params, namelist and content', async () => {
    const run = await start(
      scxml(`<datamodel><data id="x" expr="4"/><data id="where"/></datamodel>
        <state id="a"><onentry><send event="p" namelist="x" idlocation="where"><param name="y" expr="x + 1"/></send>
        <send event="c"><content>{"z": [1]}</content></send><send eventexpr="'d'"><content expr="x"/></send></onentry>
        <transition event="*"><log label="v" expr="[_event.name, _event.data, typeof where, _event.origin]"/></transition></state>`),
    );
    expect(run.logs).to.deep.equal([
      'v=["p",{"x":4,"y":5},"string","#_scxml_s1"]',
      'v=["c",{"z":[1]},"string","#_scxml_s1"]',
      'v=["d",4,"string","#_scxml_s1"]',
    ]);
  });

  it('sends to its own session by name and to its internal queue', async () => {
    const run = await start(
      scxml(`<state id="a"><onentry><send event="ext" targetexpr="'#_scxml_' + _sessionid"/><send event="int" target="#_internal"/></onentry>
        <transition event="int ext"><log label="v" expr="[_event.name, _event.type]"/></transition></state>`),
    );
    expect(run.logs).to.deep.equal(['v=["int","internal"]', 'v=["ext","external"]']);
  });

  it('raises error.communication for a session that is not there, with the sendid', async () => {
    const run = await start(
      scxml(`<state id="a"><onentry><send id="mine" event="e" target="#_scxml_gone"/></onentry>
        <transition event="error.communication"><log label="v" expr="_event.sendid"/></transition></state>`),
    );
    expect(run.logs).to.deep.equal(['v="mine"']);
  });

  it('emits events for the system with type="attitune"', async () => {
    const run = await start(
      scxml(`<state id="a"><onentry><send type="attitune" event="overloaded"><param name="component" expr="this"/><param name="arg" expr="90"/></send>
        <send type="attitune" event="calm" target="host1" delay="1s"/></onentry></state>`),
      { data: { this: { name: 'tomcat1' } } },
    );
    expect(run.emitted).to.deep.equal([{ name: 'overloaded', component: 'tomcat1', arg: '90' }]);
    await run.advance(1000);
    expect(run.emitted[1]).to.deep.equal({ name: 'calm', component: 'host1' });
  });

  it('drops delayed events when it is stopped', async () => {
    const run = await start(
      scxml('<state id="a"><onentry><send type="attitune" event="late" delay="1s"/></onentry></state>'),
    );
    run.session.stop();
    await run.advance(5000);
    expect(run.emitted).to.deep.equal([]);
    expect(run.result()).to.deep.equal({ status: 'stopped' });
    expect(run.clock.nextDueAt).to.equal(undefined);
  });

  it('fails, and stops, where an observer of it throws', async () => {
    const run = await start(
      scxml('<state id="a"><onentry><send type="attitune" event="x" delay="1s"/><log label="boom"/></onentry></state>'),
      {
        log: () => {
          throw new Error('observer');
        },
      },
    );
    expect(run.result()?.error?.code).to.equal('internal');
    expect(run.clock.nextDueAt).to.equal(undefined);
  });

  it('takes events that are called like those of XState', async () => {
    const run = await start(
      scxml(
        '<state id="a"><transition event="xstate.stop" target="b"/></state><state id="b"><transition event="xstate.init" target="c"/></state><state id="c"/>',
      ),
    );
    await run.send('xstate.stop');
    await run.send('xstate.init');
    expect(run.session.configuration).to.deep.equal(['c']);
  });

  it('waits longer than a timer of Node can', async () => {
    const waits: number[] = [];
    class WatchedClock extends SimulatedClock {
      override setTimeout(callback: () => void, delayMs: number) {
        waits.push(delayMs);
        return super.setTimeout(callback, delayMs);
      }
    }
    const clock = new WatchedClock();
    const run = await start(
      scxml(
        '<state id="a"><onentry><send id="t" event="e" delay="5000000s"/></onentry><transition event="stop"><cancel sendid="t"/></transition><transition event="e" target="b"/></state><state id="b"/>',
      ),
      { clock },
    );
    await clock.advance(4_999_999_999);
    expect(run.session.configuration).to.deep.equal(['a']);
    await clock.advance(1);
    expect(run.session.configuration).to.deep.equal(['b']);
    expect(Math.max(...waits)).to.be.below(2 ** 31);
  });
});
