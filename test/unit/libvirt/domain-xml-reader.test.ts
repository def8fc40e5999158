import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { formatError } from '../../../core/model/errors.js';
import type { AttituneError } from '../../../core/model/errors.js';
import type { DomainDescription } from '../../../core/model/hypervisor.js';
import { domainXml } from '../../../wrappers/libvirt/domain-xml.js';
import { readDomainXml } from '../../../wrappers/libvirt/domain-xml-reader.js';

const read = (name: string) => readDomainXml(readFileSync(`test/fixtures/domain/${name}.xml`, 'utf8'));
const told = (description: DomainDescription) => {
  const { document, ...rest } = description;
  expect(document).to.be.a('string');
  return rest;
};
const small = (inner: string, attributes = 'type="qemu"') =>
  `<domain ${attributes}><name>n</name><memory unit="MiB">64</memory>${inner}</domain>`;

describe("the reader of libvirt's domain documents", () => {
  it('reads a machine with much that a description does not say', () => {
    expect(told(read('desktop'))).to.deep.equal({
      name: 'desk top',
      uuid: '0f1d2c3b-4a59-4687-8796-a5b4c3d2e1f0',
      memoryMiB: 1536,
      maxMemoryMiB: 4096,
      vcpus: 2,
      maxVcpus: 8,
      disks: [
        { path: '/var/lib/libvirt/images/desktop.qcow2', format: 'qcow2' },
        { path: '/dev/vg/data', format: 'raw' },
      ],
      networks: [
        { mac: '52:54:00:aa:bb:cc', network: 'default' },
        { mac: '', bridge: 'br0' },
      ],
      cpuModel: 'Skylake-Client',
      consoleLog: '/var/log/desk.log',
    });
  });

  it('reads a machine that runs, whose balloon is above its memory', () => {
    expect(told(read('running'))).to.deep.equal({
      name: 'running',
      uuid: '8a1b7c66-53b0-4f2e-9d0e-d3c1a2b4f5e6',
      memoryMiB: 384,
      vcpus: 1,
      disks: [{ path: '/images/running.img', format: 'raw' }],
      boot: {
        kernel: '/images/vmlinuz',
        initrd: '/images/initrd',
        commandLine: 'console=ttyS0 attitune.ip=10.0.0.9/24',
      },
      networks: [{ mac: '52:54:00:00:00:09', bridge: 'br0' }],
      consoleLog: '/var/log/running.log',
    });
  });

  const sizes: Readonly<Record<string, number>> = {
    '<memory>65536</memory>': 64,
    '<memory unit="bytes">67108864</memory>': 64,
    '<memory unit="b">67108864</memory>': 64,
    '<memory unit="KB">67108</memory>': 63,
    '<memory unit="k">65536</memory>': 64,
    '<memory unit="m"> 64 </memory>': 64,
    '<memory unit="MB">64</memory>': 61,
    '<memory unit="gib">2</memory>': 2048,
    '<memory unit="TiB">1</memory>': 1048576,
    '<memory unit="MiB">512</memory><currentMemory unit="MiB">64</currentMemory>': 64,
  };
  for (const [memory, expected] of Object.entries(sizes)) {
    it(`reads ${memory}`, () => {
      expect(readDomainXml(`<domain type="qemu"><name>n</name>${memory}</domain>`).memoryMiB).to.equal(expected);
    });
  }

  const bomb = `<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "${'&a;'.repeat(10)}">]>`;
  const wrong: Readonly<Record<string, readonly [xml: string, expected: RegExp]>> = {
    'an XML bomb': [bomb + small('&b;'), /^vm\.xml:1:1: error xml-malformed: document type declarations/],
    'an entity that is not predefined': [small('<title>&b;</title>'), /^vm\.xml:1:\d+: error xml-malformed: /],
    'elements nested too deeply': [small('<a>'.repeat(300) + '</a>'.repeat(300)), /nested more than 200 deep/],
    'a document that is too large': [small('<!-- x -->'.repeat(200_000)), /^vm\.xml:1:1: .*larger than 1 MiB/],
    'what is not well-formed': [small('<a></b>'), /^vm\.xml:1:\d+: error xml-malformed: /],
    'another document': ['<network><name>n</name></network>', /^vm\.xml:1:1: error xml-element: .*<network>/],
    text: ['just text', /error xml-malformed: /],
    nothing: ['', /error xml-malformed: /],
    'no name': ['<domain type="qemu"><memory>1</memory></domain>', /error xml-element: the domain has no <name>/],
    'no memory': ['<domain type="qemu"><name>n</name></domain>', /error xml-element: the domain has no <memory>/],
    'memory that is no number': [
      '<domain type="qemu"><name>n</name>\n  <memory>1e3</memory></domain>',
      /^vm\.xml:2:3: error value: .*1e3.* is no size/,
    ],
    'an unknown unit': ['<domain><name>n</name><memory unit="acre">1</memory></domain>', /error value: .*acre/],
    'no virtual CPU': [small('<vcpu>0</vcpu>'), /^vm\.xml:1:\d+: error value: "0" is no number of virtual CPUs/],
    'a negative number of virtual CPUs': [small('<vcpu current="-1">2</vcpu>'), /error value: "-1" is no number/],
  };
  for (const [what, [xml, expected]] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      let error: unknown;
      try {
        readDomainXml(xml, 'vm.xml');
      } catch (thrown) {
        error = thrown;
      }
      expect(formatError(error as AttituneError)).to.match(expected);
    });
  }
});

