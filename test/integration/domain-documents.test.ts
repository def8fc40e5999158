import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { LibvirtHypervisor, readDomainXml } from '../../wrappers/libvirt/index.js';
import { checkSubmission, inspectImage, submittedDomain } from '../../wrappers/vm/submit/index.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback } from '../support/private-libvirt.js';
import type { PrivateLibvirt } from '../support/private-libvirt.js';
import { document, submission } from '../support/submissions.js';

const told = (description: DomainDescription) => {
  const { document: text, uuid, ...rest } = description;
  expect([text, uuid]).to.not.include(undefined);
  return rest;
};

describe("domain documents, as libvirt's daemon keeps them", function () {
  this.timeout(120_000);
  let libvirt: PrivateLibvirt | undefined;
  let host: LibvirtHypervisor | undefined;
  const hypervisor = () => host as LibvirtHypervisor;

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    libvirt = await startLibvirtOnLoopback();
    const uri = `qemu+unix:///system?socket=${libvirt.daemons[0]!.socket}`;
    host = await LibvirtHypervisor.connect({ host: 'host1', uri, connectTimeoutMs: 20_000 });
  });
  after(async () => {
    await host?.close();
    await libvirt?.stop();
  });

  const name = fc.stringMatching(/^[a-z][\w.+-]{0,20}$/);
  const path = fc
    .string({ unit: fc.constantFrom('a', 'ü', ' ', '<', '&', '>', '"', "'", '%', ','), minLength: 1, maxLength: 8 })
    .map((text) => `/images/${text}x`);
  const asked: fc.Arbitrary<DomainDescription> = fc
    .record({
      name,
      size: fc.record({
        memoryMiB: fc.integer({ min: 1, max: 4096 }),
        more: fc.nat(1024),
        vcpus: fc.integer({ min: 1, max: 8 }),
        others: fc.nat(8),
      }),
      disks: fc.uniqueArray(path, { maxLength: 3 }),
      macs: fc.uniqueArray(fc.integer({ min: 16, max: 255 }), { maxLength: 3 }),
      boot: fc.option(fc.record({ kernel: path, initrd: path, commandLine: path })),
      consoleLog: fc.option(path),
      labels: fc.dictionary(name, path, { maxKeys: 2, noNullPrototype: true }),
    })
    .map(({ size, disks, macs, boot, consoleLog, labels, ...rest }) => ({
      ...rest,
      memoryMiB: size.memoryMiB,
      ...(size.more > 0 && { maxMemoryMiB: size.memoryMiB + size.more }),
      vcpus: size.vcpus,
      ...(size.others > 0 && { maxVcpus: size.vcpus + size.others }),
      disks: disks.map((one, index) => ({
        path: one,
        format: index === 1 ? ('qcow2' as const) : ('raw' as const),
        ...(index === 2 && { readOnly: true }),
      })),
      ...(macs.length > 0 && {
        networks: macs.map((byte, index) => ({
          mac: `52:54:00:00:01:${byte.toString(16)}`,
          ...(index === 1 ? { network: 'default' } : { bridge: 'br0' }),
        })),
      }),
      ...(boot && { boot }),
      ...(consoleLog !== null && { consoleLog }),
      ...(Object.keys(labels).length > 0 && { labels }),
    }));

  it('tell what was asked, also when they are defined again', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.integer({ min: 1, max: 64 }), async (one, memoryMiB) => {
        await hypervisor().define(one);
        const { description } = await hypervisor().describe(one.name);
        expect(told(description)).to.deep.equal(one);
        await hypervisor().define({ ...description, memoryMiB, maxMemoryMiB: 64 });
        const changed = told((await hypervisor().describe(one.name)).description);
        const kept: Record<string, unknown> = { ...one };
        delete kept['maxMemoryMiB'];
        expect(changed).to.deep.equal({ ...kept, memoryMiB, ...(memoryMiB < 64 && { maxMemoryMiB: 64 }) });
        await hypervisor().undefine(one.name);
      }),
      { numRuns: 25 },
    );
  });

  it('tell what was asked of a domain that runs', async () => {
    const one: DomainDescription = {
      name: 'runs',
      memoryMiB: 64,
      vcpus: 1,
      maxVcpus: 2,
      disks: [],
      labels: { image: 'none' },
    };
    await hypervisor().create({ ...one, consoleLog: join(libvirt!.directory, 'console.log') });
    try {
      const live = readDomainXml(await hypervisor().xmlDescription('runs'));
      expect(live).to.deep.include({
        name: 'runs',
        memoryMiB: 64,
        vcpus: 1,
        maxVcpus: 2,
        labels: { image: 'none' },
      });
      expect(live.consoleLog).to.equal(join(libvirt!.directory, 'console.log'));
      expect(live.document).to.include('attitune.ram');
    } finally {
      await hypervisor().destroy('runs');
    }
  });

  it('keep what a description does not say', async () => {
    const fixture = readFileSync('test/fixtures/domain/desktop.xml', 'utf8');
    const usable = fixture
      .replace(/<os firmware="efi">/, '<os>')
      .replace(/<graphics[\s\S]*?<\/graphics>/, '')
      .replace(/<video>[\s\S]*?<\/video>/, '')
      .replace(/<hyperv[\s\S]*?<\/hyperv>/, '')
      .replace(/<seclabel[^>]*>/, '')
      .replace('desk top', 'desktop');
    const read = readDomainXml(usable);
    await hypervisor().define({ ...read, labels: { image: 'x' }, memoryMiB: 1024 });
    const { description } = await hypervisor().describe('desktop');
    expect(description).to.deep.include({
      memoryMiB: 1024,
      maxMemoryMiB: 4096,
      vcpus: 2,
      maxVcpus: 8,
      labels: { image: 'x' },
    });
    for (const kept of [
      'The &lt;front&gt; desk',
      'urn:example:inventory',
      "name='pool/image'",
      "value='edu'",
      "mode='bridge'",
      "discard='unmap'",
      "offset='localtime'",
    ])
      expect(description.document).to.include(kept);
    await hypervisor().undefine('desktop');
  });

  it('of a submitted machine are taken, and it runs', async () => {
    const image = join(libvirt!.directory, 'web.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '8M']);
    const facts = submission({
      image: await inspectImage(image, { executor: new LocalExecutor({ node: 'here' }) }),
      xml: document(
        '<memballoon model="virtio"/>',
        '<title>of a user</title>',
        '<memory unit="MiB">64</memory><vcpu>1</vcpu>',
      ),
    });
    expect(checkSubmission(facts)).to.deep.equal([]);
    const description = submittedDomain(facts, {
      disk: { path: image, format: 'qcow2' },
      freshUuid: () => '11111111-2222-4333-8444-555555555555',
      freshMac: () => '52:54:00:00:00:77',
      labels: { image: 'submitted' },
    });
    await hypervisor().define(description);
    await hypervisor().start('web');
    const running = await hypervisor().describe('web');
    expect(running).to.deep.include({
      state: 'running',
      persistent: true,
      uuid: '11111111-2222-4333-8444-555555555555',
    });
    expect(running.description).to.deep.include({
      disks: [{ path: image, format: 'qcow2' }],
      labels: { image: 'submitted' },
    });
    expect(running.description.document).to.include('<title>of a user</title>');
    await hypervisor().destroy('web');
    await hypervisor().undefine('web');
  });
});
