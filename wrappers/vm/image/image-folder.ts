import { readFile, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestImage } from './guest-image.js';
import type { Recipe } from './recipe.js';

/** Last file of a finished image. */
export const MANIFEST = 'image.json';
/** How folders of images that are being built begin. */
export const BUILDING = '.building-';
export const IMAGE_FILES = { disk: 'disk.raw', kernel: 'vmlinuz', initrd: 'initrd' } as const;

/** What stands in an image's manifest: what it was made of, and the sizes of its files. */
export interface ImageManifest extends Pick<Recipe, 'name' | 'archive' | 'kernelPackages' | 'contents'> {
  /** Absent in those of earlier versions. */
  readonly bytes?: Readonly<Record<string, number>>;
}

/** An image of this machine, with what an administrator wants to know of it. */
export interface StoredImage extends GuestImage {
  readonly suite: string;
  readonly packages: readonly string[];
  readonly diskMiB: number;
  /** What it takes of this machine's disk. */
  readonly bytes: number;
  /** ISO 8601. */
  readonly builtAt: string;
}

export function imageIn(images: string, name: string, key: string): GuestImage {
  const file = (each: keyof typeof IMAGE_FILES) => join(images, key, IMAGE_FILES[each]);
  return { name, key, disk: file('disk'), kernel: file('kernel'), initrd: file('initrd') };
}

/** The image in that folder, if it is whole: its manifest is there and its files have the sizes that stand in it. */
export async function readImage(images: string, key: string): Promise<StoredImage | undefined> {
  const path = join(images, key, MANIFEST);
  let manifest: ImageManifest;
  let builtAt: Date;
  try {
    manifest = JSON.parse(await readFile(path, 'utf8')) as ImageManifest;
    builtAt = (await stat(path)).mtime;
  } catch {
    return undefined;
  }
  let bytes = 0;
  for (const file of Object.values(IMAGE_FILES)) {
    const found = await stat(join(images, key, file)).catch(() => undefined);
    if (!found || (manifest.bytes && manifest.bytes[file] !== found.size)) return undefined;
    bytes += found.blocks * 512;
  }
  return {
    ...imageIn(images, manifest.name, key),
    suite: manifest.archive.suite,
    packages: manifest.contents.packages,
    diskMiB: manifest.contents.diskMiB,
    bytes,
    builtAt: builtAt.toISOString(),
  };
}

/** The finished images, newest first. */
export async function readImages(images: string): Promise<readonly StoredImage[]> {
  const keys = (await readdir(images).catch((): string[] => [])).filter((key) => !key.startsWith('.'));
  const found = await Promise.all(keys.map((key) => readImage(images, key)));
  return found.filter((image) => image !== undefined).sort((a, b) => b.builtAt.localeCompare(a.builtAt));
}

/** Free bytes where that folder is. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
