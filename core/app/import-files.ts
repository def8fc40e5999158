import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readDeployment } from '../../diagrams/deployment/read-deployment.js';
import { ScxmlEngine } from '../../diagrams/statechart/index.js';
import { importUml, type ImportedFile, type ImportNote, type ImportOptions } from '../../diagrams/uml/index.js';
import { readTextFile } from '../xml/index.js';
import { readXenConfig } from '../../wrappers/xen/index.js';
import { AttituneError, type SourcePlace } from '../model/errors.js';
import { pluginsFor } from './composition.js';
import { loadDeployment } from './load-files.js';

export interface CheckedImport {
  readonly files: readonly ImportedFile[];
  /** What was left out, and what `validate` would still ask for, such as an operation that a wrapper lacks. */
  readonly notes: readonly ImportNote[];
  readonly errors: readonly AttituneError[];
}

/**
 * Imports a UML model and checks what would be written to `folder`, in a folder of its own that is gone afterwards.
 * What is wrong in a written line is told where that line was drawn.
 */
export function checkedImport(file: string, folder: string, options: ImportOptions): CheckedImport {
  const { files, notes, errors } = importUml(file, options);
  const [deployment] = files;
  if (!deployment || errors.length > 0) return { files: [], notes, errors };
  const stage = mkdtempSync(join(tmpdir(), 'attitune-import-'));
  try {
    for (const { name, text } of files) writeFileSync(join(stage, name), text);
    const back = (error: AttituneError) => atOrigin(error, files, stage, resolve(folder), file);
    const engine = new ScxmlEngine();
    const charts = files.filter(({ name }) => name.endsWith('.scxml'));
    const wrong = [
      ...readDeployment(join(stage, deployment.name)).errors,
      ...charts.flatMap(({ name }) => engine.read(join(stage, name)).errors),
    ].map(back);
    if (wrong.length > 0) return { files: [], notes, errors: wrong };
    const missing = notes.flatMap(({ missingWrapper }) => (missingWrapper === undefined ? [] : [missingWrapper]));
    const open = loadDeployment(join(stage, deployment.name), pluginsFor).errors.filter(
      ({ code, message }) => code !== 'unknown-wrapper' || !missing.some((name) => message.includes(`"${name}"`)),
    );
    return { files, notes: [...notes, ...leftToDo(open.map(back), file)], errors: [] };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Reads a configuration file of Xen's `xl` or `xm`; what is written is libvirt's document of the domain, `NAME.xml`. */
export function importXen(file: string): CheckedImport {
  const { description, notes, errors } = readXenConfig(readTextFile(file), file);
  const text = description?.document;
  const files = text === undefined ? [] : [{ name: `${description?.name ?? ''}.xml`, text, origins: [] }];
  return { files, notes, errors };
}

/** The same note is told once, at its first place. */
function leftToDo(errors: readonly AttituneError[], file: string): readonly ImportNote[] {
  const notes = new Map<string, ImportNote>();
  for (const { message, place = { file, line: 1, column: 1 } } of errors)
    if (!notes.has(message)) notes.set(message, { message, place });
  return [...notes.values()];
}

function atOrigin(
  error: AttituneError,
  files: readonly ImportedFile[],
  stage: string,
  folder: string,
  model: string,
): AttituneError {
  const copied = files.flatMap(({ name, copyOf }) =>
    copyOf === undefined ? [] : [[join(stage, name), copyOf] as const],
  );
  const message = copied
    .reduce((text, [from, to]) => text.replaceAll(from, to), error.message)
    .replaceAll(stage, folder);
  return new AttituneError(error.code, message, {
    place: placeAtOrigin(error.place, files, stage, folder, model),
    cause: error,
  });
}

function placeAtOrigin(
  place: SourcePlace | undefined,
  files: readonly ImportedFile[],
  stage: string,
  folder: string,
  model: string,
): SourcePlace {
  if (!place) return { file: model, line: 1, column: 1 };
  const written = files.find(({ name }) => place.file === join(stage, name));
  if (!written) return place;
  return originOf(written, place.line) ?? { ...place, file: written.copyOf ?? join(folder, written.name) };
}

/** Where a line was drawn, or the nearest one before it that was. */
function originOf({ origins }: ImportedFile, line: number): SourcePlace | undefined {
  for (let index = line - 1; index >= 0; index -= 1) if (origins[index]) return origins[index];
  return undefined;
}

/**
 * Writes files into a folder, which is made where it does not exist. A file that is there already with another content
 * is not overwritten unless `force` is set: then nothing is written at all. Throws `usage`. Returns all paths.
 */
export async function writeFiles(
  files: readonly ImportedFile[],
  folder: string,
  force: boolean,
): Promise<readonly string[]> {
  const paths = files.map(({ name }) => join(folder, name));
  const taken = paths.filter((path, index) => existsSync(path) && !holds(path, files[index]?.text ?? ''));
  if (taken.length > 0 && !force) {
    throw new AggregateError(
      taken.map((path) => new AttituneError('usage', `${path} is there already. Overwrite it with --force.`)),
    );
  }
  try {
    await mkdir(folder, { recursive: true });
    for (const [index, path] of paths.entries()) await writeFile(path, files[index]?.text ?? '');
  } catch (error) {
    throw AttituneError.from(error, 'usage', `cannot write to ${folder}`);
  }
  return paths;
}

function holds(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
