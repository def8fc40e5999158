import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import type { LabPaths } from '../../lab/lab-paths.js';
import type { Programs } from '../../machine/programs.js';
import { findArchive, transportOf, type Archive } from './archive.js';
import { buildBoot, chooseKernel, type KernelChoice } from './kernel.js';
import { imageContents, imageKey, type Recipe } from './recipe.js';
import { bootstrap, furnish, makeDisk } from './root-tree.js';

/** A finished image: a base disk that is never written to, and what boots it. */
export interface GuestImage {
  readonly name: string;
  /** Name of its folder: changes with anything that the image is made of. */
  readonly key: string;
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

export interface BuildOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (step: string, fraction?: number) => void;
}

/** Last file of a finished image. */
const MANIFEST = 'image.json';
const BUILDING = '.building-';

/** The images of this machine, each built once. The lab's lock keeps two builders apart. */
export class ImageStore {
  constructor(
    private readonly programs: Programs,
    private readonly paths: LabPaths,
  ) {}

  /** The image of that name, built if it is not there. Rejects with `image-build`, `value` or `cancelled`. */
  async ensure(name: string, options: BuildOptions): Promise<GuestImage> {
    imageContents(name);
    let recipe: Recipe;
    try {
      recipe = await this.#recipe(name, options);
    } catch (error) {
      // without apt's lists nobody can tell what would be newer: what was built is as good as it was
      const newest = AttituneError.is(error, 'image-build')
        ? (await this.list()).find((image) => image.name === name)
        : undefined;
      if (!newest) throw error;
      options.onProgress(`image ${name}: apt cannot tell its packages, the one built before is used`, 1);
      return newest;
    }
    const key = imageKey(recipe);
    if (!existsSync(join(this.paths.images, key, MANIFEST))) await this.#build(recipe, key, options);
    return this.#image(name, key);
  }

  /** The finished images, newest first. */
  async list(): Promise<readonly GuestImage[]> {
    const found: { image: GuestImage; at: number }[] = [];
    for (const key of await readdir(this.paths.images).catch(() => [])) {
      const manifest = join(this.paths.images, key, MANIFEST);
      if (key.startsWith(BUILDING) || !existsSync(manifest)) continue;
      const { name } = JSON.parse(await readFile(manifest, 'utf8')) as { name: string };
      found.push({ image: this.#image(name, key), at: (await stat(manifest)).mtimeMs });
    }
    return found.sort((a, b) => b.at - a.at).map(({ image }) => image);
  }

  /** Removes what an interrupted build left. */
  async clean(): Promise<void> {
    for (const entry of await readdir(this.paths.images).catch(() => [])) {
      if (entry.startsWith(BUILDING)) await rm(join(this.paths.images, entry), { recursive: true, force: true });
    }
  }

  async #recipe(name: string, { onProgress, signal }: BuildOptions): Promise<Recipe> {
    const archiveAndKernel = async (): Promise<{ archive: Archive; choice: KernelChoice }> => {
      const archive = await findArchive(this.programs, await readFile('/etc/os-release', 'utf8'));
      return { archive, choice: await chooseKernel(this.programs, archive) };
    };
    let found;
    try {
      found = await archiveAndKernel();
    } catch (error) {
      if (!AttituneError.is(error, 'image-build')) throw error;
      onProgress('package lists: apt-get update');
      await this.programs.run(['apt-get', '-q', 'update'], { failure: 'image-build', signal });
      found = await archiveAndKernel();
    }
    return { name, contents: imageContents(name), archive: found.archive, ...found.choice };
  }

  async #build(recipe: Recipe, key: string, { onProgress, signal }: BuildOptions): Promise<void> {
    await this.clean();
    await mkdir(this.paths.images, { recursive: true });
    const target = await mkdtemp(join(this.paths.images, BUILDING));
    const work = join(target, 'work');
    const tree = join(work, 'tree');
    const { cache } = this.paths;
    const what = `image ${recipe.name}`;
    await mkdir(tree, { recursive: true });
    const step = {
      tree,
      cache,
      signal,
      onFraction: (part: number) => onProgress(`${what}: packages`, 0.1 + 0.65 * part),
    };
    try {
      onProgress(`${what}: kernel`, 0);
      await buildBoot(this.programs, recipe, { work, target, cache, signal });
      onProgress(`${what}: packages`, 0.1);
      const transport = transportOf(await this.programs.run(['apt-config', 'dump']), recipe.archive.mirror);
      await bootstrap(this.programs, recipe, transport, step);
      onProgress(`${what}: files and class data`, 0.75);
      await furnish(this.programs, recipe, step);
      onProgress(`${what}: disk`, 0.9);
      await makeDisk(this.programs, recipe, join(target, 'disk.raw'), step);
      await rm(work, { recursive: true, force: true });
      const { name, archive, kernelPackages, contents } = recipe;
      await writeFile(
        join(target, MANIFEST),
        `${JSON.stringify({ name, archive, kernelPackages, contents }, null, 2)}\n`,
      );
      const finished = join(this.paths.images, key);
      await rm(finished, { recursive: true, force: true });
      await rename(target, finished);
    } catch (error) {
      await rm(target, { recursive: true, force: true });
      throw AttituneError.from(error, 'image-build', `The image ${recipe.name} could not be built`);
    }
    await this.#removeOthers(recipe.name, key);
    onProgress(`${what}: built`, 1);
  }

  /** An older image of the same name has no use any more, and is large. */
  async #removeOthers(name: string, key: string): Promise<void> {
    for (const image of await this.list()) {
      if (image.name === name && image.key !== key)
        await rm(join(this.paths.images, image.key), { recursive: true, force: true });
    }
  }

  #image(name: string, key: string): GuestImage {
    const folder = join(this.paths.images, key);
    return {
      name,
      key,
      disk: join(folder, 'disk.raw'),
      kernel: join(folder, 'vmlinuz'),
      initrd: join(folder, 'initrd'),
    };
  }
}
