import { expect } from 'chai';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { loopOf, wrapperOf } from '../../support/loop.js';
import { bindStep, eventOf, procedureOf, stateOf, type Step } from '../../support/procedures.js';

const DEPLOYMENT = deploymentOf({
  classes: [
    componentClass('Apache', { initial: 2 }),
    componentClass('Tomcat', { initial: 3 }),
    componentClass('Cache'),
  ],
  associations: [
    association('workers', 'Apache', '0..1', 'Tomcat', '1..2'),
    association('cache', 'Tomcat', '*', 'Cache', '0..1'),
  ],
});

/** Tomcat_1 is a worker of Apache_1, Tomcat_2 of Apache_2; Tomcat_3 is free. */
function world() {
  const loop = loopOf(
    DEPLOYMENT,
    wrapperOf(() => Promise.resolve(), ['start']),
  );
  const run = (...steps: Step[]) =>
    loop.clock.runUntil(
      loop.sessions.request({
        diagram: procedureOf('rebind', steps),
        event: eventOf('Apache_1', { arg: 'Tomcat_3' }),
      })!,
    );
  const refused = async (...steps: Step[]) => {
    const before = stateOf(loop.system);
    const { error } = await run(...steps);
    expect(stateOf(loop.system)).to.deep.equal(before);
    return `${error?.code}: ${error?.message.replace(/^.*?: /, '')}`;
  };
  return { ...loop, run, refused };
}

describe('the operations bind and unbind', () => {
  it('bind and unbind by name and by path, and tell what they did', async () => {
    const { run, system, texts } = world();
    expect((await run(bindStep('this', 'workers', 'arg'))).status).to.equal('final');
    expect(texts()).to.include('Apache_1: workers bound to Tomcat_3');
    expect((await run(bindStep('this', 'workers', 'this.workers', 'unbind'))).status).to.equal('final');
    expect(texts()).to.include('Apache_1: workers unbound from Tomcat_1');
    expect(stateOf(system).bindings).to.deep.equal(['Apache_2.workers → Tomcat_2']);
    expect((await run(bindStep('Tomcat', 'cache', 'Cache'))).status).to.equal('final');
    expect(system.component('Cache_1').incoming).to.have.length(3);
  });

  it('move a worker from one balancer to the other', async () => {
    const { run, system } = world();
    system.component('Apache_1').bind('workers', system.component('Tomcat_3'));
    const result = await run(
      bindStep('Apache_1', 'workers', 'Tomcat_3', 'unbind'),
      bindStep('Apache_2', 'workers', 'Tomcat_3'),
    );
    expect(result.status).to.equal('final');
    expect(stateOf(system).bindings).to.include('Apache_2.workers → Tomcat_3');
  });

  it('hold the upper bounds of both ends', async () => {
    const { refused, system } = world();
    expect(await refused(bindStep('Apache_1', 'workers', 'Tomcat_2'))).to.equal(
      'illegal-binding: Tomcat_2 takes at most 1 Apache by "workers" and has Apache_2: unbind one first.',
    );
    system.component('Apache_1').bind('workers', system.component('Tomcat_3'));
    system.component('Apache_2').unbind('workers', system.component('Tomcat_2'));
    expect(await refused(bindStep('Apache_1', 'workers', 'Tomcat_2'))).to.equal(
      'illegal-binding: Apache_1.workers takes at most 2 bindings and has them.',
    );
  });

  it('bind all or none', async () => {
    const { refused } = world();
    expect(await refused(bindStep('Apache_1', 'workers', 'Tomcat'))).to.match(/already bound to Tomcat_1/);
    expect(await refused(bindStep('Apache_2', 'workers', 'Tomcat', 'unbind'))).to.match(/not bound to Tomcat_1/);
  });

  it('take the last binding of a mandatory interface only from what is stopped', async () => {
    const { run, refused, system } = world();
    system.component('Apache_1').lifeCycle.restore('started', 'started');
    const unbind = bindStep('Apache_1', 'workers', 'Tomcat_1', 'unbind');
    expect(await refused(unbind)).to.equal(
      'illegal-life-cycle: Apache_1 is started: stop it before workers is unbound from Tomcat_1.',
    );
    expect((await run(bindStep('Apache_1', 'workers', 'Tomcat_3'), unbind)).status).to.equal('final');
  });

  it('say what is missing, unknown, or of another kind', async () => {
    const { refused } = world();
    const bind = (association: string, to: string, from = 'Apache_1') => refused(bindStep(from, association, to));
    expect(await bind('worker', 'Tomcat_3')).to.equal('illegal-binding: Apache_1 has no client interface "worker".');
    expect(await bind('workers', 'Apache_2')).to.equal(
      'illegal-binding: Apache_1.workers cannot be bound to Apache_2, which is of Apache: "workers" leads from Apache to Tomcat.',
    );
    expect(await bind('workers', 'Tomcat_9')).to.match(/^unknown-component: .*Tomcat_9/);
    expect(await bind('workers', 'new')).to.match(/^unknown-component: "new" stands for nothing here/);
    expect(await refused({ src: 'this.bind', params: { to: 'Tomcat_3' } })).to.match(/^value: Apache_1.bind needs the/);
    expect(await bind('workers', 'Tomcat_3', 'host1')).to.match(/^illegal-binding: host1 has no client interface/);
  });
});
