import { expect } from 'chai';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { diagramOf, loopOf, wrapperOf, type Behaviour } from '../../support/loop.js';
import { bindStep, eventOf, procedureOf, stateOf, type Step } from '../../support/procedures.js';

const DEPLOYMENT = deploymentOf({
  classes: [
    componentClass('Apache', { initial: 2 }),
    componentClass('Tomcat', { initial: 2, attributes: { zone: 'a' } }),
    componentClass('Cache'),
  ],
  associations: [
    association('workers', 'Apache', '0..2', 'Tomcat', '0..3'),
    association('cache', 'Tomcat', '*', 'Cache', '0..1'),
  ],
});
const OPERATIONS = ['start', 'stop', 'work', 'configure', 'fail', 'migrate'];

/** A loop whose operations take a second; `fail` fails, and so does what `behaviour` rejects. */
function world(behaviour: Behaviour = () => Promise.resolve(), operations = OPERATIONS) {
  const calls: string[] = [];
  const wrappers = wrapperOf(async (operation, context) => {
    const { component, infrastructure, signal } = context;
    calls.push(`${component.name}.${operation}`);
    await delay(infrastructure.clock, 1000, signal);
    if (operation === 'fail') throw new AttituneError('operation-failed', 'it is on fire.');
    return behaviour(operation, context);
  }, operations);
  const loop = loopOf(DEPLOYMENT, wrappers);
  const run = (steps: readonly Step[], component = 'Apache_1') =>
    loop.clock.runUntil(
      loop.sessions.request({ diagram: procedureOf('grow', steps), event: eventOf(component) }) ??
        Promise.reject(new Error('it was not started')),
    );
  const trouble = () => {
    const last = loop.journal.entries.filter(({ kind, subject }) => kind === 'trouble' && subject === 'grow');
    expect(last, 'entries of trouble of the procedure').to.have.length(1);
    return last[0]!;
  };
  return { ...loop, calls, run, trouble };
}

