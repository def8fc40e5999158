import { open } from 'node:fs/promises';

/** Waits until what was written to a file, or into a folder, is on the disk: it then outlives a loss of power. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
