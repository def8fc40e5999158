import { expect } from 'chai';
import fc from 'fast-check';
import type { DomainDescription } from '../../../core/model/hypervisor.js';
import { attributeOf, childrenOf, parseXml, textOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import { domainXml } from '../../../wrappers/libvirt/domain-xml.js';

const full: DomainDescription = {
  name: 'web',
  uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90',
  memoryMiB: 384,
  vcpus: 2,
  disks: [
    { path: '/images/web.img', format: 'raw' },
    { path: '/images/tools.qcow2', format: 'qcow2', readOnly: true },
  ],
  boot: { kernel: '/boot/vmlinuz', initrd: '/boot/initrd', commandLine: 'console=ttyS0 root=/dev/vda' },
  networks: [{ bridge: 'br0', mac: '52:54:00:00:00:01' }],
  consoleLog: '/var/log/web.log',
};
const small: DomainDescription = { name: 'small', memoryMiB: 32, vcpus: 1, disks: [] };

function parse(description: DomainDescription, type = 'qemu'): XmlElement {
  return parseXml(domainXml(description, { type }), 'domain.xml');
}

function at(root: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((element, name) => element && childrenOf(element, name)[0], root);
}

const text = (root: XmlElement, ...path: readonly string[]) => {
  const element = at(root, ...path);
  return element && textOf(element);
};

describe("libvirt's domain document", () => {
  it('says all of a description', () => {
    const root = parse(full);
    expect(attributeOf(root, 'type')).to.equal('qemu');
    expect(text(root, 'name')).to.equal('web');
    expect(text(root, 'uuid')).to.equal(full.uuid);
    expect(text(root, 'memory')).to.equal('384');
    expect(attributeOf(at(root, 'memory')!, 'unit')).to.equal('MiB');
    expect(text(root, 'vcpu')).to.equal('2');
    expect(attributeOf(at(root, 'os', 'type')!, 'machine')).to.equal('q35');
    expect(text(root, 'os', 'kernel')).to.equal('/boot/vmlinuz');
    expect(text(root, 'os', 'initrd')).to.equal('/boot/initrd');
    expect(text(root, 'os', 'cmdline')).to.equal('console=ttyS0 root=/dev/vda');
    expect(text(root, 'cpu', 'model')).to.equal('qemu64');
    const disks = childrenOf(at(root, 'devices')!, 'disk').map((disk) => [
      attributeOf(at(disk, 'source')!, 'file'),
      attributeOf(at(disk, 'target')!, 'dev'),
      attributeOf(at(disk, 'target')!, 'bus'),
      attributeOf(at(disk, 'driver')!, 'type'),
      attributeOf(at(disk, 'driver')!, 'cache'),
      at(disk, 'readonly') !== undefined,
    ]);
    expect(disks).to.deep.equal([
      ['/images/web.img', 'vda', 'virtio', 'raw', 'none', false],
      ['/images/tools.qcow2', 'vdb', 'virtio', 'qcow2', 'none', true],
    ]);
    expect(attributeOf(at(root, 'devices', 'interface', 'mac')!, 'address')).to.equal('52:54:00:00:00:01');
    expect(attributeOf(at(root, 'devices', 'interface', 'source')!, 'bridge')).to.equal('br0');
    expect(attributeOf(at(root, 'devices', 'interface', 'model')!, 'type')).to.equal('virtio');
    expect(attributeOf(at(root, 'devices', 'serial', 'source')!, 'path')).to.equal('/var/log/web.log');
    expect(attributeOf(at(root, 'devices', 'channel', 'target')!, 'name')).to.equal('org.qemu.guest_agent.0');
    expect(attributeOf(at(root, 'devices', 'rng')!, 'model')).to.equal('virtio');
  });

  it('leaves out what a description does not say', () => {
    const root = parse(small);
    for (const path of [
      ['uuid'],
      ['os', 'kernel'],
      ['devices', 'disk'],
      ['devices', 'interface'],
      ['devices', 'serial'],
    ]) {
      expect(at(root, ...path), path.join('/')).to.equal(undefined);
    }
    expect(attributeOf(at(root, 'os', 'boot')!, 'dev')).to.equal('hd');
  });

  it("chooses the CPU by the domain's type unless one is asked for", () => {
    const cpu = (type: string, cpuModel?: string) => {
      const element = at(parse({ ...small, ...(cpuModel && { cpuModel }) }, type), 'cpu');
      return element && [attributeOf(element, 'mode'), text(element, 'model')];
    };
    expect(cpu('qemu')).to.deep.equal(['custom', 'qemu64']);
    expect(cpu('kvm')).to.deep.equal(['host-model', undefined]);
    expect(cpu('kvm', 'host-passthrough')).to.deep.equal(['host-passthrough', undefined]);
    expect(cpu('kvm', 'EPYC')).to.deep.equal(['custom', 'EPYC']);
    expect(cpu('test')).to.equal(undefined);
  });

  it('keeps every printable name and path as it is', () => {
    const hostile = ['<a>&amp;"\'', ']]>', '<!--', '--><domain type="kvm">', '${x}', '%n', 'ü😀', '..', "' onload='"];
    const printable = fc
      .oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme', minLength: 1 }))
      .filter(
        (name) => name.trim() === name && name !== '' && !name.includes('/') && !/[\p{Cc}\ufffe\uffff]/u.test(name),
      );
    fc.assert(
      fc.property(printable, printable, (name, path) => {
        const root = parse({ ...full, name, disks: [{ path: `/${path}`, format: 'raw' }], consoleLog: path });
        expect(text(root, 'name')).to.equal(name);
        expect(attributeOf(at(root, 'devices', 'disk', 'source')!, 'file')).to.equal(`/${path}`);
        expect(attributeOf(at(root, 'devices', 'serial', 'source')!, 'path')).to.equal(path);
      }),
    );
  });

  const impossible: Readonly<Record<string, Partial<DomainDescription>>> = {
    'an empty name': { name: '' },
    'a blank name': { name: ' ' },
    'a name with a slash': { name: '../web' },
    'a name with a zero byte': { name: 'a\0b' },
    'a name with a line end': { name: 'a\nb' },
    'a name with half a character': { name: 'a\ud800b' },
    'a path with an escape': { consoleLog: '/tmp/\u001b[2J' },
    'no memory': { memoryMiB: 0 },
    'memory that is no number': { memoryMiB: NaN },
    'half a processor': { vcpus: 0.5 },
    'too many disks': { disks: Array(27).fill({ path: '/x', format: 'raw' }) },
  };
  for (const [what, part] of Object.entries(impossible)) {
    it(`refuses ${what}`, () => {
      expect(() => domainXml({ ...small, ...part }, { type: 'qemu' }))
        .to.throw()
        .with.property('code', 'value');
    });
  }
});

describe('memory of an emulated guest', () => {
  it('is 8 KiB more than a multiple of 256 KiB where QEMU would lose writes otherwise', () => {
    const args = /<qemu:arg value="([^"]*)"/g;
    const xml = domainXml({ name: 'vm', memoryMiB: 384, vcpus: 1, disks: [] }, { type: 'qemu', unevenMemory: true });
    const values = [...xml.matchAll(args)].map(([, value]) => value);
    expect(values).to.deep.equal([
      '-object',
      'memory-backend-ram,id=attitune.ram,size=402661376',
      '-m',
      '393224k',
      '-machine',
      'memory-backend=attitune.ram',
    ]);
    expect(402661376 % (256 * 1024)).to.equal(8192);
    expect(domainXml({ name: 'vm', memoryMiB: 384, vcpus: 1, disks: [] }, { type: 'qemu' })).to.not.include('qemu:');
  });
});
