import { expect } from 'chai';
import fc from 'fast-check';
import { appendLines, upsertLines } from '../../../wrappers/language/operations/configuration.js';
import { listeningPorts } from '../../../wrappers/language/operations/listening.js';
import { withoutStackFrames } from '../../../wrappers/language/operations/step.js';
import { splitCommandLine } from '../../../wrappers/language/operations/tune.js';

const key = fc.stringMatching(/^[a-z]{1,6}$/);
const value = fc.stringMatching(/^[a-z0-9./]{0,8}$/);

describe('operations on text', () => {
  it('sets keys where they are, and adds the others at the end', () => {
    const before = '# conf\na = 1\nb=2\na=3\n';
    expect(
      upsertLines(before, '=', [
        ['a', '9'],
        ['c', '4'],
      ]),
    ).to.equal('# conf\nb=2\na=9\nc=4\n');
    expect(upsertLines('Listen 80\nServerName  x\n', ' ', [['ServerName', 'y']])).to.equal('Listen 80\nServerName y\n');
    expect(upsertLines('', '=', [['a', '1']])).to.equal('a=1\n');
  });

  it('changes nothing when it is done again, and keeps every other line', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value)), fc.array(fc.tuple(key, value), { minLength: 1 }), (lines, wanted) => {
        const before = lines.map(([name, text]) => `${name}=${text}\n`).join('');
        const once = upsertLines(before, '=', wanted);
        expect(upsertLines(once, '=', wanted)).to.equal(once);
        const last = new Map(wanted);
        for (const [name, text] of last)
          expect(once.split('\n').filter((line) => line.startsWith(`${name}=`))).to.deep.equal([`${name}=${text}`]);
        const others = (text: string) => text.split('\n').filter((line) => !last.has(line.split('=')[0] ?? ''));
        expect(others(once)).to.deep.equal(others(before));
      }),
    );
  });

  it('appends the lines that are absent, once', () => {
    expect(appendLines('a\nb', ['b', 'c', 'c'])).to.equal('a\nb\nc\n');
    expect(appendLines('', [])).to.equal('');
  });

  it('splits a command line into words', () => {
    expect(splitCommandLine(`  /bin/x run --name="a b" 'c $d' e\\ f ''  `)).to.deep.equal([
      '/bin/x',
      'run',
      '--name=a b',
      'c $d',
      'e f',
      '',
    ]);
    expect(() => splitCommandLine('echo "open')).to.throw(/a quote is not closed/);
  });

  it('reads which ports are listened on', () => {
    const table = `  sl  local_address rem_address   st tx_queue
   0: 0100007F:1F90 00000000:0000 0A 00000000
   1: 0100007F:0050 0100007F:C350 01 00000000
   2: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0`;
    expect([...listeningPorts(table)]).to.deep.equal([8080, 443]);
  });

  it('leaves stack frames out of a log', () => {
    expect(withoutStackFrames('SEVERE it\n\tat a.B.c(B.java:1)\nCaused by: x\n\t... 7 more\n')).to.equal(
      'SEVERE it\nCaused by: x\n',
    );
  });
});
