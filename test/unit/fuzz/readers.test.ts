import { expect } from 'chai';
import { fuzz } from '../../support/fuzz/fuzz.js';
import { fuzzFormats } from '../../support/fuzz/formats.js';
import { runCase } from '../../support/fuzz/run-cases.js';

const SEED = Number(process.env['ATTITUNE_FUZZ_SEED'] ?? 1);
const CASES = Number(process.env['ATTITUNE_FUZZ_CASES'] ?? 10_000);

/** Right files with bytes, tokens and elements changed: a reader answers with errors, whatever it is given. */
describe('readers of mutated files', function () {
  this.timeout(Math.max(120_000, CASES * 20));
  const formats = fuzzFormats();

  it('all begin with files that are right', () => {
    for (const { name, texts } of formats) expect(texts, name).not.to.be.empty;
    for (const format of formats)
      for (const text of format.texts) expect(runCase(format, text), format.name).to.equal(undefined);
  });

  for (const { name, share } of formats) {
    const count = Math.ceil((CASES * share) / 100);
    it(`stand ${count} cases of ${name} from seed ${SEED}`, async () => {
      const faults = await fuzz(name, SEED, count);
      const told = faults
        .slice(0, 5)
        .map(({ number, what, text }) => `case ${number}: ${what}\n${text.slice(0, 2000)}`);
      expect(faults.length, told.join('\n\n')).to.equal(0);
    });
  }
});
