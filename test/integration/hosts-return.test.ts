import { expect } from 'chai';
import { libraryWorld, outcomeOf } from '../support/library-world.js';

/** Machine_1 is on host1, Machine_2 on host2; host3 is empty. Unless fenced, what cannot be stopped is started nowhere else. */
async function deployed(set: Readonly<Record<string, string>> = {}) {
  const world = libraryWorld({ set: { fenced: 'no', ...set } });
  await world.deploy();
  const told = () =>
    world.events
      .filter(({ name }) => /^(host|vm|process)\./.test(name))
      .map(({ name, component, arg }) => [name, component, arg].filter(Boolean).join(' '));
  return { ...world, told, faults: world.infrastructure.faults };
}

describe('hosts that come back', function () {
  this.timeout(60_000);

  it('have what they had: nothing is started anew, and what nobody could stop counts as started again', async () => {
    const world = await deployed();
    const uuid = world.attribute('Machine_1', 'uuid');
    const end = world.ended('restart-elsewhere');
    world.faults.hostUnreachable('host1');
    expect(outcomeOf(await world.clock.runUntil(end))).to.equal('uncertain');
    expect(['host1', 'Machine_1'].map(world.state)).to.deep.equal(['failed', 'failed']);
    world.faults.hostRecovers('host1');
    await world.pass(20_000);
    expect(['host1', 'Machine_1', 'Tomcat_1'].map(world.state)).to.deep.equal(['started', 'started', 'started']);
    expect(world.told()).to.deep.equal(['host.unreachable host1', 'host.reachable host1']);
    expect(world.hostOf('Machine_1')).to.equal('host1');
    expect(world.attribute('Machine_1', 'whereabouts')).to.equal('host1');
    const [domain] = await world.clock.runUntil(world.infrastructure.host('host1').hypervisor.list());
    expect(uuid).to.be.a('string').and.to.equal(domain?.uuid);
    expect(world.texts().join('\n')).to.match(/Machine_1: Machine_1 runs, as before it was out of sight/);
  });

  it('are no place for anything while they are silent, and are one again', async () => {
    const world = await deployed({ machines: '1' });
    for (const host of ['host2', 'host3']) world.faults.hostUnreachable(host);
    await world.pass(10_000);
    expect(await world.tell('operator.grow', 'Machine_1', 'scale-out')).to.not.equal('failed');
    expect(world.hostOf('Machine_2')).to.equal('host1');
    world.faults.hostRecovers('host2');
    await world.pass(10_000);
    await world.tell('operator.grow', 'Machine_1', 'scale-out');
    await world.pass(61_000);
    await world.tell('operator.grow', 'Machine_1', 'scale-out');
    expect(world.hostOf('Machine_3')).to.equal('host2');
  });

  it('tell what died with them, which is then repaired where it was', async () => {
    const world = await deployed();
    world.faults.hostDies('host1');
    await world.pass(60_000);
    expect(world.told()).to.deep.equal(['host.unreachable host1']);
    const end = world.ended('repair');
    world.faults.hostRecovers('host1');
    await world.clock.runUntil(end);
    expect(world.told()).to.deep.equal(['host.unreachable host1', 'host.reachable host1', 'vm.failed Machine_1 host1']);
    expect(['Machine_1', 'Tomcat_1'].map(world.state)).to.deep.equal(['started', 'started']);
    expect(await world.domains('host1')).to.deep.equal(['Machine_1']);
  });

  it('tell of software that ended meanwhile', async () => {
    const world = await deployed();
    const pid = Number(world.attribute('Tomcat_1', 'pid'));
    const inside = world.infrastructure.guest('Machine_1', () => world.infrastructure.host('host1'));
    world.faults.daemonDies('host1');
    await world.pass(5000);
    world.faults.daemonRestarts('host1');
    await world.pass(20_000);
    expect(world.told()).to.deep.equal(['host.unreachable host1', 'host.reachable host1']);
    world.faults.daemonDies('host1');
    await world.pass(1000);
    const ending = world.infrastructure.connect('host1');
    await ending.close();
    world.faults.daemonRestarts('host1');
    // within the moment before it is looked at
    await world.clock.runUntil(inside.signal(pid, 'SIGKILL'));
    await world.pass(20_000);
    expect(world.told().slice(2)).to.deep.equal([
      'host.unreachable host1',
      'host.reachable host1',
      'process.failed Tomcat_1',
    ]);
    expect(world.state('Machine_1')).to.equal('started');
  });

  it('have it still, if the word that they were off was wrong and the lock of its disk kept it from running twice', async () => {
    const world = await deployed({ fenced: 'yes' });
    const end = world.ended('restart-elsewhere');
    world.faults.hostUnreachable('host1');
    expect(outcomeOf(await world.clock.runUntil(end))).to.equal('incomplete');
    expect(world.attribute('host1', 'fenced')).to.equal('yes');
    expect(world.eventsNamed('restart.incomplete')[0]?.arg).to.match(/its disk .* is in use by Machine_1 on host1/);
    expect([world.hostOf('Machine_1'), world.state('Machine_1')]).to.deep.equal(['host3', 'failed']);
    world.faults.hostRecovers('host1');
    await world.pass(20_000);
    expect(world.attribute('host1', 'fenced'), 'it answers').to.equal(undefined);
    expect([world.hostOf('Machine_1'), world.state('Machine_1')]).to.deep.equal(['host1', 'started']);
    expect(await world.domains('host3')).to.deep.equal([]);
  });

  it('may have lost a machine to another host, where it is found', async () => {
    const world = await deployed();
    world.faults.daemonDies('host1');
    await world.pass(5000);
    world.faults.daemonRestarts('host1');
    const others = world.infrastructure.connect('host1');
    const { migrationUri } = world.infrastructure.host('host3');
    await world.clock.runUntil(others.migrate('Machine_1', { host: 'host3', uri: migrationUri }));
    await world.pass(10_000);
    expect(world.hostOf('Machine_1')).to.equal('host3');
    expect(world.attribute('Machine_1', 'whereabouts')).to.equal('host3');
    expect(world.told().filter((text) => text.startsWith('vm.'))).to.deep.equal([]);
    expect(world.texts().join('\n')).to.match(/Machine_1 is on host3, not on host1 as was thought/);
  });

  it('leave no doubt behind about what was stopped and started since', async () => {
    const world = await deployed();
    world.faults.daemonDies('host1');
    await world.pass(5000);
    expect(world.attribute('Machine_1', 'unseen')).to.equal('yes');
    world.faults.daemonRestarts('host1');
    await world.pass(20_000);
    for (const name of ['Machine_1', 'Tomcat_1']) expect(world.attribute(name, 'unseen'), name).to.equal(undefined);
    expect(await world.tell('operator.elsewhere', 'Machine_1', 'restart-elsewhere')).to.equal('restarted');
    expect(world.told()).to.deep.equal(['host.unreachable host1', 'host.reachable host1']);
  });

  it('go and come many times, and nothing is told that is not so', async () => {
    const world = await deployed();
    for (let times = 0; times < 5; times += 1) {
      world.faults.daemonDies('host2');
      await world.pass(700 * times);
      world.faults.daemonRestarts('host2');
      await world.pass(300 * times);
    }
    await world.pass(20_000);
    expect(world.told().filter((text) => !text.startsWith('host.'))).to.deep.equal([]);
    const events = world.told().map((text) => text.split(' ')[0]);
    expect(events.at(-1)).to.equal('host.reachable');
    expect(events.every((name, index) => name === (index % 2 ? 'host.reachable' : 'host.unreachable'))).to.equal(true);
    expect(['host2', 'Machine_2', 'Tomcat_2'].map(world.state)).to.deep.equal(['started', 'started', 'started']);
  });
});
