import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { MigrationQueue } from '../../../core/model/migration-queue.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { scaleVm, type VmScaling } from '../../../wrappers/vm/scale-vm.js';

const place = { file: 'test', line: 1, column: 1 };

describe('scaling a virtual machine', () => {
  let clock: SimulatedClock;
  let infrastructure: SimulatedInfrastructure;
  let queue: MigrationQueue;

  beforeEach(async () => {
    clock = new SimulatedClock(1_000_000);
    infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    infrastructure.addHost({ name: 'host1', uri: 'qemu+tls://host1/system', attributes: {}, place });
    queue = new MigrationQueue();
    const { totalMiB } = await clock.runUntil(hypervisor().nodeMemory());
    const web = { name: 'web', memoryMiB: 256, vcpus: 1, maxMemoryMiB: totalMiB * 2, maxVcpus: 64, disks: [] };
    await clock.runUntil(hypervisor().create(web));
  });
  afterEach(() => infrastructure.down());

  const hypervisor = () => infrastructure.host('host1').hypervisor;
  const scale = (size: Partial<VmScaling>, domain = 'web') =>
    clock.runUntil(scaleVm({ domain, host: infrastructure.host('host1'), queue, ...size }));
  const failure = async (promise: Promise<unknown>): Promise<AttituneError> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError);
    return error as AttituneError;
  };
  const size = async (name = 'web') => {
    const { memoryMiB, vcpus } = (await clock.runUntil(hypervisor().describe(name))).description;
    return { memoryMiB, vcpus };
  };

  it('sets memory and virtual CPUs, or changes them, and tells both sizes', async () => {
    const former = { memoryMiB: 256, vcpus: 1 };
    expect(await scale({ memory: '+50 %', vcpus: '+1' })).to.deep.include({
      former,
      size: { memoryMiB: 384, vcpus: 2 },
      changed: true,
    });
    expect(await size()).to.deep.equal({ memoryMiB: 384, vcpus: 2 });
    expect(await scale({ memory: '256 MiB', vcpus: '1' })).to.deep.include({ size: former, changed: true });
    expect(await scale({ vcpus: '1' })).to.deep.include({ former, size: former, changed: false });
    const [statistics] = await clock.runUntil(hypervisor().statistics());
    expect(statistics).to.include({ memoryMiB: 256, vcpus: 1 });
  });

  it('refuses no size, one that is none, and one beyond the maximum, and changes nothing', async () => {
    expect((await failure(scale({}))).code).to.equal('value');
    expect((await failure(scale({ memory: 'much' }))).code).to.equal('value');
    expect((await failure(scale({ memory: '-256 MiB' }))).code).to.equal('value');
    const beyond = await failure(scale({ memory: '10 TiB', vcpus: '65' }));
    expect(beyond.code).to.equal('value');
    expect(beyond.message).to.include('65 virtual CPUs of at most 64').and.include('maxMemory');
    expect((await failure(scale({ vcpus: '2' }, 'nobody'))).code).to.equal('domain-not-found');
    expect(await size()).to.deep.equal({ memoryMiB: 256, vcpus: 1 });
  });

  it('is no-capacity where the host has no room, and changes nothing', async () => {
    const { totalMiB } = await clock.runUntil(hypervisor().nodeMemory());
    const { cpus } = await clock.runUntil(hypervisor().capabilities());
    const memory = await failure(scale({ memory: `${totalMiB + 1} MiB` }));
    expect(memory.code).to.equal('no-capacity');
    expect(memory.message).to.include('host1 has room for');
    const both = await failure(scale({ memory: `${totalMiB + 1} MiB`, vcpus: String(cpus + 1) }));
    expect(both.message).to.include('MiB').and.include(`host1 has ${cpus} CPUs`);
    expect(await size()).to.deep.equal({ memoryMiB: 256, vcpus: 1 });
  });

  it('leaves memory that is promised to one on its way alone', async () => {
    const { totalMiB } = await clock.runUntil(hypervisor().nodeMemory());
    const memory = `${Math.floor(totalMiB / 2)} MiB`;
    const ticket = { domain: 'shop', from: 'host2', to: 'host1', memoryMiB: Math.floor(totalMiB * 0.6) };
    const coming = await queue.enter(ticket);
    expect((await failure(scale({ memory }))).code).to.equal('no-capacity');
    coming.leave();
    expect(await scale({ memory })).to.include({ changed: true });
  });

  it('changes the definition of one that does not run, whatever room there is', async () => {
    const { totalMiB } = await clock.runUntil(hypervisor().nodeMemory());
    const cold = { name: 'cold', memoryMiB: 256, vcpus: 1, maxMemoryMiB: totalMiB, disks: [] };
    await clock.runUntil(hypervisor().define(cold));
    expect(await scale({ memory: `${totalMiB} MiB` }, 'cold')).to.include({ changed: true });
    expect(await size('cold')).to.deep.equal({ memoryMiB: totalMiB, vcpus: 1 });
  });
});
