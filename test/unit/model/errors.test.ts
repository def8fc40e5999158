import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { AttituneError, ERROR_CODES, formatError } from '../../../core/model/errors.js';

describe('errors', () => {
  it('are all on the page ERRORS.md, as they are in the code, and no others', () => {
    const rows = readFileSync(asset('ERRORS.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const page = Object.fromEntries(
      rows.map(([code = '', exit, again, summary]) => [
        code.replaceAll('`', ''),
        { exitCode: Number(exit), kind: again === 'again' ? 'retryable' : 'terminal', summary },
      ]),
    );
    expect(page).to.deep.equal(ERROR_CODES);
    for (const row of rows) expect(row[4], `what to do about ${row[0] ?? ''}`).to.match(/\S.*\.$/);
  });

  it('name the place first', () => {
    const error = new AttituneError('value', 'no.', { place: { file: 'a.xml', line: 3, column: 7 } });
    expect(formatError(error)).to.equal('a.xml:3:7: error value: no.');
  });

  it('keep what was thrown as their cause', () => {
    const cause = new Error('disk full');
    const error = AttituneError.from(cause, 'operation-failed', 'Tomcat_1.configure');
    expect(error).to.include({ code: 'operation-failed', message: 'Tomcat_1.configure: disk full', cause });
    expect(AttituneError.from(error, 'internal')).to.equal(error);
  });
});
