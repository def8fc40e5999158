import { open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const QCOW2_MAGIC = 0x514649fb;

/** What uses a file as its disk: overlays on it in those folders, and processes that have it open. In words, for messages. */
export async function usersOf(disk: string, folders: readonly string[]): Promise<readonly string[]> {
  const overlays: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder).catch((): string[] => [])) {
      const path = join(folder, name);
      if ((await backingFileOf(path)) === disk) overlays.push(path);
    }
  }
  return [...overlays, ...(await openedBy(disk)).map((pid) => `process ${pid}`)];
}

/**
 * The backing file that stands in the header of a qcow2 file (QEMU's docs/interop/qcow2.txt: magic, version, 64-bit offset
 * of the name, 32-bit length); `undefined` for any other file.
 */
export async function backingFileOf(path: string): Promise<string | undefined> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (!handle) return undefined;
  try {
    const header = Buffer.alloc(20);
    if ((await handle.read(header, 0, 20, 0)).bytesRead < 20 || header.readUInt32BE(0) !== QCOW2_MAGIC)
      return undefined;
    const offset = Number(header.readBigUInt64BE(8));
    const length = header.readUInt32BE(16);
    // a name is at most 1023 bytes
    if (offset === 0 || length > 1023) return undefined;
    const name = Buffer.alloc(length);
    await handle.read(name, 0, length, offset);
    return name.toString('utf8');
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

async function openedBy(path: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const folder = `/proc/${pid}/fd`;
      const descriptors = await readdir(folder).catch((): string[] => []);
      const targets = await Promise.all(descriptors.map((each) => readlink(join(folder, each)).catch(() => '')));
      return targets.includes(path) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
