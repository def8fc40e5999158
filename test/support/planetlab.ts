import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ARCHIVE = 'shared/data/planetlab/planetlab-3days.tar.xz';
/** The archive stands beside the project; the compiled files are at one of two depths inside of it. */
const CANDIDATES = ['../../../../', '../../../../../'].map((up) => new URL(up + ARCHIVE, import.meta.url).pathname);

/**
 * A folder of recorded days: the one that `ATTITUNE_PLANETLAB` names, or three days that stand beside the project, unpacked
 * for as long as they are needed. They carry no licence, so the project has none of them. Undefined where there are none.
 */
export async function planetLabDays(): Promise<
  { readonly folder: string; readonly remove: () => Promise<void> } | undefined
> {
  const given = process.env['ATTITUNE_PLANETLAB'];
  if (given !== undefined) return { folder: given, remove: () => Promise.resolve() };
  const archive = CANDIDATES.find((path) => existsSync(path));
  if (archive === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'attitune-planetlab-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)('tar', ['xJf', archive, '-C', folder]);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}
