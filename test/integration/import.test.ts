import { expect } from 'chai';
import { execa } from 'execa';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFile } from '../../core/app/commands/validate.js';
import { checkedImport } from '../../core/app/import-files.js';
import { asset } from '../../core/assets/package-root.js';

/** One file for each kind of mistake, with the place and code of every error that must be told. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  'associations.uml': [
    '20:58 value',
    '24:67 duplicate-name',
    '34:5 xml-element',
    '45:60 unknown-class',
    '50:67 value',
    '52:58 value',
  ],
  'cardinality.uml': ['14:5 cardinality'],
  'chart-crossing.uml': ['25:7 value'],
  'chart-graph.uml': [
    '17:3 xml-element',
    '27:7 duplicate-name',
    '35:3 dead-end',
    '39:7 dead-end',
    '48:7 unreachable',
    '59:7 value',
    '62:7 value',
    '77:7 value',
    '91:7 endless-loop',
    '92:7 value',
    '108:108 unknown-state',
  ],
  'chart-names.uml': [
    '20:68 unknown-operation',
    '21:68 unknown-class',
    '22:68 unknown-operation',
    '23:68 unknown-operation',
    '24:68 unknown-operation',
    '25:68 unknown-class',
    '26:68 unknown-operation',
    '38:76 duplicate-name',
    '47:80 value',
    '48:75 unknown-event',
    '57:3 unknown-event',
  ],
  'chart-parts.uml': ['20:7 value', '23:7 value', '24:7 value', '32:9 value', '35:9 value', '38:9 value'],
  'classes.uml': [
    '4:5 unknown-attribute',
    '14:59 unknown-class',
    '17:59 value',
    '20:65 value',
    '27:59 value',
    '32:69 duplicate-name',
    '35:69 value',
  ],
  'doctype.uml': ['2:1 xml-malformed'],
  'grid.uml': [
    '4:5 unknown-attribute',
    '11:5 unknown-attribute',
    '18:59 file-not-found',
    '26:59 value',
    'two-words.nodes:3:7 value',
    'two-words.nodes:4:1 value',
  ],
  'malformed.uml': ['18:1 xml-malformed'],
  'no-model.uml': ['2:1 xml-element'],
  'no-packages.uml': ['2:1 xml-element', '2:1 xml-element'],
  'same-names.uml': ['9:5 duplicate-name', '14:5 value'],
  'umbrello.xmi': [
    '20:95 value',
    '21:72 unknown-class',
    '41:8 value',
    '46:8 value',
    '47:44 unknown-operation',
    '54:58 unknown-state',
  ],
  'wrappers.uml': ['tomcat-broken.xml:3:1 xml-malformed', 'no-wrapper.xml:1:1 xml-element'],
};

const isModel = (name: string) => /\.(uml|xmi)$/.test(name);

describe('attitune import', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'attitune-import-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const attitune = (...args: readonly string[]) =>
    execa(process.execPath, [join(dirname(fileURLToPath(import.meta.url)), '../../core/app/attitune.js'), ...args], {
      reject: false,
    });
  const model = asset('test/fixtures/uml/j2ee.uml');

  it('has a fixture for each entry of its table, and an entry for each fixture', () => {
    const files = readdirSync(asset('test/fixtures/uml-wrong')).filter(isModel);
    expect(files.sort()).to.deep.equal(Object.keys(WRONG).sort());
  });

  for (const [file, expected] of Object.entries(WRONG)) {
    it(`tells every error of ${file}, and gives nothing to write`, () => {
      const { errors, files } = checkedImport(asset(`test/fixtures/uml-wrong/${file}`), folder, {});
      const told = errors.map(({ place, code }) => {
        const other = place && basename(place.file) !== file ? `${basename(place.file)}:` : '';
        return `${other}${place?.line}:${place?.column} ${code}`;
      });
      expect(told).to.deep.equal(expected);
      expect(files).to.deep.equal([]);
    });
  }

  it('writes files that validate', async function () {
    this.timeout(30_000);
    const target = join(folder, 'made');
    const { exitCode, stdout, stderr } = await attitune('import', model, '-o', target, '--hypervisor', 'simulated');
    expect(exitCode, stderr).to.equal(0);
    const written = stdout.split('\n');
    expect(written.map((path) => basename(path))).to.include.members([
      'j2ee.deployment.xml',
      'start.scxml',
      'tomcat.wrapper.xml',
    ]);
    for (const path of written) expect(existsSync(path), path).to.equal(true);
    expect(stderr).to.match(/j2ee\.uml:17:\d+: note: legacyFile of Apache/);
    expect(readFileSync(join(target, 'j2ee.deployment.xml'), 'utf8')).to.include('<event name="fixTomcat"/>');
    const checked = written
      .filter((path) => /\.(deployment|wrapper)\.xml$|\.scxml$/.test(path))
      .flatMap((path) => checkFile(path));
    expect(checked.map(({ message }) => message)).to.deep.equal([]);
  });

  it('leaves hosts without a hypervisor to ssh, as TUNe did', () => {
    const { files, notes } = checkedImport(model, folder, {});
    expect(files[0]?.text).to.match(/<hosts [^>]*hypervisor="none"/);
    expect(notes.filter(({ message }) => message.includes('hypervisor'))).to.deep.equal([]);
  });

  it('overwrites nothing without --force', async function () {
    this.timeout(30_000);
    const mine = join(folder, 'start.scxml');
    writeFileSync(mine, 'mine');
    const refused = await attitune('import', model, '-o', folder, '--json');
    expect(refused.exitCode).to.equal(2);
    expect(refused.stderr).to.contain('start.scxml is there already');
    expect(readdirSync(folder)).to.deep.equal(['start.scxml']);
    expect(readFileSync(mine, 'utf8')).to.equal('mine');
    const forced = await attitune(
      'import',
      model,
      '-o',
      folder,
      '--force',
      '--name',
      'shop',
      '--hypervisor',
      'libvirt',
      '--json',
    );
    expect(forced.exitCode).to.equal(0);
    const { written, errors } = JSON.parse(forced.stdout) as { written: string[]; errors: unknown[] };
    expect(errors).to.deep.equal([]);
    expect(written).to.include(join(folder, 'shop.deployment.xml'));
    expect(readFileSync(join(folder, 'shop.deployment.xml'), 'utf8')).to.contain('hypervisor="libvirt"');
    expect(readFileSync(mine, 'utf8')).to.contain('<scxml');
  });

  it('ends with 2 and writes nothing where the model is wrong', async function () {
    this.timeout(30_000);
    const { exitCode, stdout } = await attitune(
      'import',
      asset('test/fixtures/uml-wrong/classes.uml'),
      '-o',
      join(folder, 'x'),
      '--json',
    );
    expect(exitCode).to.equal(2);
    expect((JSON.parse(stdout) as { errors: unknown[] }).errors).to.have.length(7);
    expect(existsSync(join(folder, 'x'))).to.equal(false);
  });

  it('turns a file of xl into a domain document, and tells what it leaves out', async () => {
    const file = join(folder, 'small.cfg');
    const settings = ['name = "small-1"', 'memory = 512', 'kernel = "/boot/vmlinuz"', 'colour = 3'];
    writeFileSync(file, settings.join('\n'));
    const { stdout, stderr } = await attitune('import', file, '-o', folder);
    expect(stdout).to.equal(join(folder, 'small-1.xml'));
    expect(stderr).to.match(/small\.cfg:4:1: note: "colour"/);
    expect(readFileSync(stdout, 'utf8')).to.include('<memory unit="MiB">512</memory>');
    writeFileSync(file, 'memory = "much"');
    const wrong = await attitune('import', file, '-o', folder);
    expect(wrong.exitCode).to.equal(2);
    expect(wrong.stderr).to.match(/small\.cfg:1:\d+: error value/);
  });
});
