import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { diagramLibrary } from '../../../core/app/diagram-library.js';
import { drawFile } from '../../../core/app/drawings.js';
import { checkFile } from '../../../core/app/commands/validate.js';
import { asset } from '../../../core/assets/package-root.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';

const FOLDER = asset('diagrams/library');
const LIBRARY = diagramLibrary();
const README = readFileSync(`${FOLDER}/README.md`, 'utf8');

describe('the diagram library', function () {
  this.timeout(30_000);

  it('has nothing but diagrams, their pictures and the README', () => {
    const names = LIBRARY.flatMap(({ name }) => [`${name}.scxml`, `${name}.svg`]);
    expect(readdirSync(FOLDER).sort()).to.deep.equal([...names, 'README.md'].sort());
  });

  for (const entry of LIBRARY) {
    describe(entry.name, () => {
      const { diagram } = new ScxmlEngine().read(entry.file);
      const text = readFileSync(entry.file, 'utf8');

      it('is valid', () => expect(checkFile(entry.file).map(String)).to.deep.equal([]));

      it('has a picture that is its drawing (attitune draw diagrams/library/*.scxml -o diagrams/library/)', async () => {
        expect(readFileSync(`${FOLDER}/${entry.name}.svg`, 'utf8')).to.equal(await drawFile(entry.file));
      });

      it('tells its parameters with their defaults, its events and its attributes', () => {
        const constants = diagram?.constants ?? {};
        expect(diagram?.name).to.equal(entry.name);
        expect(entry.onFailure).to.have.length.greaterThan(20);
        expect(entry.hears).to.have.length.greaterThan(5);
        for (const { name, default: value, description } of entry.parameters) {
          expect(constants, name).to.have.property(name, value ?? '');
          expect(description, name).to.have.length.greaterThan(10);
        }
        // what else begins as a text is a variable of its own, and begins empty
        const told = entry.parameters.map(({ name }) => name);
        const untold = Object.entries(constants).filter(([name, value]) => !told.includes(name) && value !== '');
        expect(untold).to.deep.equal([]);
        for (const [, name] of text.matchAll(/src="[^"]*\$(\w+)/g)) expect(told).to.include(name);
        expect(entry.raises.map(({ name }) => name).sort()).to.deep.equal([...(diagram?.raises ?? [])].sort());
        const written = [
          ...[...text.matchAll(/<at:set path="[\w$]+\.(\w+)"/g)].map(([, name]) => name),
          ...[...text.matchAll(/<param name="attribute" expr="'(\w+)'"/g)].map(([, name]) => name),
          ...(text.includes('?.drain"') ? ['drained'] : []),
          ...(text.includes('<param name="fenced"') ? ['fenced'] : []),
          ...(text.includes(".powerOff'") ? ['powered', 'poweredAt'] : []),
        ];
        expect(entry.writes.map(({ name }) => name).sort()).to.deep.equal([...new Set(written)].sort());
      });

      it('is in the README with its picture, parameters and events', () => {
        const row = README.split('\n').find((line) => line.includes(`[\`${entry.name}\`](${entry.name}.scxml)`)) ?? '';
        expect(row).to.contain(`(${entry.name}.svg)`).and.to.contain(entry.summary);
        for (const { name, default: value } of entry.parameters)
          expect(row).to.contain(`\`${name}\` (${value ?? 'must be given'})`);
        for (const { name } of entry.raises) expect(row).to.contain(`\`${name}\``);
      });
    });
  }

  describe('attitune library', () => {
    const attitune = (...args: readonly string[]) =>
      execFileSync(
        process.execPath,
        [import.meta.resolve('../../../core/app/attitune.js').slice('file://'.length), 'library', ...args],
        {
          encoding: 'utf8',
          stdio: 'pipe',
        },
      );

    it('lists all with their parameters, for people and for programs', () => {
      expect(attitune()).to.match(/^scale-in +Removes the youngest .*\n +of=…, least=1, coolDown=5 min$/m);
      const parsed = JSON.parse(attitune('--json')) as { readonly name: string; readonly src: string }[];
      expect(parsed.map(({ name }) => name)).to.deep.equal(LIBRARY.map(({ name }) => name));
      expect(parsed[0]?.src).to.equal('library:ask-for-help');
    });

    it('tells all about one, and refuses one that is not there', () => {
      expect(attitune('library:repair')).to.contain('limit=3').and.to.contain('repair.exhausted');
      expect(() => attitune('repare')).to.throw(
        'error usage: the library has no diagram "repare". Did you mean "repair"?',
      );
    });
  });
});
