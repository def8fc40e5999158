import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { DomainDescription } from '../../../core/model/hypervisor.js';
import { parseXml } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import { domainXml } from '../../../wrappers/libvirt/domain-xml.js';
import { readDomainXml } from '../../../wrappers/libvirt/domain-xml-reader.js';

const FOLDER = 'test/fixtures/domain';
const TYPES = ['kvm', 'qemu', 'xen', 'test'];
const fixture = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const dialect = (type = 'qemu', unevenMemory = false) => ({ type, types: TYPES, unevenMemory });

/** What a document means: places, comments and the spelling of references left out. */
function meaning(element: XmlElement): unknown {
  const children = element.children
    .map((child) => (child.kind === 'text' ? child.text.trim() : meaning(child)))
    .filter((child) => child !== '');
  const attributes = [...element.attributes.values()].map(({ name, value }) => [name, value]).sort();
  return [element.namespace, element.local, attributes, children];
}
const means = (xml: string) => meaning(parseXml(xml, 'domain.xml'));

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((one) => !/[\p{Cc}\ufffe\uffff/]/u.test(one) && one.trim() === one && one !== '');
const path = text.map((one) => `/images/${one}`);
const mac = fc.integer({ min: 0, max: 0xffffff }).map((number) => {
  const digits = number.toString(16).padStart(6, '0');
  return `52:54:00:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`;
});
const optional = <T>(key: string, values: fc.Arbitrary<T>) =>
  fc.option(values).map((one) => (one === null ? {} : { [key]: one }));
const description: fc.Arbitrary<DomainDescription> = fc
  .tuple(
    fc.record({
      name: text,
      memoryMiB: fc.integer({ min: 1, max: 1 << 20 }),
      vcpus: fc.integer({ min: 1, max: 512 }),
      disks: fc.uniqueArray(
        fc
          .tuple(path, fc.constantFrom('raw' as const, 'qcow2' as const), fc.boolean())
          .map(([where, format, readOnly]) => ({
            path: where.length % 5 === 0 ? where.replace('/images', '/dev') : where,
            format,
            ...(readOnly && { readOnly }),
          })),
        { maxLength: 5, selector: (disk) => disk.path },
      ),
    }),
    optional('uuid', fc.uuid()),
    optional(
      'boot',
      fc.record({
        kernel: path,
        initrd: fc.oneof(fc.constant(''), path),
        commandLine: fc.oneof(fc.constant(''), text),
      }),
    ),
    optional(
      'networks',
      fc.uniqueArray(
        fc
          .tuple(mac, text, fc.boolean())
          .map(([address, name, bridged]) => ({ mac: address, [bridged ? 'bridge' : 'network']: name })),
        { minLength: 1, maxLength: 4, selector: (network) => network.mac },
      ),
    ),
    optional('cpuModel', fc.constantFrom('EPYC', 'maximum', 'Skylake-Client')),
    optional('consoleLog', path),
    optional('labels', fc.dictionary(text, text, { minKeys: 1, maxKeys: 4, noNullPrototype: true })),
    fc.record({ memory: fc.integer({ min: 0, max: 4096 }), vcpus: fc.integer({ min: 0, max: 16 }) }),
  )
  .map(([base, ...rest]) => {
    const room = rest.pop() as { memory: number; vcpus: number };
    return {
      ...base,
      ...(room.memory > 0 && { maxMemoryMiB: base.memoryMiB + room.memory }),
      ...(room.vcpus > 0 && { maxVcpus: base.vcpus + room.vcpus }),
      ...Object.assign({}, ...rest),
    } as DomainDescription;
  });
const told = (read: DomainDescription) => {
  const { document, ...rest } = read;
  expect(document).to.be.a('string');
  return rest;
};

describe("libvirt's domain document, both ways", function () {
  this.timeout(60_000);

  for (const uneven of [false, true]) {
    it(`tells what was written${uneven ? ', whatever keeps QEMU from losing writes' : ''}`, () => {
      fc.assert(
        fc.property(description, fc.constantFrom('qemu', 'kvm', 'xen', 'test'), (one, type) => {
          const xml = domainXml(one, dialect(type, uneven));
          expect(told(readDomainXml(xml))).to.deep.equal(one);
          expect(domainXml(readDomainXml(xml), dialect(type, uneven))).to.equal(xml);
        }),
        { numRuns: 100 },
      );
    });
  }

  it('turns any domain into any other by editing', () => {
    fc.assert(
      fc.property(description, description, fc.boolean(), (one, other, uneven) => {
        const document = domainXml(one, dialect('qemu', true));
        const edited = domainXml({ ...other, document }, dialect('qemu', uneven));
        expect(told(readDomainXml(edited))).to.deep.equal(other);
        expect(edited.includes('attitune.ram')).to.equal(uneven);
      }),
      { numRuns: 100 },
    );
  });

  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.xml'))) {
    it(`leaves ${name} as it is`, () => {
      const xml = fixture(name);
      expect(domainXml(readDomainXml(xml), dialect())).to.equal(xml);
    });

    it(`keeps of ${name} what an edit does not touch`, () => {
      fc.assert(
        fc.property(description, (one) => {
          const edited = domainXml({ ...one, document: fixture(name) }, dialect());
          expect(told(readDomainXml(edited))).to.deep.equal(one);
          const back = domainXml({ ...readDomainXml(fixture(name)), document: edited }, dialect());
          const kept = ['title', 'metadata', 'clock', 'seclabel', 'features'];
          const of = (xml: string) =>
            parseXml(xml, 'domain.xml')
              .children.filter((child) => child.kind === 'element' && kept.includes(child.local))
              .map((child) => meaning(child as XmlElement));
          expect(of(back)).to.deep.equal(of(fixture(name)));
        }),
        { numRuns: 25 },
      );
    });
  }

  it('keeps elements that nobody knows', () => {
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc
        .tuple(
          fc.constantFrom('x', 'disk', 'interface', 'name', 'memory', 'other:y'),
          fc.constantFrom('', ' a="1 &lt; &amp; &quot;2&quot;"', " type='file'"),
          fc.array(
            fc.oneof(
              { depthSize: 'small' },
              fc.constantFrom('text &amp; more', '<!-- note -->', '<![CDATA[<a>]]>'),
              tie('tree'),
            ),
            {
              maxLength: 4,
            },
          ),
        )
        .map(([name, attributes, inner]) => `<${name}${attributes}>${inner.join('')}</${name}>`),
    }));
    fc.assert(
      fc.property(tree, tree, fc.boolean(), (one, other, renamed) => {
        const xml = `<domain type="qemu" xmlns:other="urn:other"><name>n</name><memory unit="MiB">9</memory><vcpu>1</vcpu><perf>${one}</perf><metadata>${other}</metadata></domain>`;
        const written = domainXml({ ...readDomainXml(xml), ...(renamed && { name: 'm' }) }, dialect());
        expect(means(written)).to.deep.equal(means(renamed ? xml.replace('<name>n</name>', '<name>m</name>') : xml));
      }),
    );
  });
});
