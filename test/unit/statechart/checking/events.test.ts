import { expect } from 'chai';
import { wrongs } from './check.js';

const END = '<final id="end"/>';

describe('checks of the events of a chart', () => {
  it('know the ids of invocations, given and made up, and prefixes of them', () => {
    const chart = (event: string) =>
      `<state id="a"><invoke id="boot.one" type="attitune" src="A.b"/><invoke type="attitune" src="A.c"/>
       <transition event="${event}" target="end"/></state>${END}`;
    for (const event of ['done.invoke.boot.one', 'done.invoke.boot', 'done.invoke', 'done.invoke.a', 'done', '*'])
      expect(wrongs(chart(event)), event).to.deep.equal([]);
    expect(wrongs(chart('done.invoke.boot.two'))).to.deep.equal(['2 unknown-event']);
  });

  it('know which states can be done', () => {
    const chart = (event: string) =>
      `<state id="c"><state id="c1"><transition event="x" target="c2"/></state><final id="c2"/></state>
       <state id="d"><transition event="x" target="c"/></state>
       <state id="all"><transition event="${event}" target="end"/></state>${END}`;
    expect(
      wrongs(`<state id="o">${chart('x')}<transition event="done.state.c" target="all"/>
      <transition event="to" target="d"/></state>`),
    ).to.deep.equal([]);
    const found = wrongs(
      `<state id="all"><transition event="done.state.all" target="end"/><transition event="x" target="end"/></state>${END}`,
    );
    expect(found).to.deep.equal(['1 unknown-event']);
  });

  it('take what a chart raises itself for heard by a descriptor, a prefix or a wildcard', () => {
    const chart = (event: string) =>
      `<state id="a"><onentry><raise event="step.one"/></onentry><transition event="${event}" target="end"/></state>${END}`;
    for (const event of ['step.one', 'step', '*', 'step.*']) expect(wrongs(chart(event)), event).to.deep.equal([]);
    expect(wrongs(chart('step.two'))).to.deep.equal(['1 unknown-event']);
  });

  it('leave errors that are raised, events for others, and computed names alone', () => {
    const found = wrongs(
      `<state id="a"><onentry>
         <raise event="error.mine"/>
         <send type="attitune" event="overloaded"/>
         <send event="out" target="#_parent"/>
         <send event="out" targetexpr="'#_x'"/>
       </onentry><transition event="x" target="end"/></state>${END}`,
    );
    expect(found).to.deep.equal([]);
    const computed = `<state id="a"><onentry><send eventexpr="'x' + 1"/></onentry><transition event="x1" target="end"/></state>${END}`;
    expect(wrongs(computed, 'procedure', [])).to.deep.equal([]);
  });

  it('let a policy hear what the system raises, by name or family', () => {
    const policy = (event: string) => `<state id="a"><transition event="${event}"/></state>`;
    expect(wrongs(policy('vm.failed'), 'policy', ['vm.failed'])).to.deep.equal([]);
    expect(wrongs(policy('vm'), 'policy', ['vm.failed'])).to.deep.equal([]);
    expect(wrongs(policy('vm.faild'), 'policy', ['vm.failed'])).to.deep.equal(['1 unknown-event']);
    expect(wrongs(policy('anything'), 'any')).to.deep.equal([]);
  });

  it('know nothing of what another chart that is invoked may send', () => {
    const chart = `<state id="a"><invoke id="c" type="scxml"><content><scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0"><final/></scxml></content></invoke>
      <transition event="news" target="end"/></state>${END}`;
    expect(wrongs(chart, 'procedure', [])).to.deep.equal([]);
  });

  it('take ids of sends and invocations that are made up while it runs for possible', () => {
    const found = wrongs(
      `<datamodel><data id="id"/></datamodel>
       <state id="a"><onentry><send idlocation="id" event="x" delay="1s"/><cancel sendid="any"/><cancel sendidexpr="id"/>
         <send event="y" target="#_internal"/></onentry>
         <transition event="x y" target="end"/></state>${END}`,
    );
    expect(found).to.deep.equal([]);
  });
});
