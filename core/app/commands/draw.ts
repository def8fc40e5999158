import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Option, type Command } from 'commander';
import { DRAWING_FORMATS, drawingFormat, type DrawingFormat } from '../../../diagrams/drawing/index.js';
import { asset } from '../../assets/package-root.js';
import type { VariableSetting } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import { drawFile } from '../drawings.js';
import type { Terminal } from '../terminal.js';
import { setOption } from './options.js';

interface DrawOptions {
  readonly output: string;
  readonly format?: DrawingFormat;
  readonly set?: readonly VariableSetting[];
}

interface Target {
  readonly format: DrawingFormat;
  /** Absent: standard output. */
  readonly path?: (file: string) => string;
}

export function drawCommand(program: Command, terminal: Terminal): void {
  program
    .command('draw')
    .description('draw diagrams (*.scxml) and deployments (*.deployment.xml)')
    .argument('<files...>', 'files, or library:NAME for stock diagrams')
    .requiredOption(
      '-o, --output <where>',
      'the picture to write (*.svg, *.dot for Graphviz, *.mmd for Mermaid), a folder/ for several, - for standard output',
    )
    .addOption(
      new Option('--format <format>', "where the output's name does not say it (default: svg)").choices(
        Object.keys(DRAWING_FORMATS),
      ),
    )
    .addOption(setOption())
    .action(async (files: string[], options: DrawOptions) => {
      const target = await targetOf(files, options);
      const drawn = await Promise.allSettled(files.map((file) => drawFile(located(file), target.format, options.set)));
      const failed = drawn.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      // all that is wrong with any of them is told at once, and nothing is written
      if (failed.length > 0)
        throw new AggregateError(
          failed.flatMap((error) => (error instanceof AggregateError ? (error.errors as unknown[]) : [error])),
        );
      for (const [index, file] of files.entries()) {
        const picture = (drawn[index] as PromiseFulfilledResult<string>).value;
        const path = target.path?.(file);
        if (path !== undefined) await write(path, picture);
        terminal.result(path ?? picture);
      }
    });
}

async function targetOf(files: readonly string[], { output, format }: DrawOptions): Promise<Target> {
  if (output === '-') {
    if (files.length > 1)
      throw new AttituneError('usage', 'standard output takes one picture; for several, name a folder: -o pictures/');
    return { format: format ?? 'svg' };
  }
  if (output.endsWith('/') || (await isFolder(output))) {
    const ending = format ?? 'svg';
    const names = files.map((file) => pictureName(file, ending));
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined)
      throw new AttituneError('usage', `two of the files would be drawn as ${twice}; give them folders of their own.`);
    return { format: ending, path: (file) => join(output, pictureName(file, ending)) };
  }
  if (files.length > 1)
    throw new AttituneError('usage', `"${output}" takes one picture; for several, name a folder: -o ${output}/`);
  return { format: format ?? drawingFormat(extname(output).slice(1), `"${output}"`), path: () => output };
}

function located(file: string): string {
  const name = /^library:([\w-]+)$/.exec(file)?.[1];
  return name === undefined ? file : asset(`diagrams/library/${name}.scxml`);
}

/** `relieve.scxml` → `relieve.svg`, `web.deployment.xml` → `web.deployment.svg`. */
function pictureName(file: string, format: DrawingFormat): string {
  return `${basename(file.replace(/^library:/, '')).replace(/\.[^.]+$/, '')}.${format}`;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function write(path: string, picture: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, picture);
  } catch (error) {
    throw AttituneError.from(error, 'usage', `cannot write ${path}`);
  }
}
