import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { validateXML } from 'xmllint-wasm';
import { schemas } from '../../../core/app/schemas.js';
import { asset } from '../../../core/assets/package-root.js';
import { checkElement, parseXml, schemaOf, VALUE_TYPES, type Grammar } from '../../../core/xml/index.js';
import { DEPLOYMENT_GRAMMAR } from '../../../diagrams/deployment/deployment-grammar.js';
import { HOSTS_GRAMMAR } from '../../../diagrams/deployment/hosts-grammar.js';
import { SCENARIO_GRAMMAR } from '../../../diagrams/scenario/scenario-grammar.js';
import { EXTENSION_GRAMMAR } from '../../../diagrams/statechart/reading/extension.grammar.js';
import { DIAGRAM_ELEMENTS } from '../../../diagrams/statechart/reading/scxml.grammar.js';
import { WRAPPER_GRAMMAR } from '../../../wrappers/language/wrapper-grammar.js';

const FORMATS: readonly { readonly end: string; readonly schema: string; readonly grammar: Grammar }[] = [
  { end: '.deployment.xml', schema: 'diagrams/deployment/deployment.xsd', grammar: DEPLOYMENT_GRAMMAR },
  { end: '.hosts.xml', schema: 'diagrams/deployment/hosts.xsd', grammar: HOSTS_GRAMMAR },
  { end: '.scenario.xml', schema: 'diagrams/scenario/scenario.xsd', grammar: SCENARIO_GRAMMAR },
  { end: '.wrapper.xml', schema: 'wrappers/language/wrapper.xsd', grammar: WRAPPER_GRAMMAR },
];

/** Files below a folder of the package, by how their names end. */
function files(folder: string, end: string): string[] {
  return readdirSync(asset(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => relative(asset('.'), `${entry.parentPath}/${entry.name}`));
}

/** What xmllint finds wrong with each text, by its name. */
async function lint(
  schema: string,
  texts: readonly (readonly [string, string])[],
): Promise<ReadonlyMap<string, string[]>> {
  const xml = texts.map(([fileName, contents]) => ({ fileName: fileName.replaceAll('/', '_'), contents }));
  const { errors } = await validateXML({ xml, schema: { fileName: 'schema.xsd', contents: schema } });
  return new Map(
    texts.map(([name]) => [
      name,
      errors
        .filter(({ rawMessage }) => rawMessage.startsWith(`${name.replaceAll('/', '_')}:`))
        .map((e) => e.rawMessage),
    ]),
  );
}

function textOf(path: string): readonly [string, string] {
  return [path, readFileSync(asset(path), 'utf8')];
}

describe('schemas', () => {
  it('are what the grammars say; node dist/test/support/write-schemas.js writes them', () => {
    for (const [path, schema] of Object.entries(schemas()))
      expect(readFileSync(asset(path), 'utf8'), path).to.equal(schema);
  });

  it('document every element and attribute', () => {
    const grammars = [...FORMATS.map(({ grammar }) => grammar), EXTENSION_GRAMMAR];
    for (const { elements, description } of grammars) {
      expect(description).to.be.a('string');
      for (const [key, rule] of Object.entries(elements)) {
        expect(rule.description, key).to.be.a('string');
        for (const { name, description: text } of rule.attributes ?? [])
          expect(text, `${key} ${name}`).to.be.a('string');
      }
    }
  });

  it('know the elements that diagrams may hold beside those of SCXML', () => {
    for (const [name, attributes] of Object.entries(DIAGRAM_ELEMENTS)) {
      const names = EXTENSION_GRAMMAR.elements[name]?.attributes?.map((attribute) => attribute.name);
      expect(names, name).to.deep.equal(attributes.map((attribute) => attribute.name));
    }
  });

  for (const { end, schema } of FORMATS) {
    it(`accept every *${end} that ships and is right`, async () => {
      const found = ['examples', 'wrappers', 'diagrams', 'test/fixtures/deployment'].flatMap((folder) =>
        files(folder, end),
      );
      if (found.length === 0) return;
      const errors = await lint(textOf(schema)[1], found.map(textOf));
      for (const [file, wrong] of errors) expect(wrong, file).to.deep.equal([]);
    });

    it(`refuse every *${end} that the grammar refuses`, async () => {
      const { grammar } = FORMATS.find((format) => format.end === end)!;
      const wrong = files('test/fixtures/wrong', end)
        .map(textOf)
        .filter(([name]) => !name.includes('malformed'))
        .filter(([name, text]) => checkElement(parseXml(text, name), grammar).length > 0);
      if (wrong.length === 0) return;
      const errors = await lint(textOf(schema)[1], wrong);
      for (const [file, told] of errors) expect(told, file).not.to.deep.equal([]);
    });
  }

  it('accept at:set and at:migration', async () => {
    const at = 'xmlns:at="urn:attitune:diagram:1"';
    const errors = await lint(textOf('diagrams/statechart/diagram.xsd')[1], [
      ['set.xml', `<at:set ${at} path="this.pid" expr="arg"/>`],
      ['migration.xml', `<at:migration ${at} from="*"><at:state from="a" to="b"/></at:migration>`],
      ['wrong.xml', `<at:set ${at} path="this.pid"/>`],
    ]);
    expect([...errors.values()].map((told) => told.length > 0)).to.deep.equal([false, false, true]);
  });

  it('let a variable stand for any value, and leave attributes and elements of other tools alone', async () => {
    const body = (attributes: string) =>
      `<deployment xmlns="urn:attitune:deployment:1" name="a" xmlns:t="urn:t" t:x="1"><t:note/><hosts family="f" ${attributes}/></deployment>`;
    const errors = await lint(textOf('diagrams/deployment/deployment.xsd')[1], [
      ['variable.xml', body('hypervisor="${kind}"')],
      ['wrong.xml', body('hypervisor="kind"')],
    ]);
    expect([...errors.values()].map((told) => told.length > 0)).to.deep.equal([false, true]);
  });

  it('take the forms of quantities that the parsers take', async () => {
    const samples: Readonly<Record<keyof typeof VALUE_TYPES, readonly string[]>> = {
      text: ['', 'any'],
      integer: ['0', '+7', '12'],
      duration: ['500 ms', '1.5s', '2 min', '1 h', '7 d'],
      memory: ['384 MiB', '2GiB', '1.5 TB', '4 kB'],
      ratio: ['80 %', '0.8', '5%'],
      rate: ['250 /s', '30/min', '1.5 /h'],
      cardinality: ['1', '0..1', '1..*', '*', '2 .. 5'],
    };
    for (const [type, values] of Object.entries(samples)) {
      const kind = type as keyof typeof VALUE_TYPES;
      const schema = schemaOf({
        namespaces: ['urn:v'],
        root: 'v',
        elements: { v: { attributes: [{ name: 'a', type: kind }] } },
      });
      for (const value of values) VALUE_TYPES[kind].parse(value);
      const errors = await lint(
        schema,
        [...values, 'wrong one'].map((value, index) => [`v${index}.xml`, `<v xmlns="urn:v" a="${value}"/>`] as const),
      );
      const told = [...errors.values()].map((wrong) => wrong.length > 0);
      expect(told, type).to.deep.equal([...values.map(() => false), kind !== 'text']);
    }
  });
});
