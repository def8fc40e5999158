import { expect } from 'chai';
import { DEFAULT_SOFTWARE, type SimulatedSoftware } from '../../wrappers/simulated/index.js';
import { failureOf, webWorld } from '../support/web-world.js';

/** Calls `act` when the first migration has begun. */
function atMigration(world: ReturnType<typeof webWorld>, act: (vm: string) => void): void {
  let done = false;
  world.bus.subscribe('migration', ({ vm, fraction }) => {
    if (done || fraction <= 0.3) return;
    done = true;
    act(vm);
  });
}

describe('trouble on simulated hosts', function () {
  this.timeout(60_000);

  it('says so when a machine dies while it migrates, and keeps the other serving', async () => {
    const world = webWorld();
    let victim = '';
    atMigration(world, (vm) => {
      victim = vm;
      world.infrastructure.faults.domainDies(vm);
    });
    const { report } = await world.run();
    expect(report.passed).to.equal(false);
    const texts = world.texts().join('\n');
    expect(texts).to.match(new RegExp(`${victim}: migrate failed: .*${victim}`));
    expect(texts).to.match(new RegExp(`${victim}: vm\\.failed.*ended by itself`));
    expect(world.states()).to.include({ Apache_1: 'stopped' });
  });

  it('keeps a machine where it is, and running, when its target dies in the middle', async () => {
    const world = webWorld();
    atMigration(world, () => world.infrastructure.faults.hostDies('host2'));
    const { report } = await world.run();
    expect(world.texts().join('\n')).to.match(/migrate failed/);
    expect(world.texts().join('\n')).to.match(/host2: host\.unreachable/);
    expect(world.texts().join('\n')).to.not.match(/vm\.failed/);
    expect(report.migrations).to.have.length(0);
    expect(Object.keys(report.requests.workers)).to.have.members(['Tomcat_1', 'Tomcat_2']);
  });

  it('gives a stalled migration up after its time and leaves the machine running', async () => {
    const world = webWorld();
    world.infrastructure.faults.migrationsStall();
    const { report } = await world.run();
    expect(report.migrations).to.have.length(0);
    expect(world.texts().join('\n')).to.match(/migrate did not end within|migrate failed/);
    expect(world.texts().join('\n')).to.not.match(/vm\.failed/);
  });

  it('moves nothing while the readings of the hosts are missing', async () => {
    const world = webWorld();
    world.clock.setTimeout(() => {
      for (const host of world.infrastructure.hosts())
        Object.assign(host, { usage: () => Promise.reject(new Error('no meter')) });
    }, 15_000);
    const { report } = await world.run();
    expect(report.migrations).to.have.length(0);
    expect(world.texts().filter((text) => text.includes('no meter'))).to.have.length(2);
  });

  it('fails with the reason when Tomcat does not come up, and takes everything down', async () => {
    const deaf: SimulatedSoftware = {
      name: 'deaf Tomcat',
      matches: ([program]) => program?.endsWith('catalina.sh') === true,
      execute: () => undefined,
    };
    const world = webWorld(1, { software: [deaf, ...DEFAULT_SOFTWARE] });
    const error = await failureOf(world.run());
    expect(error.message).to.match(/Tomcat_[12]/);
    expect(Object.values(world.states()).every((state) => state === 'stopped' || state === 'failed')).to.equal(true);
    expect(world.texts().at(-1)).to.match(/is down$/);
  });

  it('fails with the reason when a guest does not answer', async () => {
    const world = webWorld(1, { guestBootMs: 3_600_000 });
    const error = await failureOf(world.run());
    expect(error.message).to.match(/Machine_[12]/);
  });

  it('says which host has no room for a machine', async () => {
    const world = webWorld(1, { hostMemoryMiB: 300 });
    const error = await failureOf(world.run());
    expect(error.code).to.equal('no-capacity');
    expect(error.message).to.equal(
      'No host has room for Machine_1: host1 has 44 MiB free, 384 MiB are needed; host2 has 44 MiB free, 384 MiB are needed.',
    );
  });
});
