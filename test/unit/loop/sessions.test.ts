import { expect } from 'chai';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { AdministrationEvent } from '../../../core/model/administration.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { diagramOf, loopOf, wrapperOf, type Behaviour } from '../../support/loop.js';

const DEPLOYMENT = deploymentOf({
  classes: [componentClass('Apache'), componentClass('Tomcat', { initial: 2 })],
  associations: [association('workers', 'Apache', '1', 'Tomcat', '1..*')],
});

const REPAIR = `
  <state id="work"><invoke id="w" type="attitune" src="this.work"/><transition event="done.invoke.w" target="end"/></state>
  <final id="end"/>`;

function eventOf(component: string, rest: Partial<AdministrationEvent> = {}): AdministrationEvent {
  return { id: 1, name: 'broken', component, at: 0, why: 'a test', ...rest };
}

/** A loop whose operation `work` takes a second; tells who worked from when to when. */
function slowLoop(behaviour?: Behaviour) {
  const spans: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  const wrappers = wrapperOf(
    behaviour ??
      (async (_operation, { component, infrastructure, signal }) => {
        const from = infrastructure.clock.now();
        await delay(infrastructure.clock, 1000, signal);
        spans.push({ name: component.name, from, to: infrastructure.clock.now() });
        return undefined;
      }),
    ['work', 'start', 'stop', 'fail'],
  );
  return { ...loopOf(DEPLOYMENT, wrappers), spans };
}

