import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { asset } from '../../../core/assets/package-root.js';
import { formatError } from '../../../core/model/errors.js';
import { parseDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { importUml } from '../../../diagrams/uml/index.js';
import { neighbours } from './draw-uml.js';

const CASES = 1000;
const WRONG_WRITING = ['internal', 'xml-malformed', 'xml-element', 'xml-attribute', 'unknown-variable'];
const MODELS = ['j2ee.uml', 'j2ee.xmi', 'j2ee-xmi-2.xmi'];

/** Pseudo-random numbers from 0 to below 1 (mulberry32), so that a failing case can be run again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Mutation = (lines: string[], random: () => number) => void;

const pick = (lines: readonly unknown[], random: () => number) => Math.floor(random() * lines.length);

/** Values from one place put into another: they stay well-formed, and mean something wrong. */
const values = (text: string) => [...text.matchAll(/="([^"]*)"/g)].map((match) => match[1] as string);

const MUTATIONS: readonly Mutation[] = [
  (lines, random) => void lines.splice(pick(lines, random), 1),
  (lines, random) => void lines.splice(pick(lines, random), 0, lines[pick(lines, random)] as string),
  (lines, random) => {
    const [a, b] = [pick(lines, random), pick(lines, random)];
    [lines[a], lines[b]] = [lines[b] as string, lines[a] as string];
  },
  (lines, random) => {
    const all = values(lines.join('\n'));
    const at = pick(lines, random);
    const own = values(lines[at] as string);
    const victim = own[pick(own, random)];
    if (victim !== undefined) lines[at] = (lines[at] as string).replace(`"${victim}"`, `"${all[pick(all, random)]}"`);
  },
  (lines, random) => {
    const at = pick(lines, random);
    const line = lines[at] as string;
    const odd = ['<', '&', '"', '__proto__', 'constructor', '\u0000', '-1', '--', '$', '💥', '..', ''];
    const cut = Math.floor(random() * line.length);
    lines[at] = line.slice(0, cut) + (odd[pick(odd, random)] as string) + line.slice(cut + Math.floor(random() * 3));
  },
  (lines, random) => {
    const at = pick(lines, random);
    lines[at] = (lines[at] as string).replace(/(name|statename|initialValue|value|multiplicity|body)="[^"]*"/, '$1=""');
  },
];

describe('import of mutated models', () => {
  it(`tells what is wrong or imports, ${CASES} times, without a crash or a long wait`, function () {
    this.timeout(120_000);
    const texts = MODELS.map((name) => readFileSync(asset(`test/fixtures/uml/${name}`), 'utf8').split('\n'));
    const nodes = readFileSync(asset('test/fixtures/uml/cluster.nodes'), 'utf8');
    const engine = new ScxmlEngine();
    let imported = 0;
    for (let number = 0; number < CASES; number += 1) {
      const random = numbers(number);
      const lines = [...(texts[number % texts.length] as string[])];
      const rounds = 1 + Math.floor(random() * 3);
      for (let round = 0; round < rounds; round += 1) {
        const mutation = MUTATIONS[pick(MUTATIONS, random)] as Mutation;
        mutation(lines, random);
      }
      const read = neighbours({ 'fuzz.uml': lines.join('\n'), 'cluster.nodes': nodes });
      const begun = performance.now();
      const { files, errors } = importUml('/nowhere/fuzz.uml', { read });
      const why = `case ${number}`;
      expect(performance.now() - begun, why).to.be.below(2000);
      for (const error of errors) {
        expect(error.code, `${why}: ${error.stack}`).not.to.equal('internal');
        expect(error.place?.line, `${why}: ${error.message}`).to.be.greaterThan(0);
      }
      expect(files.length > 0, why).to.equal(errors.length === 0);
      if (files.length > 0) imported += 1;
      // what is written can be read: only what the model says may still be wrong, never the way it is written
      for (const { name, text } of files.filter((file) => file.name.endsWith('.scxml')))
        expect(engine.readText(text, name).errors.map(formatError), why).to.deep.equal([]);
      const written = files[0] ? parseDeployment(files[0].text, '/nowhere/fuzz.deployment.xml').errors : [];
      for (const { code, message } of written) expect(WRONG_WRITING, `${why}: ${message}`).not.to.include(code);
    }
    expect(imported).to.be.within(CASES / 10, CASES * 0.9);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });
});