describe('a procedure that fails', () => {
  it('has the component removed that it made, after it was stopped, with its bindings', async () => {
    const { run, system, calls, trouble } = world();
    const before = stateOf(system);
    const result = await run(['Tomcat++', 'new.start', 'new.fail']);
    expect(stateOf(system)).to.deep.equal(before);
    expect(calls).to.deep.equal(['Tomcat_3.start', 'Tomcat_3.fail', 'Tomcat_3.stop']);
    expect(result.status).to.equal('failed');
    expect(result.error?.code).to.equal('operation-failed');
    expect(result.error?.message).to.match(/it is on fire\. Undone: Tomcat_3 removed\.$/);
    expect(result.error?.details['rollback']).to.deep.equal({ undone: ['Tomcat_3 removed'], kept: [], failed: [] });
    expect(trouble().text).to.match(/^grow failed: .*on fire\. Undone: Tomcat_3 removed\.$/);
    expect(trouble().data).to.deep.include({
      code: 'rolled-back',
      reason: 'operation-failed',
      undone: ['Tomcat_3 removed'],
      kept: [],
      failed: [],
    });
  });

  it('has the component stopped and removed whose own start failed', async () => {
    const { run, system, calls } = world((operation) =>
      operation === 'start' ? Promise.reject(new Error('no port')) : Promise.resolve(),
    );
    const before = stateOf(system);
    await run(['Tomcat++', 'new.start']);
    expect(calls).to.deep.equal(['Tomcat_3.start', 'Tomcat_3.stop']);
    expect(stateOf(system)).to.deep.equal(before);
  });

  it('is unbound again, also where the client runs', async () => {
    const { run, system } = world();
    system.component('Tomcat_1').lifeCycle.restore('started', 'started');
    const before = stateOf(system);
    const result = await run([
      bindStep('Apache_1', 'workers', 'Tomcat'),
      bindStep('Tomcat_1', 'cache', 'Cache_1'),
      'this.fail',
    ]);
    expect(stateOf(system)).to.deep.equal(before);
    expect(result.error?.message).to.contain('Undone: Tomcat_1.cache unbound from Cache_1, Apache_1.workers unbound');
  });

  it('is bound again', async () => {
    const { run, system } = world();
    system.component('Apache_1').bind('workers', system.component('Tomcat_2'));
    const before = stateOf(system);
    const result = await run([bindStep('this', 'workers', 'this.workers', 'unbind'), 'this.fail']);
    expect(stateOf(system)).to.deep.equal(before);
    expect(result.error?.message).to.contain('Undone: Apache_1.workers bound to Tomcat_2.');
  });

  it('is stopped, last started first, and side by side what one call started', async () => {
    const { run, system, calls, clock } = world();
    const before = stateOf(system);
    await run(['Tomcat.start', 'Apache.start', 'Cache.fail']);
    expect(stateOf(system)).to.deep.equal(before);
    expect(calls.slice(5)).to.have.members(['Apache_1.stop', 'Apache_2.stop', 'Tomcat_1.stop', 'Tomcat_2.stop']);
    expect(calls.slice(5, 7)).to.have.members(['Apache_1.stop', 'Apache_2.stop']);
    expect(clock.now()).to.equal(5000);
  });

  it('has attributes set back to what they were before its first step', async () => {
    const { run, system } = world();
    const before = stateOf(system);
    const result = await run([{ set: 'Tomcat.zone' }, { set: 'Tomcat.zone' }, { set: 'this.pid' }, 'this.fail']);
    expect(stateOf(system)).to.deep.equal(before);
    expect(result.error?.message).to.contain('Apache_1.pid unset, Tomcat_2.zone set back to "a"');
  });

  it('tells what cannot be undone', async () => {
    const { run, system, trouble } = world();
    system.component('Tomcat_1').lifeCycle.restore('started', 'started');
    await run(['this.configure', 'Tomcat_1.stop', 'Tomcat--', 'this.configure', 'this.fail']);
    expect(system.has('Tomcat_2')).to.equal(false);
    expect(trouble().data).to.deep.include({
      undone: [],
      kept: ['Tomcat_2 was removed', 'Tomcat_1 is stopped, although it ran before', 'Apache_1.configure'],
    });
    expect(trouble().text).to.contain('Cannot be undone: Tomcat_2 was removed, Tomcat_1 is stopped');
  });

  it('leaves a component that it restarted as it is: it runs, as before', async () => {
    const { run, system, trouble } = world();
    system.component('Tomcat_2').lifeCycle.restore('started', 'started');
    await run(['Tomcat_2.stop', 'Tomcat_2.start', 'this.fail']);
    expect(system.component('Tomcat_2').lifeCycle.state).to.equal('started');
    expect(trouble().data).to.deep.include({ code: 'operation-failed' });
  });

  it('lets a component fail again that had failed before it was started', async () => {
    const { run, system } = world();
    system.component('Tomcat_1').lifeCycle.enter('failed', 'its disk is full');
    await run(['Tomcat_1.start', 'this.fail']);
    const { state, failure } = system.component('Tomcat_1').lifeCycle;
    expect([state, failure]).to.deep.equal(['failed', 'its disk is full']);
  });

  it('leaves the component whose start failed as failed, with the reason', async () => {
    const { run, system, trouble } = world((operation, { component }) =>
      operation === 'start' && component.name === 'Tomcat_2' ? Promise.reject(new Error('no port')) : Promise.resolve(),
    );
    await run(['Tomcat.start']);
    expect(system.component('Tomcat_1').lifeCycle.state).to.equal('stopped');
    expect(system.component('Tomcat_2').lifeCycle.failure).to.match(/no port/);
    expect(trouble().data).to.deep.include({ undone: ['Tomcat_1 stopped'], kept: ['Tomcat_2 is failed'] });
  });

  it('makes a component failed that cannot be stopped, and takes it from its peers all the same', async () => {
    const { run, system, trouble } = world((operation) =>
      operation === 'stop' ? Promise.reject(new Error('it does not listen')) : Promise.resolve(),
    );
    const { bindings } = stateOf(system);
    await run(['Tomcat++', 'new.start', 'this.start', 'new.fail']);
    const { state, failure } = system.component('Tomcat_3').lifeCycle;
    expect(state).to.equal('failed');
    expect(failure).to.match(/it does not listen/);
    expect(system.component('Apache_1').lifeCycle.state).to.equal('failed');
    expect(stateOf(system).bindings).to.deep.equal(bindings);
    expect(trouble().text).to.match(/Undoing failed: Apache_1.*it does not listen; Tomcat_3.*it does not listen\./);
  });

  it('ends also where the undo hangs', async () => {
    const { run, system, clock } = world((operation) =>
      operation === 'stop' ? new Promise(() => undefined) : Promise.resolve(),
    );
    await run(['Tomcat_1.start', 'this.fail']);
    // two steps, the time-out of stop, and the time it is given to end in order
    expect(clock.now()).to.equal(2000 + 10_000 + 20_000);
    expect(system.component('Tomcat_1').lifeCycle.failure).to.match(/did not end within 10 s.*not known/);
  });

  it('says where a wrapper has no operation to stop with', async () => {
    const { run, system, trouble } = world(undefined, ['start', 'fail']);
    await run(['Tomcat_1.start', 'Tomcat++', 'new.start', 'this.fail']);
    expect(system.component('Tomcat_1').lifeCycle.state).to.equal('started');
    expect(system.component('Tomcat_3').lifeCycle.state).to.equal('failed');
    expect(trouble().text).to.contain('Tomcat_1 is started, for its wrapper has no operation "stop"');
    expect(trouble().text).to.contain('Tomcat_3 has no operation "stop"');
  });

  it('is undone after an operation that never ends, whose component is failed', async () => {
    const { run, system } = world((operation) =>
      operation === 'work' ? new Promise(() => undefined) : Promise.resolve(),
    );
    const result = await run(['Tomcat_1.start', 'Tomcat_2.work']);
    expect(result.error?.code).to.equal('operation-timeout');
    expect(system.component('Tomcat_1').lifeCycle.state).to.equal('stopped');
    expect(system.component('Tomcat_2').lifeCycle.state).to.equal('failed');
  });

  it('is undone after steps without an end', async () => {
    const { sessions, clock, system } = world();
    const before = stateOf(system);
    const loop = diagramOf(
      'grow',
      `<state id="a"><invoke id="g" type="attitune" src="Tomcat++"/><transition event="done.invoke.g" target="b"/></state>
       <state id="b"><transition cond="In('a')" target="end"/><transition target="c"/></state>
       <state id="c"><transition target="b"/></state><final id="end"/>`,
    );
    const result = await clock.runUntil(sessions.request({ diagram: loop, event: eventOf('Apache_1') })!);
    expect(result.error?.message).to.match(/Undone: Tomcat_3 removed/);
    expect(stateOf(system)).to.deep.equal(before);
  });

  it('is undone once what it called off has ended', async () => {
    const { sessions, clock, system, calls } = world(async (operation, { component, infrastructure }) => {
      // it takes its time whether it is called off or not
      if (operation === 'start' && component.name === 'Tomcat_1') await delay(infrastructure.clock, 5000);
    });
    const before = stateOf(system);
    const both = diagramOf(
      'grow',
      `<parallel id="p">
         <state id="a"><invoke id="x" type="attitune" src="Tomcat_1.start"/></state>
         <state id="b"><invoke id="y" type="attitune" src="Apache_1.fail"/><transition event="never" target="end"/></state>
       </parallel><final id="end"/>`,
    );
    await clock.runUntil(sessions.request({ diagram: both })!);
    expect(calls).to.deep.equal(['Tomcat_1.start', 'Apache_1.fail', 'Tomcat_1.stop']);
    expect(clock.now()).to.equal(7000);
    expect(stateOf(system)).to.deep.equal(before);
  });

  it('keeps its components to itself until it is undone', async () => {
    const { sessions, clock, calls } = world();
    const failing = sessions.request({
      diagram: procedureOf('grow', ['this.start', 'this.fail']),
      event: eventOf('Tomcat_1'),
    })!;
    const next = sessions.request({ diagram: procedureOf('next', ['this.work']), event: eventOf('Tomcat_1') })!;
    await clock.runUntil(Promise.all([failing, next]));
    expect(calls).to.deep.equal(['Tomcat_1.start', 'Tomcat_1.fail', 'Tomcat_1.stop', 'Tomcat_1.work']);
  });
});

