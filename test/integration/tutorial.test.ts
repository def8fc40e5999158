import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const TUTORIAL = asset('examples/author-a-diagram/README.md');

/** What a page tells its reader to do, in order. */
type Step =
  | { readonly kind: 'save'; readonly file: string; readonly text: string }
  | { readonly kind: 'run'; readonly commands: string }
  /** What the commands before it print: these pieces in this order, `…` between them. */
  | { readonly kind: 'expect'; readonly pieces: readonly string[] };

function stepsOf(page: string): readonly Step[] {
  const blocks = /(?:Save as `([^`]+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```/gm;
  return [...page.matchAll(blocks)].flatMap(([, file, language, text = '']): Step[] => {
    if (file !== undefined) return [{ kind: 'save', file, text }];
    if (language === 'sh') return [{ kind: 'run', commands: text }];
    if (language === 'text') return [{ kind: 'expect', pieces: text.split(/…|\n/).map((piece) => piece.trim()) }];
    return [];
  });
}

describe('the tutorial "author a diagram"', function () {
  this.timeout(120_000);
  let folder: string;
  let steps: readonly Step[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-tutorial-'));
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${CLI}" "$@"\n`);
    await chmod(join(folder, 'bin/npx'), 0o755);
    // the reader is in the clone's top folder
    await symlink(asset('examples'), join(folder, 'examples'));
    steps = stepsOf(await readFile(TUTORIAL, 'utf8'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  function run(commands: string): Promise<string> {
    const env = { ...process.env, PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' };
    return new Promise((resolve) => {
      execFile('bash', ['-c', commands], { cwd: folder, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
        resolve(`${stdout}${stderr}${error ? `\nexit ${String(error.code)}` : ''}`);
      });
    });
  }

  it('can be followed: every file is saved, every command run, and says what the page says', async () => {
    expect(steps.filter(({ kind }) => kind === 'run').length).to.be.greaterThan(5);
    let output = '';
    for (const step of steps) {
      if (step.kind === 'save') {
        await mkdir(dirname(join(folder, step.file)), { recursive: true });
        await writeFile(join(folder, step.file), step.text);
      } else if (step.kind === 'run') output = await run(step.commands);
      else {
        let from = 0;
        for (const piece of step.pieces) {
          const at = output.indexOf(piece, from);
          expect(at, `"${piece}" is missing in:\n${output}`).to.be.at.least(0);
          from = at + piece.length;
        }
      }
    }
  });

  it('ends with the files that lie beside it', async () => {
    const last = new Map(steps.flatMap((step) => (step.kind === 'save' ? [[step.file, step.text] as const] : [])));
    const names = (await readdir(dirname(TUTORIAL))).filter((name) => !/\.(?:md|svg)$/.test(name));
    expect([...last.keys()].map((file) => file.replace(/.*\//, '')).sort()).to.deep.equal(names.sort());
    for (const [file, text] of last) {
      expect(await readFile(join(dirname(TUTORIAL), file.replace(/.*\//, '')), 'utf8'), file).to.equal(text);
    }
  });
});
