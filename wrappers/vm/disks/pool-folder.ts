import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from '../../../core/model/storage.js';

/**
 * Whether the folder at that path of this machine is the pool's own: a host's folder may have the same path as one of
 * ours. A file is put there, and the host asked whether it sees it.
 */
export async function seesFolder(storage: Storage, pool: string, path: string): Promise<boolean> {
  const name = `attitune-${randomUUID()}.probe`;
  const file = join(path, name);
  try {
    await writeFile(file, '', { flag: 'wx' });
  } catch {
    // there is no such folder here, or it is not ours to write to
    return false;
  }
  try {
    return (await storage.volumes(pool)).some((volume) => volume.name === name);
  } finally {
    await rm(file, { force: true });
  }
}