describe('a procedure that does not fail', () => {
  it('keeps what it did where it takes the error', async () => {
    const { sessions, clock, system } = world();
    const taking = diagramOf(
      'grow',
      `<state id="a"><invoke id="g" type="attitune" src="Tomcat++"/><transition event="done.invoke.g" target="b"/></state>
       <state id="b"><invoke id="f" type="attitune" src="this.fail"/><transition event="error" target="end"/></state>
       <final id="end"/>`,
    );
    const result = await clock.runUntil(sessions.request({ diagram: taking, event: eventOf('Apache_1') })!);
    expect(result.status).to.equal('final');
    expect(system.has('Tomcat_3')).to.equal(true);
  });

  it('keeps what it did where it is stopped, and says so', async () => {
    const { sessions, clock, system, calls, texts } = world();
    const diagram = procedureOf('grow', ['Tomcat_1.start', 'this.work']);
    const done = sessions.request({ diagram, event: eventOf('Apache_1') })!;
    await clock.advance(1500);
    await clock.runUntil(sessions.stopAll());
    expect((await done).status).to.equal('stopped');
    expect(system.component('Tomcat_1').lifeCycle.state).to.equal('started');
    expect(calls).to.not.include('Tomcat_1.stop');
    expect(texts().at(-1)).to.match(/^grow: diagram grow is called off; what it did so far is not undone/);
  });

  it('is not undone on the way down', async () => {
    const { sessions, clock, system } = world();
    system.component('Apache_1').bind('workers', system.component('Tomcat_2'));
    const steps = [bindStep('Apache_1', 'workers', 'Tomcat_2', 'unbind'), 'Apache_1.fail'];
    const diagram = procedureOf('down', steps);
    const result = await clock.runUntil(sessions.request({ diagram, transactional: false })!);
    expect(result.status).to.equal('failed');
    expect(stateOf(system).bindings).to.deep.equal([]);
  });
});
