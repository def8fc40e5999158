import { join } from 'node:path';

/** Where the images of this machine are kept. */
export interface ImagePaths {
  readonly images: string;
  /** Downloaded packages. */
  readonly cache: string;
  /** Folders whose disks may be overlays on an image right here, without a storage pool between. */
  readonly overlays: readonly string[];
}

/** `ATTITUNE_STATE` moves them. */
export function imagePaths(env: Readonly<Record<string, string | undefined>> = process.env): ImagePaths {
  const state = env['ATTITUNE_STATE'] || '/var/lib/attitune';
  return { images: join(state, 'images'), cache: join(state, 'cache'), overlays: [join(state, 'lab', 'disks')] };
}
