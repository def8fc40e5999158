import { expect } from 'chai';
import { libraryWorld } from '../../support/library-world.js';

/** Three hosts with room for two machines each, or for one larger one; both machines are on the first. */
const SMALL = { hostMemory: '1200 MiB', maxMemory: '2048 MiB', together: 'gather' };

describe('library: scale-vm', function () {
  this.timeout(60_000);

  async function world(set: Readonly<Record<string, string>>) {
    const made = libraryWorld({ set: { ...SMALL, ...set } });
    await made.deploy();
    const size = async (name: string) => {
      const { hypervisor } = made.infrastructure.host(made.hostOf(name) ?? '');
      const { memoryMiB, vcpus } = (await made.clock.runUntil(hypervisor.describe(name))).description;
      return { memoryMiB, vcpus };
    };
    const attributes = (name: string) => [made.attribute(name, 'memory'), made.attribute(name, 'vcpus')];
    const scale = () => made.tell('operator.scale', 'Machine_1', 'scale-vm');
    return { ...made, size, attributes, scale };
  }

  it('scales where it is, while the host has room, and rests then', async () => {
    const made = await world({ newVcpus: '2', hostMemory: '2048 MiB', machines: '1' });
    expect(await made.scale()).to.equal('scaled');
    expect(made.hostOf('Machine_1')).to.equal('host1');
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 576, vcpus: 2 });
    expect(made.attributes('Machine_1')).to.deep.equal(['576 MiB', '2']);
    expect(await made.scale()).to.equal('notNow');
    expect(made.texts().join('\n')).to.match(/it was scaled 0 s ago and rests for 60 s/);
    await made.pass(61_000);
    expect(await made.scale()).to.equal('scaled');
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 864, vcpus: 2 });
  });

  it('migrates first where the host has no room, and scales there', async () => {
    const made = await world({ newMemory: '800 MiB' });
    expect([made.hostOf('Machine_1'), made.hostOf('Machine_2')]).to.deep.equal(['host1', 'host1']);
    expect(await made.scale()).to.equal('scaled');
    expect(made.hostOf('Machine_1')).to.equal('host2');
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 800, vcpus: 1 });
    expect(made.attributes('Machine_1')).to.deep.equal(['800 MiB', '1']);
    expect(await made.domains('host1')).to.deep.equal(['Machine_2']);
    expect(made.texts().join('\n')).to.match(/host1 has no room for Machine_1 to grow, and host2 has 944 MiB free/);
    expect(made.state('Tomcat_1')).to.equal('started');
  });

  it('leaves it as it was where no host has room, and tells why', async () => {
    const made = await world({ newMemory: '1500 MiB' });
    expect(await made.scale()).to.equal('noRoom');
    expect(made.eventsNamed('scale.exhausted')[0]?.arg).to.match(/needs 1500 MiB and host2 has 944 MiB free; .*host3/);
    expect(made.hostOf('Machine_1')).to.equal('host1');
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 384, vcpus: 1 });
    expect(made.attributes('Machine_1')).to.deep.equal(['384 MiB', '1']);
    expect(made.attribute('Machine_1', 'scaledAt')).to.equal(undefined);
  });

  it('tries another host where one refuses it, until none is left', async () => {
    // their own systems take some of the memory, and the deployment says that they don't
    const made = await world({ newMemory: '1000 MiB' });
    for (const host of ['host2', 'host3']) made.setAttribute(host, 'memoryReserved', '0 MiB');
    expect(await made.scale()).to.equal('noRoom');
    const why = made.eventsNamed('scale.exhausted')[0]?.arg ?? '';
    expect(why).to.match(/host2 is left out.*host3 is left out.*needs 1000 MiB, and host3 has room for/);
    expect(made.hostOf('Machine_1')).to.equal('host1');
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 384, vcpus: 1 });
  });

  it('leaves it as it was where it cannot be migrated, and tells why', async () => {
    const made = await world({ newMemory: '800 MiB' });
    made.infrastructure.faults.migrationsStall();
    expect(await made.scale()).to.equal('notMoved');
    expect(made.eventsNamed('scale.failed')[0]?.arg).to.match(/it is running on host1/);
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 384, vcpus: 1 });
    expect(made.state('Machine_1')).to.equal('started');
  });

  it('grows to its maximum and no further', async () => {
    const made = await world({ newMemory: '+200 %', maxMemory: '500 MiB', machines: '1' });
    expect(await made.scale()).to.equal('scaled');
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 500, vcpus: 1 });
    await made.pass(61_000);
    expect(await made.scale()).to.equal('notNow');
    expect(made.texts().join('\n')).to.match(/it has 500 MiB and 1 virtual CPU, which is its maximum/);
  });

  it('fails for a size that is none, and for what is no VM', async () => {
    const made = await world({ newMemory: 'much' });
    expect(await made.scale()).to.equal('failed');
    expect(await made.tell('operator.scale', 'Tomcat_1', 'scale-vm')).to.equal('failed');
    expect(made.texts().join('\n')).to.match(/Tomcat_1 is no virtual machine/);
    expect(await made.size('Machine_1')).to.deep.equal({ memoryMiB: 384, vcpus: 1 });
  });
});
