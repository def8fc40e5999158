import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { asset } from '../../core/assets/package-root.js';
import { checkFile } from '../../core/app/commands/validate.js';

/** One file for each mistake, with the place and code of every error that must be told. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  'cardinality.deployment.xml': ['6:92 cardinality'],
  'expectations.scenario.xml': [
    '2:17 unknown-class',
    '3:29 value',
    '3:47 value',
    '5:17 unknown-measure',
    '6:3 xml-attribute',
    '6:17 value',
  ],
  'malformed.deployment.xml': ['5:3 xml-malformed'],
  'unknown-class-and-values.deployment.xml': ['5:71 value', '6:69 unknown-class', '6:92 value'],
  'unknown-family.deployment.xml': ['4:53 unknown-class'],
  'unknown-key.wrapper.xml': ['2:29 unknown-operation', '5:3 xml-element'],
  'unknown-measure-and-detector.deployment.xml': ['5:3 unknown-measure', '6:5 unknown-detector', '7:5 value'],
  'unknown-operation.deployment.xml': ['6:17 file-not-found', '3:5 unknown-operation', '7:5 unknown-operation'],
  'unknown-operation.scxml': [],
  'unknown-state.scxml': ['3:36 unknown-state', '4:39 expression', '7:14 duplicate-name'],
  'unknown-wrapper-and-attribute.deployment.xml': ['4:3 unknown-wrapper', '6:22 unknown-attribute'],
};

describe('validate', () => {
  it('has a fixture for each entry of this table, and an entry for each fixture', () => {
    expect(readdirSync(asset('test/fixtures/wrong')).sort()).to.deep.equal(Object.keys(WRONG).sort());
  });

  for (const [file, expected] of Object.entries(WRONG)) {
    it(`tells every error of ${file}`, () => {
      const errors = checkFile(asset(`test/fixtures/wrong/${file}`));
      expect(errors.map(({ place, code }) => `${place?.line}:${place?.column} ${code}`)).to.deep.equal(expected);
    });
  }

  for (const file of ['apache-tomcat.scenario.xml', 'web.deployment.xml', 'relieve.scxml']) {
    it(`finds nothing wrong with ${file} of the example`, () => {
      expect(checkFile(asset(`examples/apache-tomcat/${file}`)).map(({ message }) => message)).to.deep.equal([]);
    });
  }

  it('says what a file of another name could be, and when there is none', () => {
    expect(checkFile(asset('package.json'))[0]?.code).to.equal('value');
    expect(checkFile('nowhere.xml')[0]?.code).to.equal('file-not-found');
  });
});
