import { expect } from 'chai';
import { failuresOf, libraryWorld, withFaulty } from '../../support/library-world.js';

describe('library: rolling-update', function () {
  this.timeout(60_000);

  it('updates one after the other, and no request is dropped', async () => {
    const world = libraryWorld({ set: { machines: '3' } });
    await world.deploy();
    const load = world.load(90);
    await world.pass(2000);
    expect(await world.tell('operator.update', 'Apache_1', 'rolling-update')).to.equal('updated');
    await world.pass(2000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    const steps = world
      .texts()
      .flatMap((text) => /^(\S+): (drain|update|admit) …$/.exec(text)?.slice(1).join(' ') ?? []);
    const turn = (n: number) => ['Apache_1 drain', `Tomcat_${n} update`, 'Apache_1 admit'];
    expect(steps).to.deep.equal([...turn(1), ...turn(2), ...turn(3)]);
    expect(new Set(Object.values(world.states('Tomcat')))).to.deep.equal(new Set(['started']));
    const last = load.samples.slice(-100).map(({ worker }) => worker);
    expect(new Set(last)).to.deep.equal(new Set(['Tomcat_1', 'Tomcat_2', 'Tomcat_3']));
  });

  it('stops at the first that fails: it is out of service, the rest untouched, and no request is dropped', async () => {
    const software = withFaulty((argv) => argv.includes('/opt/release/install') && argv.includes('Tomcat_2'));
    const world = libraryWorld({ set: { machines: '3' }, simulation: { software } });
    await world.deploy();
    const load = world.load();
    await world.pass(1000);
    expect(await world.tell('operator.update', 'Apache_1', 'rolling-update')).to.equal('halted');
    await world.pass(1000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'started', Tomcat_2: 'failed', Tomcat_3: 'started' });
    expect(world.attribute('Tomcat_2', 'drained')).to.equal('yes');
    expect(world.texts().filter((text) => text.startsWith('Tomcat_3: update'))).to.deep.equal([]);
    const [told] = world.eventsNamed('update.halted');
    expect(told?.component).to.equal('Tomcat_2');
    expect(told?.arg).to.contain('/opt/release/install');
    expect(new Set(load.samples.slice(-40).map(({ worker }) => worker))).to.deep.equal(
      new Set(['Tomcat_1', 'Tomcat_3']),
    );
  });

  it('does not put one back that does not start', async () => {
    let broken = false;
    const software = withFaulty(([program]) => broken && program?.endsWith('catalina.sh') === true);
    const world = libraryWorld({ simulation: { software } });
    await world.deploy();
    broken = true;
    expect(await world.tell('operator.update', 'Apache_1', 'rolling-update')).to.equal('halted');
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'failed', Tomcat_2: 'started' });
    const load = world.load();
    await world.pass(2000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(new Set(load.samples.map(({ worker }) => worker))).to.deep.equal(new Set(['Tomcat_2']));
  });

  it('touches nothing where only one serves', async () => {
    const world = libraryWorld({ set: { machines: '1' } });
    await world.deploy();
    expect(await world.tell('operator.update', 'Apache_1', 'rolling-update')).to.equal('tooFew');
    expect(world.texts().filter((text) => / (drain|update) …/.test(text))).to.deep.equal([]);
  });
});
