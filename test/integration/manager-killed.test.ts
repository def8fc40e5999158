import { expect } from 'chai';
import { SeededRandom } from '../../core/model/random.js';
import { MortalWorld } from '../support/mortal-world.js';

describe('a manager that is killed while its machines go on', function () {
  this.timeout(120_000);

  it('is followed by one that takes everything up as it is', async () => {
    const world = new MortalWorld();
    await world.deploy();
    const before = await world.domains();
    expect(before).to.deep.equal(['Machine_1 running on host1', 'Machine_2 running on host2']);
    world.kill();
    await world.clock.advance(60_000);
    await world.deploy();
    expect(await world.domains()).to.deep.equal(before);
    expect(world.events).to.deep.equal([]);
    expect(['Machine_1', 'Tomcat_1', 'Apache_1'].map((name) => world.state(name))).to.deep.equal(
      Array(3).fill('started'),
    );
  });

  it('leaves a migration that goes on without it, and whose outcome is told', async () => {
    const world = new MortalWorld();
    await world.deploy();
    await world.clock.advance(20_000);
    const begun = new Promise<void>((resolve) => {
      world.bus.subscribe('migration', ({ fraction }) => {
        if (fraction > 0.2) resolve();
      });
    });
    world.manager.events.raise({ name: 'operator.evacuate', component: 'host1', why: 'a test' });
    await world.clock.runUntil(begun);
    world.kill();
    expect(world.manager.journal.entries.some(({ kind }) => kind === 'migration')).to.equal(false);
    await world.deploy();
    await world.clock.advance(120_000);
    const domains = await world.domains();
    expect(domains.filter((text) => text.startsWith('Machine_1'))).to.have.length(1);
    expect(domains.join()).to.not.contain('host1');
    expect(world.texts().join('\n')).to.match(
      /migration Machine_1: Machine_1 has arrived on host\d from host1: the migration that a former manager began went on without it/,
    );
    expect(world.texts().join('\n')).to.not.match(/vm\.failed|cut-off|not safe to repeat/);
    expect(world.events.map(({ name }) => name)).to.include('evacuated');
    expect(world.state('Machine_1')).to.equal('started');
  });

  it('is followed by one that finds what another has migrated, and what has died', async () => {
    const world = new MortalWorld();
    await world.deploy();
    world.kill();
    const { infrastructure, clock } = world;
    const target = { host: 'host3', uri: infrastructure.host('host3').migrationUri };
    await clock.runUntil(infrastructure.connect('host1').migrate('Machine_1', target));
    infrastructure.faults.domainDies('Machine_2');
    await world.deploy();
    await world.clock.advance(120_000);
    expect(world.hostOf('Machine_1')).to.equal('host3');
    expect(world.events.map(({ name, component }) => `${name} ${component}`)).to.deep.equal(['vm.failed Machine_2']);
    // which is repaired
    expect(await world.domains()).to.deep.equal(['Machine_1 running on host3', 'Machine_2 running on host2']);
  });

  it('is followed by one that goes on without a host that does not answer, and takes it in when it does', async () => {
    const world = new MortalWorld({ fenced: 'no' });
    await world.deploy();
    world.kill();
    world.infrastructure.faults.hostUnreachable('host2');
    await world.deploy();
    await world.clock.advance(30_000);
    expect(world.state('host2')).to.equal('failed');
    expect(world.events.map(({ name }) => name))
      .to.include('host.unreachable')
      .and.not.include('vm.failed');
    world.infrastructure.faults.hostRecovers('host2');
    await world.clock.advance(60_000);
    expect(['host2', 'Machine_2', 'Tomcat_2'].map((name) => world.state(name))).to.deep.equal(Array(3).fill('started'));
    expect(await world.domains()).to.deep.equal(['Machine_1 running on host1', 'Machine_2 running on host2']);
  });

  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    it(`has each machine run once in the end, whatever dies whenever (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const upTo = (most: number) => Math.floor(random.next() * most);
      const world = new MortalWorld({ fenced: 'no', limit: '50' }, seed);
      const { faults } = world.infrastructure;
      await world.deploy();
      await world.clock.advance(10_000);
      for (let times = 0; times < 5; times += 1) {
        const host = `host${1 + upTo(3)}`;
        world.manager.events.raise({ name: 'operator.evacuate', component: host, why: 'a test' });
        await world.clock.advance(upTo(9000));
        const victim = `host${1 + upTo(3)}`;
        const fault = upTo(3);
        if (fault === 0) faults.daemonDies(victim);
        if (fault === 1) faults.hostUnreachable(victim);
        if (fault === 2) faults.hostDies(victim);
        await world.clock.advance(upTo(4000));
        world.kill();
        await world.clock.advance(upTo(8000));
        if (fault === 0) faults.daemonRestarts(victim);
        if (fault === 1 && upTo(2) === 0) faults.hostRecovers(victim);
        await world.deploy();
        await world.clock.advance(upTo(20_000));
        if (fault !== 0) faults.hostRecovers(victim);
        await world.clock.advance(upTo(20_000));
        const running = (await world.domains()).filter((text) => text.includes(' running '));
        const names = running.map((text) => text.split(' ')[0]);
        expect(new Set(names).size, running.join()).to.equal(names.length);
        world.manager.events.raise({ name: 'operator.reopen', component: host, why: 'a test' });
      }
      await world.clock.advance(600_000);
      const domains = await world.domains();
      const told = `${domains.join('\n')}\n${world.texts().slice(-60).join('\n')}`;
      expect(domains.map((text) => text.split(' ')[0]).sort(), told).to.deep.equal(['Machine_1', 'Machine_2']);
      for (const name of ['host1', 'host2', 'host3', 'Machine_1', 'Machine_2'])
        expect(world.state(name), `${name}\n${told}`).to.equal('started');
      for (const name of ['Machine_1', 'Machine_2'])
        expect(domains, told).to.include(`${name} running on ${world.hostOf(name)}`);
      expect(world.events.map(({ name }) => name)).to.not.include('vm.doubled');
    });
  }
});
