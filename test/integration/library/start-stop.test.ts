import { expect } from 'chai';
import { libraryWorld, withFaulty } from '../../support/library-world.js';
import { failureOf } from '../../support/web-world.js';

describe('library: start and stop', function () {
  this.timeout(60_000);

  it('start machines, then what is inside, then what is bound to that, and stop in the reverse order', async () => {
    const world = libraryWorld();
    await world.deploy();
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'started', Tomcat_2: 'started' });
    expect(world.state('Apache_1')).to.equal('started');
    await world.undeploy();
    const order = (operation: string) =>
      world.texts().flatMap((text) => (text.endsWith(`: ${operation} …`) ? [text.split(':')[0]] : []));
    expect(order('start')).to.deep.equal(['Machine_1', 'Machine_2', 'Tomcat_1', 'Tomcat_2', 'Apache_1']);
    expect(order('stop')).to.deep.equal(['Apache_1', 'Tomcat_1', 'Tomcat_2', 'Machine_1', 'Machine_2']);
  });

  it('stops again what it started when something does not start', async () => {
    const software = withFaulty(
      ([program], { name }) => program?.endsWith('catalina.sh') === true && name === 'Machine_2',
    );
    const world = libraryWorld({ simulation: { software } });
    const error = await failureOf(world.deploy());
    expect(error.message).to.contain('Tomcat_2');
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'stopped', Machine_2: 'stopped' });
    expect(world.state('Tomcat_1')).to.equal('stopped');
    expect(world.state('Apache_1')).to.equal('stopped');
    expect([...(await world.domains('host1')), ...(await world.domains('host2'))]).to.deep.equal([]);
  });

  it('starts nothing where bindings lead round in a circle, and names it', async () => {
    const world = libraryWorld({ file: 'circle' });
    const error = await failureOf(world.deploy());
    expect(error.message).to.contain(
      'There is no order to start in, for each of these needs the next: Front_1 → Back_1 → Front_1.',
    );
    expect(world.texts().filter((text) => text.endsWith('start …'))).to.deep.equal([]);
  });

  it('stops the rest when something does not stop, and tells what', async () => {
    const world = libraryWorld();
    await world.deploy();
    world.infrastructure.faults.hostUnreachable('gate');
    await world.undeploy();
    expect(world.state('Apache_1')).to.equal('failed');
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'stopped', Tomcat_2: 'stopped' });
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'stopped', Machine_2: 'stopped' });
    expect(world.eventsNamed('stop.incomplete')[0]?.arg).to.contain('Apache_1');
  });

  it('does not take a machine for stopped whose host does not answer', async () => {
    const world = libraryWorld();
    await world.deploy();
    world.infrastructure.faults.hostUnreachable('host3');
    world.infrastructure.faults.hostUnreachable('host1');
    await world.undeploy();
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'failed', Machine_2: 'stopped' });
  });
});
