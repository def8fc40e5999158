import { constants } from 'node:fs';
import { copyFile, link, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flush } from '../../machine/durable-files.js';
import { MachinePrograms, type Programs } from '../../machine/programs.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { GuestImage, StepOptions } from '../image/guest-image.js';
import { imageVolumes } from './volume-names.js';

const PART = '.part';
/** Parts older than that are of somebody who has given up. */
const STALE_MS = 6 * 3_600_000;
let attempts = 0;

/**
 * Puts an image into the folder of a pool: each file under another name first, then renamed, the marker last. Several may
 * do it at once; each then replaces a whole file by the same one.
 */
export async function placeImage(
  image: GuestImage,
  folder: string,
  { signal, onProgress }: StepOptions,
  programs: Programs = new MachinePrograms(),
): Promise<void> {
  const names = imageVolumes(image.key);
  const step = `image ${image.key}: into ${folder}`;
  onProgress?.(step, 0);
  await removeStale(folder);
  const files = [
    [image.kernel, names.kernel],
    [image.initrd, names.initrd],
    [image.disk, names.disk],
  ] as const;
  const parts: string[] = [];
  try {
    let placed = 0;
    for (const [source, name] of files) {
      const part = join(folder, `${name}.${process.pid}-${++attempts}${PART}`);
      parts.push(part);
      await place(source, part, programs, signal);
      await rename(part, join(folder, name));
      onProgress?.(step, ++placed / files.length);
    }
    await flush(folder);
    await writeFile(join(folder, names.complete), '');
    await flush(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || /No space left on device/.test(message))
      throw new AttituneError('no-capacity', `${folder} has no room for the image ${image.key}.`, { cause: error });
    throw AttituneError.from(error, 'operation-failed', `The image ${image.key} cannot be put into ${folder}`);
  } finally {
    // also after a rename: to another name of the same file it does nothing (rename(2))
    for (const part of parts) await rm(part, { force: true });
  }
}

/** By reference where the file system can, else as the same file (it is never written to), else by a copy with its holes. */
async function place(source: string, part: string, programs: Programs, signal: AbortSignal | undefined): Promise<void> {
  try {
    await copyFile(source, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    await flush(part);
    return;
  } catch {
    await rm(part, { force: true });
  }
  try {
    await link(source, part);
  } catch {
    await programs.run(['cp', '--sparse=always', '--', source, part], { failure: 'operation-failed', signal });
    await flush(part);
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(PART)) continue;
    const path = join(folder, name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.ctimeMs ?? Date.now());
    if (age > STALE_MS) await rm(path, { force: true });
  }
}
