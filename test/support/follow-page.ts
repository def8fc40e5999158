import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

/** What a page tells its reader to do, in order. */
export type Step =
  | { readonly kind: 'save'; readonly file: string; readonly text: string }
  | { readonly kind: 'run'; readonly commands: string }
  /** What the commands before it print: these pieces in this order, `…` between them. */
  | { readonly kind: 'expect'; readonly pieces: readonly string[] };

export function stepsOf(page: string): readonly Step[] {
  const blocks = /(?:Save as `([^`]+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```/gm;
  return [...page.matchAll(blocks)].flatMap(([, file, language, text = '']): Step[] => {
    if (file !== undefined) return [{ kind: 'save', file, text }];
    if (language === 'sh') return [{ kind: 'run', commands: text }];
    if (language === 'text') return [{ kind: 'expect', pieces: text.split(/…|\n/).map((piece) => piece.trim()) }];
    return [];
  });
}

/** A folder that looks like a clone's top folder, in which `npx attitune` is what was built. */
export class Reader {
  private constructor(readonly folder: string) {}

  static async sitDown(): Promise<Reader> {
    const folder = await mkdtemp(join(tmpdir(), 'attitune-tutorial-'));
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${CLI}" "$@"\n`);
    await chmod(join(folder, 'bin/npx'), 0o755);
    await symlink(asset('examples'), join(folder, 'examples'));
    return new Reader(folder);
  }

  leave(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** What the commands print, and the exit code where it is not 0. */
  run(commands: string): Promise<string> {
    const env = { ...process.env, PATH: `${this.folder}/bin:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' };
    return new Promise((resolve) => {
      execFile('bash', ['-c', commands], { cwd: this.folder, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
        resolve(`${stdout}${stderr}${error ? `\nexit ${String(error.code)}` : ''}`);
      });
    });
  }

  /** Saves every file, runs every command, and holds what they print against what the page says. */
  async follow(steps: readonly Step[]): Promise<void> {
    let output = '';
    for (const step of steps) {
      if (step.kind === 'save') {
        await mkdir(dirname(join(this.folder, step.file)), { recursive: true });
        await writeFile(join(this.folder, step.file), step.text);
      } else if (step.kind === 'run') output = await this.run(step.commands);
      else {
        let from = 0;
        for (const piece of step.pieces) {
          const at = output.indexOf(piece, from);
          expect(at, `"${piece}" is missing in:\n${output}`).to.be.at.least(0);
          from = at + piece.length;
        }
      }
    }
  }
}
