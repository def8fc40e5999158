import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import type { Programs } from '../../machine/programs.js';
import { findArchive, type Archive } from './archive.js';
import type { StepOptions } from './guest-image.js';
import { imageContents, type ImageRequest } from './image-contents.js';
import { chooseKernel, type KernelChoice } from './kernel.js';
import type { Recipe } from './recipe.js';

/** What apt's answers depend on. */
const APT_STATE = [
  ...['/var/lib/apt/lists', '/etc/apt', '/etc/apt/sources.list', '/etc/apt/sources.list.d', '/etc/apt/preferences.d'],
  '/etc/os-release',
] as const;

interface AptAnswers {
  readonly archive: Archive;
  readonly choice: KernelChoice;
}

/**
 * Everything that decides what the image is, from apt's lists. Asking apt takes it a second, so its answers are kept until
 * its lists or sources change. Rejects with `value`, or with `image-build` where apt has no lists and gets none.
 */
export async function findRecipe(
  programs: Programs,
  cache: string,
  request: ImageRequest,
  options: StepOptions = {},
): Promise<Recipe> {
  const { name, contents } = imageContents(request);
  const { archive, choice } = await aptAnswers(programs, cache, options);
  const suite = request.suite ?? archive.suite;
  return { name, contents, archive: { ...archive, suite }, ...choice };
}

async function aptAnswers(programs: Programs, cache: string, { onProgress, signal }: StepOptions): Promise<AptAnswers> {
  const file = join(cache, 'apt.json');
  const before = await aptState();
  const kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as AptAnswers & { readonly state: string },
    () => undefined,
  );
  if (kept?.state === before) return kept;
  const ask = async (): Promise<AptAnswers> => {
    const archive = await findArchive(programs, await readFile('/etc/os-release', 'utf8'));
    return { archive, choice: await chooseKernel(programs, archive) };
  };
  let answers: AptAnswers;
  try {
    answers = await ask();
  } catch (error) {
    if (!AttituneError.is(error, 'image-build')) throw error;
    onProgress?.('package lists: apt-get update');
    await programs.run(['apt-get', '-q', 'update'], { failure: 'image-build', signal });
    answers = await ask();
  }
  await mkdir(cache, { recursive: true });
  // what cannot be kept is asked again
  await writeFile(file, JSON.stringify({ state: await aptState(), ...answers })).catch(() => undefined);
  return answers;
}

async function aptState(): Promise<string> {
  const times = await Promise.all(
    APT_STATE.map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0),
  );
  return times.join();
}
