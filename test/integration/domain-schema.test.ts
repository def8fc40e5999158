import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { validateXML } from 'xmllint-wasm';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { domainXml, readDomainXml } from '../../wrappers/libvirt/index.js';
import { readXenConfig } from '../../wrappers/xen/index.js';
import { skipUnless } from '../support/skip.js';

const SCHEMAS = '/usr/share/libvirt/schemas';

const full: DomainDescription = {
  name: 'web',
  uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90',
  memoryMiB: 64,
  maxMemoryMiB: 128,
  vcpus: 1,
  maxVcpus: 2,
  disks: [
    { path: '/images/web.img', format: 'raw' },
    { path: '/dev/vg/data', format: 'raw', readOnly: true },
  ],
  boot: { kernel: '/images/vmlinuz', initrd: '/images/initrd', commandLine: 'console=ttyS0' },
  networks: [
    { mac: '52:54:00:00:00:01', bridge: 'br0' },
    { mac: '', network: 'default' },
  ],
  cpuModel: 'EPYC',
  consoleLog: '/var/log/web.log',
  labels: { image: 'tomcat' },
};
const small: DomainDescription = { name: 'small', memoryMiB: 32, vcpus: 1, disks: [] };

const XEN: Readonly<Record<string, string>> = {
  'small-1': readFileSync('test/fixtures/xen/small-1.cfg', 'utf8'),
  full: readFileSync('test/fixtures/xen/full.cfg', 'utf8'),
  hvm: 'name="a"\nmemory=64\nbuilder="hvm"\nboot="dc"\ndisk=["/a,,hda","/b.iso,,hdc:cdrom"]\nacpi=1\nlocaltime=1',
  pvh: 'name="a"\nmemory=64\ntype="pvh"\nkernel="/k"',
  bootloader: 'name="a"\nmemory=64\nbootloader="pygrub"\nbootloader_args="-q"\ndisk=["/a,,xvda"]',
};

describe("what is written for libvirt, and libvirt's own schema", function () {
  this.timeout(120_000);
  before(function () {
    skipUnless(this, { programs: { [join(SCHEMAS, 'domain.rng')]: 'libvirt0' } });
  });

  it('agree', async () => {
    const documents = new Map<string, string>();
    for (const type of ['qemu', 'kvm', 'xen']) {
      documents.set(`full-${type}`, domainXml(full, { type, unevenMemory: true }));
      documents.set(`small-${type}`, domainXml(small, { type }));
    }
    for (const [name, text] of Object.entries(XEN))
      documents.set(`xen-${name}`, readXenConfig(text, name).description?.document ?? '');
    for (const name of ['desktop', 'running', 'paravirtual']) {
      const read = readDomainXml(readFileSync(`test/fixtures/domain/${name}.xml`, 'utf8'));
      const edited = { ...full, disks: [...full.disks].reverse(), document: read.document as string };
      documents.set(`edited-${name}`, domainXml(edited, { type: 'qemu', types: ['qemu', 'kvm', 'xen'] }));
    }
    const preload = readdirSync(SCHEMAS).map((fileName) => ({
      fileName,
      contents: readFileSync(join(SCHEMAS, fileName), 'utf8'),
    }));
    const { errors } = await validateXML({
      xml: [...documents].map(([name, contents]) => ({ fileName: `${name}.xml`, contents })),
      schema: { fileName: 'domain.rng', contents: readFileSync(join(SCHEMAS, 'domain.rng'), 'utf8') },
      extension: 'relaxng',
      preload,
    });
    expect(errors.map(({ rawMessage }) => rawMessage)).to.deep.equal([]);
  });
});
