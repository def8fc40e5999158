import { expect } from 'chai';
import type { SessionResult } from '../../../core/model/diagram.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { diagramOf, loopOf, wrapperOf } from '../../support/loop.js';

const DEPLOYMENT = deploymentOf({
  classes: [componentClass('Apache'), componentClass('Tomcat', { initial: 2 })],
  associations: [association('workers', 'Apache', '1', 'Tomcat', '1..*')],
});

function loop() {
  const made = loopOf(
    DEPLOYMENT,
    wrapperOf(() => Promise.resolve(undefined), ['start', 'stop', 'work']),
  );
  for (const { name } of made.system.instances('Tomcat'))
    made.system.place(made.system.component(name), made.system.component('host1'));
  /** Runs one call for Tomcat_1, and tells how it ended. */
  const call = (
    src: string,
    params: Readonly<Record<string, string>> = {},
    parameters: Readonly<Record<string, string>> = {},
  ) => {
    const given = Object.entries(params).map(([name, expr]) => `<param name="${name}" expr="${expr}"/>`);
    const states = `
      <state id="call"><invoke id="it" type="attitune" src="${src}">${given.join('')}</invoke>
        <transition event="done.invoke.it" target="done"/>
        <transition event="error.execution" target="refused"/></state>
      <final id="done"><donedata><content expr="_event.data"/></donedata></final>
      <final id="refused"><donedata><content expr="_event.data"/></donedata></final>`;
    const event = { id: 1, name: 'go', component: 'Tomcat_1', at: 0, why: 'a test' };
    return made.clock.runUntil(made.sessions.request({ diagram: diagramOf('call', states), event, parameters })!);
  };
  return { ...made, call };
}

const refusal = (result: SessionResult) => result.data as { code: string; message: string };

describe('operations of every component', () => {
  it('list what a path reaches, with state, place and attributes', async () => {
    const { call, system } = loop();
    system.component('Tomcat_2').setAttribute('zone', 'a');
    const { data } = await call('Tomcat.list', { only: "'Tomcat_2'" });
    expect(data).to.deep.equal([
      {
        name: 'Tomcat_2',
        srname: 'Tomcat_2',
        class: 'Tomcat',
        state: 'stopped',
        node: 'host1',
        host: 'host1',
        nodeName: 'host1',
        zone: 'a',
      },
    ]);
    expect((await call('this.workers.list')).data).to.have.length(1);
  });

  it('place a stopped component on another host of its family, and refuse what runs or is no host', async () => {
    const { call, system } = loop();
    expect((await call('this.place', { to: "'host2'" })).data).to.deep.equal({ to: 'host2', names: ['Tomcat_1'] });
    expect(system.hostOf(system.component('Tomcat_1'))?.name).to.equal('host2');
    expect(refusal(await call('this.place', { to: "'host9'" }))).to.deep.include({ code: 'unknown-host' });
    expect(refusal(await call('this.place')).message).to.contain('must be one of its hosts: host1, host2');
    await call('this.start');
    expect(refusal(await call('this.place', { to: "'host1'" }))).to.deep.include({ code: 'illegal-life-cycle' });
  });

  it('fail a component for a reason', async () => {
    const { call, system } = loop();
    await call('this.fail', { why: "'it is worn out'" });
    expect(system.component('Tomcat_1').lifeCycle.state).to.equal('failed');
    expect(system.component('Tomcat_1').lifeCycle.failure).to.equal('it is worn out');
  });

  it('stamp the time', async () => {
    const { call, system, clock } = loop();
    await clock.advance(5000);
    await call('Tomcat.stamp', { attribute: "'scaledAt'" });
    expect(system.instances('Tomcat').map(({ attributes }) => attributes.get('scaledAt'))).to.deep.equal([
      '5000',
      '5000',
    ]);
    expect(refusal(await call('Tomcat.stamp')).message).to.contain('needs the parameter "attribute"');
  });

  it('pass over what lacks an operation, and take variables', async () => {
    const { call } = loop();
    expect((await call('all?.warm')).finalState).to.equal('done');
    expect((await call('$of?.$operation', {}, { of: 'Tomcat', operation: 'work' })).finalState).to.equal('done');
    expect(refusal(await call('$of.work'))).to.deep.include({ code: 'unknown-variable' });
    expect(refusal(await call('this.warm'))).to.deep.include({ code: 'unknown-operation' });
    expect(refusal(await call('Tomcat.work', { only: "'Apache_1'" }))).to.deep.include({ code: 'unknown-component' });
  });
});
