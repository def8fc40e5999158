import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTrace, readDays } from '../../../core/app/consolidation/read-traces.js';
import { SAMPLES } from '../../../core/consolidation/index.js';
import { AttituneError } from '../../../core/model/errors.js';

const lines = (value: (line: number) => string, count = SAMPLES) =>
  `${Array.from({ length: count }, (_, line) => value(line)).join('\n')}\n`;
const good = lines(() => '7');

describe('reading traces', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'traces-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

  function refusal(path = folder): AttituneError {
    try {
      readDays(path);
    } catch (error) {
      if (error instanceof AttituneError) return error;
      throw error;
    }
    throw new Error('it was read');
  }

  it('sorts files by code units, whatever the language', () => {
    for (const [index, name] of ['b', 'Z', 'a_2', 'a-1', '.hidden'].entries())
      write(
        name,
        lines(() => String(index)),
      );
    const [day] = readDays(folder);
    expect(day!.traces.map((trace) => trace[0])).to.deep.equal([1, 3, 2, 0]);
  });

  it('reads a folder of days in the order of their names', () => {
    for (const day of ['20110409', '20110303']) {
      mkdirSync(join(folder, day));
      write(join(day, 'vm'), good);
    }
    write('README.md', 'about');
    expect(readDays(folder).map(({ day, traces }) => [day, traces.length])).to.deep.equal([
      ['20110303', 1],
      ['20110409', 1],
    ]);
  });

  it('takes Windows line ends, and no line end at the end', () => {
    expect(parseTrace(good.replaceAll('\n', '\r\n')).errors).to.deep.equal([]);
    expect(parseTrace(good.trim()).errors).to.deep.equal([]);
  });

  for (const [problem, value] of [
    ["'x1' is not a number", 'x1'],
    ['-3 is negative', '-3'],
    ['101 is above 100 %', '101'],
    ['2.5 is no whole number', '2.5'],
    ['an empty line', ''],
    ["'NaN' is not a number", 'NaN'],
    ["'1e1' is not a number", '1e1'],
  ] as const) {
    it(`tells the place of what is wrong: ${problem}`, () => {
      write('good', good);
      write(
        'wrong',
        lines((line) => (line === 41 ? value : '7')),
      );
      const { code, message } = refusal();
      expect(code).to.equal('value');
      expect(message).to.contain(`${join(folder, 'wrong')}:42: ${problem}`);
    });
  }

  it('tells files that are too short or too long, several at once', () => {
    write(
      'short',
      lines(() => '1', 12),
    );
    write(
      'long',
      lines(() => '1', 300),
    );
    write('empty', '');
    const { message } = refusal();
    expect(message).to.contain('short:13: has 12 lines; a day has 288');
    expect(message).to.contain('long:289: has 300 lines');
    expect(message).to.contain('empty:1: has 0 lines');
  });

  it('tells a folder that is empty, missing, or mixed', () => {
    expect(refusal().message).to.contain('is empty');
    expect(refusal(join(folder, 'nowhere')).code).to.equal('file-not-found');
    mkdirSync(join(folder, 'day'));
    expect(refusal().message).to.contain('is empty');
    write('file', good);
    expect(refusal().message).to.contain('has both folders (day) and files (file)');
  });
});
