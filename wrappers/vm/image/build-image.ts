import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import { flush } from '../../machine/durable-files.js';
import type { Programs } from '../../machine/programs.js';
import { transportOf } from './archive.js';
import { explainFailure, unknownPackages } from './build-failure.js';
import type { StepOptions } from './guest-image.js';
import { BUILDING, IMAGE_FILES, MANIFEST, freeBytes, type ImageManifest } from './image-folder.js';
import type { ImagePaths } from './image-paths.js';
import { requireBuildTools } from './image-packages.js';
import { buildBoot } from './kernel.js';
import type { Recipe } from './recipe.js';
import { bootstrap, furnish, makeDisk } from './root-tree.js';

/** What a build needs while it runs, beside the finished image: tree and packages of a small one. */
const ROOM_MIB = 1200;

/**
 * Builds an image into a folder beside the finished ones, which becomes one of them, whole and on the disk, as the last
 * step. The caller has the store's lock. Downloads stay in the cache, whatever becomes of the build.
 */
export async function buildImage(
  programs: Programs,
  paths: ImagePaths,
  recipe: Recipe,
  key: string,
  options: StepOptions,
): Promise<void> {
  await requireBuildTools(programs);
  await mkdir(paths.images, { recursive: true });
  await requireRoom(paths.images);
  await refuseUnknownPackages(programs, recipe);
  const target = await mkdtemp(join(paths.images, BUILDING));
  try {
    await build(programs, paths, recipe, target, options);
    const finished = join(paths.images, key);
    await rm(finished, { recursive: true, force: true });
    await rename(target, finished);
    await flush(paths.images);
  } catch (error) {
    const log = await readFile(join(target, 'work/tree/debootstrap/debootstrap.log'), 'utf8').catch(() => '');
    await rm(target, { recursive: true, force: true });
    if (options.signal?.aborted === true)
      throw new AttituneError(
        'cancelled',
        `Building the image ${recipe.name} was cancelled. What was downloaded is kept.`,
        {
          cause: error,
        },
      );
    throw explainFailure(withLog(error, log), recipe, paths.images);
  }
}

async function build(
  programs: Programs,
  { cache }: ImagePaths,
  recipe: Recipe,
  target: string,
  { signal = new AbortController().signal, onProgress = () => undefined }: StepOptions,
): Promise<void> {
  const work = join(target, 'work');
  const tree = join(work, 'tree');
  const what = `image ${recipe.name}`;
  await mkdir(tree, { recursive: true });
  const onFraction = (part: number) => onProgress(`${what}: packages`, 0.1 + 0.65 * part);
  const step = { tree, cache, signal, onFraction };
  onProgress(`${what}: kernel`, 0);
  await buildBoot(programs, recipe, { work, target, cache, signal });
  onProgress(`${what}: packages`, 0.1);
  const transport = transportOf(await programs.run(['apt-config', 'dump']), recipe.archive.mirror);
  await bootstrap(programs, recipe, transport, step);
  onProgress(`${what}: files${recipe.contents.tomcatClassData ? ' and class data' : ''}`, 0.75);
  await furnish(programs, recipe, step);
  onProgress(`${what}: disk`, 0.9);
  await makeDisk(programs, recipe, join(target, IMAGE_FILES.disk), step);
  await rm(work, { recursive: true, force: true });
  const bytes: Record<string, number> = {};
  for (const file of Object.values(IMAGE_FILES)) {
    await flush(join(target, file));
    bytes[file] = (await stat(join(target, file))).size;
  }
  const { name, archive, kernelPackages, contents } = recipe;
  const manifest: ImageManifest = { name, archive, kernelPackages, contents, bytes };
  await writeFile(join(target, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
  await flush(target);
  onProgress(`${what}: built`, 1);
}

async function requireRoom(folder: string): Promise<void> {
  const free = Math.floor((await freeBytes(folder)) / 2 ** 20);
  if (free >= ROOM_MIB) return;
  throw new AttituneError(
    'image-build',
    `Building an image takes ${ROOM_MIB} MiB and more, and ${folder} has ${free} MiB left: free some, or set ATTITUNE_STATE to a folder elsewhere.`,
  );
}

/** Only where apt knows the release that the image is of: it then tells within a second what debootstrap finds out late. */
async function refuseUnknownPackages(programs: Programs, { contents, archive }: Recipe): Promise<void> {
  const lists = await programs.run(['apt-get', 'indextargets', '--format', '$(RELEASE)'], { failure: 'image-build' });
  if (!lists.split('\n').includes(archive.suite)) return;
  const known = new Set(
    (await programs.run(['apt-cache', 'pkgnames'], { failure: 'image-build' })).split('\n').map((line) => line.trim()),
  );
  const unknown = contents.packages.filter((name) => !known.has(name));
  if (unknown.length > 0) throw unknownPackages(unknown, archive.suite);
}

/** What the packages' own scripts said goes to debootstrap's log only. */
function withLog(error: unknown, log: string): unknown {
  if (log === '' || !AttituneError.is(error, 'image-build')) return error;
  const last = log.trim().split('\n').slice(-8).join('\n');
  return new AttituneError('image-build', `${error.message}\n${last}`, { cause: error, details: error.details });
}
