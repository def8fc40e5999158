import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { pluginsFor } from '../../../core/app/composition.js';
import { loadDeployment } from '../../../core/app/load-files.js';
import { exploreDeployment } from '../../../core/app/validation/explore/index.js';
import { exploreOnEvent, exploreStart, waysOf } from './explore-world.js';

const END = '<final id="end"/>';

/** One operation and then the end, with more transitions. */
const boot = (more: string, rest = '') =>
  `<state id="up"><invoke id="boot" type="attitune" src="Machine.start"/>
     <transition event="done.invoke.boot" target="end"/>${more}</state>${rest}${END}`;

describe('the exploration of procedures', function () {
  this.timeout(60_000);

  it('finds nothing wrong with a procedure that fails and is undone', async () => {
    for (const machines of [1, 3]) {
      const found = await exploreStart(boot(''), { machines });
      expect(found.problems).to.deep.equal([]);
      expect(found.complete).to.equal(true);
      expect(found.paths).to.be.greaterThan(machines);
    }
  });

  it('finds where a failure leads to a state that waits for nothing, and tells the shortest way', async () => {
    const rest = `<state id="undo"><invoke id="halt" type="attitune" src="Machine.stop"/>
      <transition event="done.invoke.halt" target="wait"/><transition event="error" target="end"/></state>
      <state id="wait"><transition event="done.invoke.boot" target="end"/></state>`;
    const found = await exploreStart(boot('<transition event="error.execution" target="undo"/>', rest));
    expect(found.complete).to.equal(true);
    expect(found.problems).to.have.length(1);
    const [problem] = found.problems;
    expect(problem?.code).to.equal('dead-end');
    expect(problem?.place).to.include({ line: 4, column: 7 });
    expect(problem?.message).to.match(/^diagram does not end: it waits in "wait" .*: boot fails → halt succeeds/);
    expect(problem?.details['path']).to.deep.equal(['boot fails', 'halt succeeds']);
  });

  it('tries time-outs, with their code', async () => {
    const more = `<transition event="error.execution" cond="_event.data.code === 'operation-timeout'" target="wait"/>`;
    const found = await exploreStart(boot(more, '<state id="wait"><transition event="error" target="end"/></state>'));
    expect(waysOf(found)).to.deep.equal(['boot does not answer']);
  });

  it('tries the codes of failures that a diagram tells apart', async () => {
    const more = `<transition event="error.execution" cond="_event.data.code === 'guest-agent'" target="wait"/>`;
    const found = await exploreStart(boot(more, '<state id="wait"><transition event="error" target="end"/></state>'));
    expect(waysOf(found)).to.deep.equal(['boot fails (guest-agent)']);
  });

  it('tries a delayed event before and after the answer', async () => {
    const states = `<state id="up"><onentry><send event="late" delay="5s"/></onentry>
        <invoke id="boot" type="attitune" src="Machine.start"/>
        <transition event="done.invoke.boot" target="booted"/><transition event="late" target="slow"/></state>
      <state id="booted"><transition event="late" target="end"/></state>
      <state id="slow"><transition event="done.invoke.boot" target="end"/></state>${END}`;
    expect(waysOf(await exploreStart(states))).to.deep.equal(['5 s pass']);
  });

  it('tries parallel operations in either order', async () => {
    const region = (id: string, operation: string) =>
      `<state id="${id}"><state id="${id}1"><invoke id="${id}Call" type="attitune" src="${operation}"/>
        <transition event="done.invoke.${id}Call" cond="In('${id === 'a' ? 'b1' : 'a2'}')" target="${id}2"/></state>
        <final id="${id}2"/></state>`;
    const states = (a: string, b: string) =>
      `<parallel id="p">${region('a', a)}${region('b', b)}<transition event="done.state.p" target="end"/></parallel>${END}`;
    // only the order in which b answers first goes wrong
    const wrong = ['bCall succeeds → aCall succeeds'];
    expect(waysOf(await exploreStart(states('Machine.start', 'Tomcat.configure')))).to.deep.equal(wrong);
    const alike = await exploreStart(states('Tomcat_1.configure', 'Tomcat_2.configure'), { machines: 2 });
    expect(waysOf(alike)).to.deep.equal(wrong);
  });

  it('tries the values that a diagram tells apart in an answer, and one that it does not', async () => {
    const call = (guards: string) =>
      `<state id="up"><invoke id="look" type="attitune" src="Tomcat.configure"/>${guards}</state>${END}`;
    const on = (cond: string) => `<transition event="done.invoke.look" cond="${cond}" target="end"/>`;
    expect(waysOf(await exploreStart(call(on("_event.data.result === 'ok'"))))).to.deep.equal([
      'look succeeds with result "something else"',
    ]);
    const both = on("_event.data.result === 'ok'") + on("_event.data.result === 'bad'");
    expect(waysOf(await exploreStart(call(both)))).to.deep.equal([]);
    expect(waysOf(await exploreStart(call(on('_event.data.load &lt; 3'))))).to.deep.equal([
      'look succeeds with load 3',
    ]);
    // two components answer with a list, which has no result
    const many = await exploreStart(call(both), { machines: 2 });
    expect(waysOf(many)).to.deep.equal(['look succeeds with result "ok"']);
  });

  it('tries every answer of a plan, on each host that differs', async () => {
    const plan = (last: string) =>
      `<state id="decide"><invoke id="plan" type="attitune" src="plan:relieve"/>
        <transition event="done.invoke.plan" cond="_event.data.answer === 'move'" target="end"/>
        <transition event="done.invoke.plan" cond="_event.data.answer === 'infeasible'" target="end"/>
        ${last}</state>${END}`;
    const found = await exploreOnEvent(plan(''));
    expect(found.map(({ startedBy }) => startedBy).length).to.be.within(1, 2);
    for (const { problems } of found) {
      expect(problems[0]?.message).to.match(/plan answers (nothing-to-do|no-gain|declined) \(and 2 other ways\)\.$/);
      expect(problems).to.have.length(1);
    }
    const complete = await exploreOnEvent(plan('<transition event="done.invoke.plan" target="end"/>'));
    expect(complete.flatMap(waysOf)).to.deep.equal([]);
  });

  it('follows growth and its refusal', async () => {
    const states = `<state id="grow"><invoke id="more" type="attitune" src="Machine++"/>
        <transition event="done.invoke.more" target="up"/>
        <transition event="error.execution" cond="_event.data.code === 'no-capacity'" target="full"/></state>
      <state id="up"><invoke id="boot" type="attitune" src="new.start"/>
        <transition event="done.invoke.boot error" target="end"/></state>
      <state id="full"><transition event="error" target="end"/></state>${END}`;
    const found = await exploreOnEvent(states);
    expect(found.flatMap(waysOf)).to.deep.equal(found.map(() => 'more fails'));
  });

  it('says where there are more paths than it followed, and never goes on without end', async () => {
    const states = `<datamodel><data id="tries" expr="0"/></datamodel>
      <state id="up"><onentry><assign location="tries" expr="tries + 1"/></onentry>
        <invoke id="boot" type="attitune" src="Machine.start"/>
        <transition event="done.invoke.boot" target="end"/><transition event="error" target="pause"/></state>
      <state id="pause"><onentry><send event="again" delay="1s"/></onentry><transition event="again" target="up"/></state>${END}`;
    const found = await exploreStart(states, { limits: { paths: 20, choices: 50 } });
    expect(found).to.include({ paths: 20, complete: false });
    const short = await exploreStart(states, { limits: { paths: 200, choices: 4 } });
    expect(short.complete).to.equal(false);
    // without a count of the tries there is an end to it
    const same = await exploreStart(states.replace('tries + 1', '1'));
    expect(same.complete).to.equal(true);
  });

  it('finds nothing wrong with the example, and goes through all of it', async () => {
    const file = asset('examples/apache-tomcat/web.deployment.xml');
    const { loaded } = loadDeployment(file, pluginsFor);
    const found = loaded ? await exploreDeployment(loaded, pluginsFor(file)) : [];
    expect(found.map(({ startedBy }) => startedBy)).to.include.members(['start', 'stop']);
    for (const { startedBy, complete, problems } of found) {
      expect(problems, startedBy).to.deep.equal([]);
      expect(complete, startedBy).to.equal(true);
    }
  });
});
