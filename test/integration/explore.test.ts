import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

interface Printed {
  readonly valid: boolean;
  readonly errors: readonly { readonly line: number; readonly column: number; readonly code: string }[];
  readonly explored: readonly {
    readonly diagram: string;
    readonly startedBy: string;
    readonly paths: number;
    readonly complete: boolean;
    readonly problems: readonly { readonly path: readonly string[] }[];
  }[];
}

/** Runs `attitune validate` to its end. */
async function validate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { stdout, stderr, code } = await promisify(execFile)(process.execPath, [CLI, 'validate', ...args]).then(
    (ended) => ({ ...ended, code: 0 }),
    (failed: unknown) => failed as { stdout: string; stderr: string; code: number },
  );
  return { code, out: stdout, err: stderr };
}

describe('validate --explore', function () {
  this.timeout(60_000);
  const wrong = asset('test/fixtures/wrong/exploration.deployment.xml');

  it('tells the place and the path of a procedure that does not end, with exit code 2', async () => {
    const { code, out, err } = await validate('--explore', wrong);
    expect(code).to.equal(2);
    expect(err).to.match(
      /exploration\.scxml:11:3: error dead-end: exploration does not end: it waits in "repair" .*: configured fails/,
    );
    expect(out).to.match(/^exploration\.scxml \(start\): explored \d+ paths; 1 go(es)? wrong$/m);
  });

  it('prints what it explored as JSON', async () => {
    const { code, out } = await validate('--explore', '--json', wrong);
    const printed = JSON.parse(out) as Printed;
    expect(code).to.equal(2);
    expect(printed.valid).to.equal(false);
    expect(printed.errors[0]).to.include({ line: 11, column: 3, code: 'dead-end' });
    expect(printed.explored).to.have.length(1);
    expect(printed.explored[0]).to.include({ startedBy: 'start', complete: true });
    expect(printed.explored[0]?.problems[0]?.path).to.deep.equal(['configured fails']);
  });

  it('says honestly where it stops early', async () => {
    const { code, out } = await validate('--explore', '--paths', '1', wrong);
    expect(code).to.equal(0);
    expect(out).to.include('explored 1 path of at most 1, and there are more: not complete');
    expect((await validate('--explore', '--paths', 'few', wrong)).code).to.equal(2);
  });

  it('explores nothing while a file is wrong', async () => {
    const { code, out } = await validate('--explore', '--json', asset('test/fixtures/wrong/dead-end.scxml'), wrong);
    expect(code).to.equal(2);
    expect((JSON.parse(out) as Printed).explored).to.deep.equal([]);
  });
});