describe('diagram sessions', () => {
  it('run side by side for components apart', async () => {
    const { sessions, clock, spans } = slowLoop();
    const repair = diagramOf('repair', REPAIR);
    const all = ['Tomcat_1', 'Tomcat_2'].map((name) => sessions.request({ diagram: repair, event: eventOf(name) })!);
    await clock.runUntil(Promise.all(all));
    expect(spans.map(({ from }) => from)).to.deep.equal([0, 0]);
  });

  it('run one after the other where they share a component', async () => {
    const { sessions, clock, spans } = slowLoop();
    const one = diagramOf('one', REPAIR);
    const all = diagramOf('all', REPAIR.replace('this.work', 'Tomcat.work'));
    await clock.runUntil(
      Promise.all([
        sessions.request({ diagram: one, event: eventOf('Tomcat_1') })!,
        sessions.request({ diagram: all, event: eventOf('Apache_1') })!,
      ]),
    );
    expect(spans).to.deep.equal([
      { name: 'Tomcat_1', from: 0, to: 1000 },
      { name: 'Tomcat_1', from: 1000, to: 2000 },
      { name: 'Tomcat_2', from: 1000, to: 2000 },
    ]);
  });

  it('are not started twice for the same component', async () => {
    const { sessions, clock, spans } = slowLoop();
    const repair = diagramOf('repair', REPAIR);
    const first = sessions.request({ diagram: repair, event: eventOf('Tomcat_1') });
    expect(sessions.request({ diagram: repair, event: eventOf('Tomcat_1') })).to.equal(undefined);
    await clock.runUntil(first!);
    expect(spans).to.have.length(1);
    expect(sessions.request({ diagram: repair, event: eventOf('Tomcat_1') })).to.not.equal(undefined);
    await clock.runUntil(sessions.stopAll());
  });

  it('of one diagram that is used with other parameters are two, also for the same event', async () => {
    const { sessions, clock, spans } = slowLoop();
    const each = diagramOf('each', REPAIR.replace('this.work', '$of.work'));
    const requests = ['Tomcat', 'Apache', 'Tomcat'].map((of) =>
      sessions.request({ diagram: each, event: eventOf('Apache_1'), parameters: { of } }),
    );
    expect(requests[2]).to.equal(undefined);
    await clock.runUntil(Promise.all(requests.map((request) => request ?? Promise.resolve())));
    expect(spans.map(({ name }) => name).sort()).to.deep.equal(['Apache_1', 'Tomcat_1', 'Tomcat_2']);
  });

  it('fail on an error that no transition takes, and say so in the journal', async () => {
    const { sessions, clock, texts } = slowLoop(() =>
      Promise.reject(new AttituneError('operation-failed', 'it is on fire.')),
    );
    const result = await clock.runUntil(
      sessions.request({ diagram: diagramOf('repair', REPAIR), event: eventOf('Tomcat_1') })!,
    );
    expect(result.status).to.equal('failed');
    expect(texts()).to.include('Tomcat_1: work failed: it is on fire.');
    expect(texts().at(-1)).to.match(/^repair: repair failed: .*it is on fire/);
  });

  it('take an error by a transition, with its code and message', async () => {
    const { sessions, clock } = slowLoop(() => Promise.reject(new AttituneError('operation-failed', 'it is on fire.')));
    const states = REPAIR.replace(
      '</state>',
      '<transition event="error.execution" cond="_event.data.code === \'operation-failed\'" target="undone"/></state><final id="undone"/>',
    );
    const result = await clock.runUntil(
      sessions.request({ diagram: diagramOf('repair', states), event: eventOf('Tomcat_1') })!,
    );
    expect(result).to.include({ status: 'final', finalState: 'undone' });
  });

  it('give an operation up after its time, and mark the component as failed', async () => {
    const { sessions, clock, system } = slowLoop((_operation, { infrastructure, signal }) =>
      delay(infrastructure.clock, 3_600_000, signal),
    );
    const states = REPAIR.replace('this.work', 'this.start');
    const result = await clock.runUntil(
      sessions.request({ diagram: diagramOf('repair', states), event: eventOf('Tomcat_1') })!,
    );
    expect(result.status).to.equal('failed');
    expect(clock.now()).to.equal(10_000);
    expect(system.component('Tomcat_1').lifeCycle.state).to.equal('failed');
    expect(system.component('Tomcat_1').lifeCycle.failure).to.match(/did not end within 10 s/);
  });

  it('create, use and remove a component', async () => {
    const { sessions, clock, system, spans } = slowLoop();
    const states = `
      <state id="grow"><invoke id="g" type="attitune" src="Tomcat++"/><transition event="done.invoke.g" target="work"/></state>
      <state id="work"><invoke id="w" type="attitune" src="new.work"/><transition event="done.invoke.w" target="shrink"/></state>
      <state id="shrink"><invoke id="s" type="attitune" src="this.workers--"/><transition event="error.execution" target="kept"/></state>
      <final id="kept"/>`;
    const result = await clock.runUntil(
      sessions.request({ diagram: diagramOf('grow', states), event: eventOf('Apache_1') })!,
    );
    expect(result).to.include({ status: 'final', finalState: 'kept' });
    expect(spans.map(({ name }) => name)).to.deep.equal(['Tomcat_3']);
    // each may go but the last, whose going Apache's lower bound forbids
    expect(system.instances('Tomcat').map(({ name }) => name)).to.deep.equal(['Tomcat_3']);
  });

  it('are called off with their operations', async () => {
    let aborted = false;
    const { sessions, clock } = slowLoop(async (_operation, { infrastructure, signal }) => {
      await delay(infrastructure.clock, 3_600_000, signal).catch((error: unknown) => {
        aborted = true;
        throw error;
      });
    });
    const done = sessions.request({ diagram: diagramOf('repair', REPAIR), event: eventOf('Tomcat_1') })!;
    await clock.advance(100);
    await clock.runUntil(sessions.stopAll());
    expect((await done).status).to.equal('stopped');
    expect(aborted).to.equal(true);
    expect(sessions.busy).to.equal(0);
  });

  it('write an attribute that the diagram sets', async () => {
    const { sessions, clock, system } = slowLoop();
    const states =
      '<state id="a"><onentry><at:set xmlns:at="urn:attitune:diagram:1" path="this.pid" expr="arg"/></onentry><transition target="end"/></state><final id="end"/>';
    await clock.runUntil(
      sessions.request({ diagram: diagramOf('set', states), event: eventOf('Tomcat_1', { arg: '4711' }) })!,
    );
    expect(system.component('Tomcat_1').attribute('pid')).to.equal('4711');
  });
});
