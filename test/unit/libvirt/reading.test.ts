import { expect } from 'chai';
import { readCapabilities } from '../../../wrappers/libvirt/capabilities.js';
import { readLifecycleEvent } from '../../../wrappers/libvirt/domain-events.js';
import { readStatistics } from '../../../wrappers/libvirt/domain-statistics.js';
import { readOutcome, readProgress } from '../../../wrappers/libvirt/job-statistics.js';
import { formatVersion } from '../../../wrappers/libvirt/node.js';

const uuid = '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90';
const guest = (arch: string, ...types: string[]) =>
  `<guest><os_type>hvm</os_type><arch name="${arch}"><wordsize>64</wordsize>` +
  `${types.map((type) => `<domain type="${type}"/>`).join('')}</arch></guest>`;
const capabilities = (...guests: string[]) =>
  `<capabilities><host><uuid>${uuid}</uuid><cpu><arch>x86_64</arch></cpu></host>${guests.join('')}</capabilities>`;

describe("reading libvirt's capabilities", () => {
  it("takes the types of the host's own architecture, hardware first", () => {
    const read = readCapabilities(capabilities(guest('i686', 'qemu', 'xen'), guest('x86_64', 'qemu', 'kvm')));
    expect(read).to.deep.equal({ hostUuid: uuid, architecture: 'x86_64', domainTypes: ['kvm', 'qemu'] });
  });

  it('takes those of any other where it has none, and none where there are none', () => {
    expect(readCapabilities(capabilities(guest('i686', 'test'))).domainTypes).to.deep.equal(['test']);
    expect(readCapabilities(capabilities()).domainTypes).to.deep.equal([]);
  });

  it('takes paravirtual guests where there are no others', () => {
    const paravirtual = guest('x86_64', 'xen').replace('hvm', 'xen');
    expect(readCapabilities(capabilities(paravirtual)).domainTypes).to.deep.equal(['xen']);
    expect(readCapabilities(capabilities(paravirtual, guest('x86_64', 'kvm'))).domainTypes).to.deep.equal(['kvm']);
  });

  for (const text of ['', 'no XML', '<capabilities/>', '<domain/>', '<capabilities><host></capabilities>']) {
    it(`says of "${text}" that it breaks the protocol`, () => {
      expect(() => readCapabilities(text))
        .to.throw()
        .with.property('code', 'protocol');
    });
  }
});

describe("reading libvirt's numbers", () => {
  it('turns nanoseconds, KiB and bytes into our units, and adds up devices', () => {
    const table = new Map<string, number | string>([
      ['state.state', 1],
      ['cpu.time', 2_500_000_000],
      ['vcpu.current', 2],
      ['balloon.current', 393_216],
      ['balloon.maximum', 524_288],
      ['balloon.rss', 262_144],
      ['net.count', 2],
      ['net.0.rx.bytes', 10],
      ['net.0.tx.bytes', 20],
      ['net.1.rx.bytes', 1],
      ['net.1.tx.bytes', 2],
      ['block.count', 1],
      ['block.0.name', 'vda'],
      ['block.0.rd.bytes', 512],
      ['block.0.wr.bytes', 0],
    ]);
    expect(readStatistics('web', uuid, table)).to.deep.equal({
      name: 'web',
      uuid,
      state: 'running',
      cpuSeconds: 2.5,
      vcpus: 2,
      memoryMiB: 384,
      maxMemoryMiB: 512,
      residentMiB: 256,
      network: { receivedBytes: 11, sentBytes: 22 },
      block: { readBytes: 512, writtenBytes: 0 },
    });
  });

  it('leaves out what a busy domain does not tell', () => {
    const table = new Map<string, number | string>([
      ['state.state', 99],
      ['balloon.current', 1024],
      ['block.count', 1],
    ]);
    const read = readStatistics('web', uuid, table);
    expect(read).to.include({ state: 'unknown', memoryMiB: 1, maxMemoryMiB: 1 });
    expect(read).to.not.have.any.keys('residentMiB', 'network', 'block');
  });

  it('reads the progress of a migration, but none before its size is known', () => {
    expect(readProgress('web', new Map([['data_total', 0]]))).to.equal(undefined);
    const table = new Map([
      ['time_elapsed', 700],
      ['data_total', 100],
      ['data_processed', 60],
      ['data_remaining', 40],
      ['memory_iteration', 2],
      ['memory_dirty_rate', 3],
      ['memory_page_size', 4096],
    ]);
    expect(readProgress('web', table)).to.deep.equal({
      domain: 'web',
      elapsedMs: 700,
      processedBytes: 60,
      remainingBytes: 40,
      totalBytes: 100,
      iteration: 2,
      dirtyBytesPerSecond: 12_288,
    });
  });

  it('reads the outcome of a migration, but of no other job', () => {
    expect(readOutcome(new Map([['time_elapsed', 5]]))).to.equal(undefined);
    const table = new Map([
      ['time_elapsed', 1200],
      ['downtime', 88],
      ['data_processed', 1000],
      ['memory_iteration', 4],
    ]);
    const outcome = { elapsedMs: 1200, downtimeMs: 88, transferredBytes: 1000, iterations: 4 };
    expect(readOutcome(table)).to.deep.equal(outcome);
  });

  it('names life-cycle events, also details that are new, and skips kinds that are', () => {
    const dom = { name: 'web', uuid, id: 1 };
    const read = (event: number, detail: number) => readLifecycleEvent({ callbackID: 0, dom, event, detail });
    expect(read(5, 3)).to.deep.equal({ domain: 'web', uuid, kind: 'stopped', detail: 'migrated' });
    expect(read(2, 1)).to.include({ kind: 'started', detail: 'migrated' });
    expect(read(8, 77)).to.include({ kind: 'crashed', detail: '77' });
    expect(read(42, 0)).to.equal(undefined);
  });

  it('writes versions with points', () => {
    expect(formatVersion(9_000_000n)).to.equal('9.0.0');
    expect(formatVersion(7_002_022n)).to.equal('7.2.22');
  });
});