describe('editing a domain document', () => {
  it('replaces a disk in its place, with what belonged to its old image', () => {
    const before = read('desktop');
    const disks = before.disks.map((disk, index) => (index === 0 ? { ...disk, path: '/pool/new.qcow2' } : disk));
    const xml = domainXml({ ...before, disks }, { type: 'kvm' });
    expect(xml).to.include('<source file="/pool/new.qcow2"/>').and.include('discard="unmap"');
    expect(xml).to.not.include('/base.img');
    expect(xml).to.include('<target dev="vda" bus="virtio"/>\n      <boot order="1"/>');
  });

  it('gives a new disk a target that is free', () => {
    const before = read('desktop');
    const xml = domainXml({ ...before, disks: [...before.disks, { path: '/a.img', format: 'raw' }] }, { type: 'kvm' });
    expect(xml).to.match(/<source file="\/a\.img"\/>\s*<target dev="vdd" bus="virtio"\/>/);
  });

  it('forgets how a number of CPUs was laid out that is no more', () => {
    const xml = domainXml({ ...read('desktop'), vcpus: 3, maxVcpus: 6 }, { type: 'kvm' });
    expect(xml).to.include('<vcpu placement="static" cpuset="0-3" current="3">6</vcpu>');
    expect(xml).to.not.include('<topology').and.not.include('hotpluggable');
  });

  it('makes a machine for hardware virtualisation one for emulation where the host can do only that', () => {
    const xml = small('<cpu mode="host-passthrough" check="none"/>', 'type="kvm"');
    const written = domainXml(readDomainXml(xml), { type: 'qemu' });
    expect(written).to.include('type="qemu"').and.include('>qemu64</model>').and.not.include('host-passthrough');
    expect(domainXml(readDomainXml(xml), { type: 'qemu', types: ['kvm', 'qemu'] })).to.include('host-passthrough');
  });

  it('gives the maximum of its memory to QEMU that would lose writes, beside the arguments of others', () => {
    const uneven = { type: 'qemu', unevenMemory: true };
    const desktop = { ...read('desktop'), memoryMiB: 256, maxMemoryMiB: 512 };
    const xml = domainXml(desktop, uneven);
    expect(xml)
      .to.include(`size=${512 * 1048576 + 8192}"`)
      .and.include('value="edu"');
    expect(xml.match(/commandline>/g)).to.have.length(2);
    expect(told(readDomainXml(xml))).to.deep.include({ memoryMiB: 256, maxMemoryMiB: 512 });
    const plain = domainXml(readDomainXml(xml), { type: 'qemu' });
    expect(plain).to.include('value="edu"').and.not.include('attitune.ram');
  });

  it('refuses memory in NUMA cells where it would have to change it', () => {
    const xml = small('<cpu><numa><cell id="0" cpus="0" memory="64" unit="MiB"/></numa></cpu>');
    expect(() => domainXml({ ...readDomainXml(xml), memoryMiB: 128 }, { type: 'qemu' })).to.throw('NUMA cells');
    expect(() => domainXml(readDomainXml(xml), { type: 'qemu', unevenMemory: true })).to.throw('would lose writes');
  });

  it('keeps the labels with the metadata of others', () => {
    const labelled = domainXml({ ...read('desktop'), labels: { image: 'tomcat', 'a"<': '&' } }, { type: 'kvm' });
    expect(readDomainXml(labelled).labels).to.deep.equal({ image: 'tomcat', 'a"<': '&' });
    expect(labelled).to.include('urn:example:inventory');
  });
});
