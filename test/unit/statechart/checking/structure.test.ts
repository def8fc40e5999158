import { expect } from 'chai';
import { wrongs } from './check.js';

describe('checks of the structure of a chart', () => {
  it('follow histories, initial states and parallel regions to find what can be entered', () => {
    const found = wrongs(`
      <state id="a" initial="a2">
        <state id="a1"><transition event="x" target="a2"/></state>
        <state id="a2"><transition event="x" target="a1"/></state>
        <history id="h" type="deep"><transition target="a1"/></history>
        <transition event="p" target="p"/>
      </state>
      <parallel id="p">
        <state id="r"><initial><transition target="r2"/></initial>
          <state id="r1"><transition event="x" target="r2"/></state>
          <state id="r2"><transition event="x" target="r1"/></state>
        </state>
        <state id="s"/>
        <transition event="back" target="h"/>
      </parallel>`);
    expect(found).to.deep.equal([]);
  });

  it('let an earlier transition hide a later one only where it always fits', () => {
    const chart = (first: string) =>
      `<state id="a"><transition ${first} target="b"/><transition event="x.y" target="c"/></state>
       <state id="b"><transition event="x" target="a"/></state>
       <state id="c"><transition event="x" target="a"/></state>`;
    expect(wrongs(chart('event="x" cond="_event.data"'))).to.deep.equal([]);
    expect(wrongs(chart('event="x.y.z"'))).to.deep.equal([]);
    expect(wrongs(chart('event="x"'))).to.deep.equal(['3 unreachable']);
    expect(wrongs(chart('event="*" cond="true"'))).to.deep.equal(['3 unreachable']);
    expect(wrongs(chart('cond="false"'))).to.deep.equal(['2 unreachable']);
    expect(wrongs(chart('')).slice(0, 1)).to.deep.equal(['3 unreachable']);
  });

  it('know that a shallow history begins a child anew that was entered another way before', () => {
    const chart = (deep: string) => `
      <state id="s"><history id="h" ${deep}><transition target="a"/></history>
        <transition event="out" target="o"/>
        <state id="a"/>
        <state id="b">
          <state id="b1"><transition event="x" target="a"/></state>
          <state id="b2"><transition event="x" target="b1"/></state>
        </state>
      </state>
      <state id="o"><transition event="back" target="h"/><transition event="in" target="b2"/></state>`;
    const onlyByHistory = (deep: string) => wrongs(chart(deep).replace('<transition event="x" target="b1"/>', ''));
    expect(onlyByHistory('')).to.deep.equal([]);
    expect(onlyByHistory('type="deep"')).to.deep.equal(['6 unreachable']);
  });

  it('take no state for a dead end that an ancestor or another region leaves', () => {
    const found = wrongs(`
      <parallel id="p">
        <state id="a"><state id="a1"/></state>
        <state id="b"><transition event="x" target="c"/></state>
      </parallel>
      <state id="c"><state id="c1"/><transition event="x" target="p"/></state>`);
    expect(found).to.deep.equal([]);
  });

  it('let a policy rest, and not a procedure', () => {
    const watch = `<state id="watch"><transition event="seen" target="watch"/></state>`;
    expect(wrongs(watch, 'policy', ['seen'])).to.deep.equal([]);
    expect(wrongs(watch, 'any')).to.deep.equal([]);
    expect(wrongs(watch, 'procedure')).to.deep.equal(['1 dead-end']);
    expect(wrongs(watch, 'procedure', [])).to.deep.equal(['1 dead-end', '1 unknown-event']);
    expect(wrongs('<state id="deaf"/>', 'policy')).to.deep.equal(['1 dead-end']);
  });

  it('tell a procedure that goes round for ever once, in its first state', () => {
    const found = wrongs(
      `<state id="a"><invoke id="i" type="attitune" src="A.b"/>
         <transition event="done.invoke.i" target="b"/><transition event="error" target="end"/></state>
       <state id="b"><transition event="done.state.x error" target="c"/></state>
       <state id="c"><transition event="error" target="b"/></state>
       <final id="end"/>`,
      'procedure',
    );
    expect(found).to.deep.equal(['3 dead-end', '3 unknown-event']);
  });

  it('let a procedure try again without end as long as a way leads out', () => {
    const found = wrongs(
      `<datamodel><data id="n" expr="0"/></datamodel>
       <state id="try"><invoke id="i" type="attitune" src="A.b"/>
         <transition event="done.invoke.i" target="end"/><transition event="error.execution" target="wait"/></state>
       <state id="wait"><onentry><send event="again" delay="1s"/></onentry><transition event="again" target="try"/></state>
       <final id="end"/>`,
      'procedure',
      [],
    );
    expect(found).to.deep.equal([]);
  });

  it('let a region end where something hears that the whole is done', () => {
    const found = wrongs(
      `<parallel id="p">
         <state id="a"><state id="a1"><transition event="error" target="a2"/></state><final id="a2"/></state>
         <state id="b"><final id="b1"/></state>
         <transition event="done.state.p" target="end"/>
       </parallel>
       <final id="end"/>`,
      'procedure',
      [],
    );
    expect(found).to.deep.equal([]);
  });

  it('take a circle for endless only where nothing can lead out of it', () => {
    const circle = (cond: string) =>
      `<state id="a"><transition event="x" target="b"/></state>
       <state id="b"><transition ${cond} target="c"/></state>
       <state id="c"><transition target="b"/></state>`;
    expect(wrongs(circle(''))).to.deep.equal(['2 endless-loop']);
    expect(wrongs(circle('cond="In(\'a\')"'))).to.deep.equal([]);
    expect(wrongs(circle('event="x"'))).to.deep.equal([]);
    const chain =
      '<state id="a"><transition target="b"/></state><state id="b"><transition event="x" target="a"/></state>';
    expect(wrongs(chain)).to.deep.equal([]);
  });

  it('see the circle that an outer state makes, and the way out that another region takes', () => {
    expect(
      wrongs(`<state id="o"><transition target="i"/><state id="i"/></state>`).filter((text) => /loop/.test(text)),
    ).to.deep.equal(['1 endless-loop']);
    const region = `<parallel id="p">
        <state id="a"><transition target="a"/></state>
        <state id="b"><transition target="end"/></state>
      </parallel><final id="end"/>`;
    expect(wrongs(region)).to.deep.equal([]);
  });
});
