import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemClock, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Programs } from '../../machine/programs.js';
import { ProcessLock } from '../../machine/process-lock.js';
import { buildImage } from './build-image.js';
import { findRecipe } from './find-recipe.js';
import type { GuestImage, StepOptions } from './guest-image.js';
import { BUILDING, readImage, readImages, type StoredImage } from './image-folder.js';
import { beyondBase, imageContents, type ImageRequest } from './image-contents.js';
import type { ImagePaths } from './image-paths.js';
import { usersOf } from './image-use.js';
import { imageKey, type Recipe } from './recipe.js';

/** What the store stands on beside programs and folders; every part has a default. */
export interface ImageStoreParts {
  readonly clock?: Clock;
  readonly findRecipe?: typeof findRecipe;
  readonly build?: typeof buildImage;
}

/**
 * The images of this machine, each built once, by whoever asks first: others, in this process or another, wait for it.
 * An image is there whole or not at all.
 */
export class ImageStore {
  readonly #lock: ProcessLock;
  readonly #parts: Required<ImageStoreParts>;

  constructor(
    private readonly programs: Programs,
    private readonly paths: ImagePaths,
    parts: ImageStoreParts = {},
  ) {
    this.#parts = { clock: new SystemClock(), findRecipe, build: buildImage, ...parts };
    // one at a time: they share what they download
    this.#lock = new ProcessLock(join(paths.images, '.build.lock'), this.#parts.clock, 'image-build');
  }

  /**
   * The image that is asked for, built if it is not there. Rejects with `value`, `image-build`, `missing-package`,
   * `not-root` or `cancelled`.
   */
  async ensure(wanted: string | ImageRequest, options: StepOptions = {}): Promise<GuestImage> {
    const request = typeof wanted === 'string' ? { name: wanted } : wanted;
    const { name, contents } = imageContents(request);
    let recipe: Recipe;
    try {
      recipe = await this.#parts.findRecipe(this.programs, this.paths.cache, request, options);
    } catch (error) {
      // without apt's lists nobody can tell what would be newer: what was built is as good as it was
      const newest = AttituneError.is(error, 'image-build')
        ? (await this.list()).find((image) => sameContents(image, name, contents, request.suite ?? image.suite))
        : undefined;
      if (!newest) throw error;
      options.onProgress?.(`image ${name}: apt cannot tell its packages, the one built before is used`, 1);
      return newest;
    }
    const key = imageKey(recipe);
    return (await readImage(this.paths.images, key)) ?? this.#build(recipe, key, options);
  }

  /** The finished images, newest first. */
  list(): Promise<readonly StoredImage[]> {
    return readImages(this.paths.images);
  }

  /** What uses an image at this moment, in words. */
  usersOf(image: GuestImage): Promise<readonly string[]> {
    return usersOf(image.disk, this.paths.overlays);
  }

  /**
   * Removes the images of that name, or the one of that key, and answers which they were. Rejects with `file-not-found`
   * where there is none, and with `image` while one is in use; then none is removed.
   */
  remove(nameOrKey: string, { signal, onProgress }: StepOptions = {}): Promise<readonly StoredImage[]> {
    return this.#locked(
      async () => {
        const images = await this.list();
        const found = images.filter(({ key, name }) => key === nameOrKey || name === nameOrKey);
        if (found.length === 0) {
          const known = images.map(({ key }) => key).join(', ') || 'none';
          throw new AttituneError('file-not-found', `No image "${nameOrKey}" is built (built: ${known}).`);
        }
        for (const image of found) {
          const users = await this.usersOf(image);
          if (users.length > 0)
            throw new AttituneError('image', `The image ${image.key} is in use: ${users.join(', ')}. End that first.`, {
              details: { users },
            });
        }
        for (const { key } of found) await this.#discard(key);
        return found;
      },
      { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) },
    );
  }

  /** Removes what an interrupted build left; one that goes on is let alone. */
  async clean(): Promise<void> {
    if (!(await this.#lock.owner())) await this.#removeRemains();
  }

  #build(recipe: Recipe, key: string, options: StepOptions): Promise<GuestImage> {
    return this.#locked(async () => {
      // another one may have built it meanwhile
      const there = await readImage(this.paths.images, key);
      if (there) return there;
      await this.#removeRemains();
      await this.#parts.build(this.programs, this.paths, recipe, key, options);
      const built = await readImage(this.paths.images, key);
      if (!built) throw new AttituneError('image-build', `The image ${key} is not whole after it was built.`);
      await this.#removeOlder(built);
      return built;
    }, options);
  }

  #locked<T>(action: () => Promise<T>, { signal, onProgress }: StepOptions): Promise<T> {
    return this.#lock.hold(action, {
      signal,
      onWait: ({ pid, command }) => onProgress?.(`images: waiting for process ${pid} (${command.slice(0, 80)})`),
    });
  }

  /** An older image of the same contents has no use any more, and is large. */
  async #removeOlder(built: StoredImage): Promise<void> {
    for (const image of await this.list()) {
      if (image.key === built.key || !sameContents(image, built.name, built, built.suite)) continue;
      if ((await this.usersOf(image)).length === 0) await this.#discard(image.key);
    }
  }

  /** Under a name that says that it is none any more, first: it is never seen in parts. */
  async #discard(key: string): Promise<void> {
    const aside = join(this.paths.images, `${BUILDING}${key}.gone`);
    await rename(join(this.paths.images, key), aside);
    await rm(aside, { recursive: true, force: true });
  }

  async #removeRemains(): Promise<void> {
    for (const entry of await readdir(this.paths.images).catch((): string[] => [])) {
      if (entry.startsWith(BUILDING)) await rm(join(this.paths.images, entry), { recursive: true, force: true });
    }
  }
}

/** Whether one image stands for the other, but for its age. */
function sameContents(
  image: StoredImage,
  name: string,
  contents: { readonly packages: readonly string[]; readonly diskMiB: number },
  suite: string,
): boolean {
  return (
    image.name === name &&
    image.suite === suite &&
    image.diskMiB === contents.diskMiB &&
    beyondBase(image.packages).join() === beyondBase(contents.packages).join()
  );
}
