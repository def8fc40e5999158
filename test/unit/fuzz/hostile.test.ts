import { expect } from 'chai';
import { fuzzFormats } from '../../support/fuzz/formats.js';
import { runCase } from '../../support/fuzz/run-cases.js';

const MANY = 200_000;

function deployment(inner: string): string {
  return `<deployment xmlns="urn:attitune:deployment:1" name="d">${inner}</deployment>`;
}

/** Each once took time or memory that grows faster than the file, or is made to. */
const HOSTILE: Readonly<Record<string, string>> = {
  'comments that are not closed': deployment('<!--'.repeat(MANY)),
  'CDATA sections that are not closed': deployment('<![CDATA['.repeat(MANY)),
  'processing instructions that are not closed': '<?a '.repeat(MANY),
  'elements that are not closed': '<a>'.repeat(MANY),
  'attributes by the ten thousand': `<a ${Array.from({ length: 20_000 }, (_, index) => `a${index}="1"`).join(' ')}/>`,
  'ampersands that begin nothing': deployment('&'.repeat(MANY)),
  'a quote that is not closed': `<a b="${'='.repeat(MANY)}`,
  'variables that grow tenfold each': deployment(
    Array.from({ length: 30 }, (_, index) => {
      const value = index === 0 ? 'xxxxxxxxxx' : `\${v${index - 1}}`.repeat(10);
      return `<variable name="v${index}" default="${value}"/>`;
    }).join(''),
  ),
  'one variable used very often': deployment(
    `<variable name="v" default="${'x'.repeat(60_000)}"/><include src="${'${v}'.repeat(MANY)}"/>`,
  ),
  'a quantity of spaces': deployment(
    `<hosts family="f" hypervisor="simulated"><host name="h" uri="u"/></hosts><probe name="p" measure="cpu" of="f" every="1${' '.repeat(MANY)}x y"/>`,
  ),
  'a cardinality of digits': deployment(
    `<association name="a" from="A" fromCardinality="${'1'.repeat(MANY)}x" to="B" toCardinality="${'1'.repeat(MANY)}"/>`,
  ),
  'two very long names': deployment(
    `<hosts family="${'a'.repeat(MANY)}" hypervisor="simulated"><host name="h" uri="u"/></hosts><component class="A" wrapper="w" hosts="${'a'.repeat(MANY)}b"/>`,
  ),
  'a circle of a thousand classes': deployment(
    Array.from({ length: 1000 }, (_, i) => `<component class="C${i}" wrapper="w" inside="C${(i + 1) % 1000}"/>`).join(
      '',
    ),
  ),
};

describe('readers of hostile files', function () {
  this.timeout(30_000);
  const formats = fuzzFormats().filter(({ name }) => name !== 'nodefile');

  for (const [what, text] of Object.entries(HOSTILE)) {
    it(`answer ${what}`, () => {
      for (const format of formats) {
        expect(runCase(format, text), format.name).to.equal(undefined);
        expect(format.read(text), format.name).not.to.be.empty;
      }
    });
  }

  it('expand no entities, internal or external', () => {
    const bomb = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>`;
    for (const format of formats)
      for (const right of format.texts.slice(0, 2)) {
        const text = right.replace(/(<\?xml[^>]*\?>)?/, (head) => `${head}${bomb}`);
        expect(format.read(text).map(({ code }) => code)).to.deep.equal(['xml-malformed']);
      }
  });

  it('read no devices that a file names', () => {
    const [reader] = formats;
    const text = deployment(
      '<hosts family="f" hypervisor="simulated" inventory="/dev/zero"/><include src="/dev/zero"/>',
    );
    expect(reader?.read(text).map(({ code }) => code)).to.deep.equal(['file-not-found', 'file-not-found']);
  });
});
