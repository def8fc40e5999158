import { expect } from 'chai';
import { libraryWorld } from '../../support/library-world.js';

async function deployed(set: Readonly<Record<string, string>> = {}) {
  const world = libraryWorld({ file: 'energy', set });
  await world.deploy();
  const powered = () =>
    Object.fromEntries(['host1', 'host2', 'host3'].map((name) => [name, world.attribute(name, 'powered') ?? 'on']));
  const raise = (name: string, component: string) => world.manager.events.raise({ name, component, why: 'a test' });
  return { ...world, powered, raise, on: () => Object.values(powered()).filter((state) => state === 'on').length };
}

describe('library: energy', function () {
  this.timeout(60_000);

  it('gathers what has little to do, switches hosts off, and wakes one when the load grows', async () => {
    const world = await deployed();
    await world.pass(180_000);
    expect(world.on()).to.equal(1);
    expect(world.manager.migrations).to.have.length(2);
    expect(world.states('Machine')).to.deep.equal({ m1: 'started', m2: 'started', m3: 'started' });
    expect(world.eventsNamed('host.unreachable')).to.deep.equal([]);
    expect(world.eventsNamed('host.failed')).to.deep.equal([]);
    world.raise('operator.work', 'Loop_1');
    world.raise('operator.work', 'Loop_2');
    await world.pass(150_000);
    expect(world.on()).to.equal(2);
    expect(new Set(['m1', 'm2'].map((name) => world.hostOf(name))).size).to.equal(2);
    world.raise('operator.rest', 'Loop_1');
    world.raise('operator.rest', 'Loop_2');
    await world.pass(240_000);
    expect(world.on()).to.equal(1);
    expect(world.eventsNamed('energy.failed')).to.deep.equal([]);
    await world.undeploy();
  });

  it('keeps spare hosts on, and hosts that were woken for a while', async () => {
    const world = await deployed({ spare: '1' });
    await world.pass(180_000);
    expect(world.on()).to.equal(2);
    const kept = await deployed({ minimumOn: '1 h' });
    await kept.pass(180_000);
    expect(kept.on()).to.equal(1);
    const before = kept.powered();
    kept.raise('operator.work', 'Loop_1');
    kept.raise('operator.work', 'Loop_2');
    await kept.pass(150_000);
    const woken = Object.entries(kept.powered()).find(([name, state]) => state === 'on' && before[name] === 'off');
    kept.raise('operator.rest', 'Loop_1');
    kept.raise('operator.rest', 'Loop_2');
    await kept.pass(300_000);
    expect(kept.powered()[woken?.[0] ?? '']).to.equal('on');
  });

  it('wakes a host for what finds no room', async () => {
    const world = await deployed();
    await world.pass(180_000);
    const [on] = Object.entries(world.powered()).filter(([, state]) => state === 'on');
    expect(await world.tell('operator.extra', String(on?.[0]), 'extra')).to.equal('failed');
    expect(world.eventsNamed('room.wanted')).to.have.length(1);
    await world.pass(45_000);
    expect(world.on()).to.equal(2);
    expect(await world.tell('operator.extra', String(on?.[0]), 'extra')).to.equal('done');
    const [extra] = world.system.instances('Extra');
    expect(world.hostOf(extra?.name ?? '')).not.to.equal(on?.[0]);
  });

  it('leaves a host on whose machine cannot be moved away', async () => {
    const world = await deployed();
    world.infrastructure.faults.migrationsStall();
    await world.pass(600_000);
    expect(world.on()).to.equal(3);
    expect(world.eventsNamed('energy.failed').length).to.be.greaterThan(0);
    expect(world.states('Machine')).to.deep.equal({ m1: 'started', m2: 'started', m3: 'started' });
  });

  it('switches nothing off without fresh readings', async () => {
    const world = await deployed();
    for (const name of ['host1', 'host2', 'host3'])
      Object.assign(world.infrastructure.host(name), { usage: () => Promise.reject(new Error('no meter')) });
    await world.pass(180_000);
    expect(world.on()).to.equal(3);
    expect(world.texts().join('\n')).to.include('no fresh CPU reading of host1, so nothing is switched off');
  });

  it('tells that a host does not come up, and goes on', async () => {
    const world = await deployed();
    await world.pass(180_000);
    const off = Object.entries(world.powered())
      .filter(([, state]) => state === 'off')
      .map(([name]) => name);
    for (const name of off)
      Object.assign(world.infrastructure.host(name).power ?? {}, { on: () => Promise.reject(new Error('no current')) });
    world.raise('operator.work', 'Loop_1');
    world.raise('operator.work', 'Loop_2');
    await world.pass(150_000);
    expect(world.on()).to.equal(1);
    expect(world.texts().join('\n')).to.include('powerOn failed: host');
    expect(world.states('Machine')).to.deep.equal({ m1: 'started', m2: 'started', m3: 'started' });
  });
});
