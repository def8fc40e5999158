import type { Executor, FileContent } from './executor.js';

/** Brings files to their content and returns the paths of those that differed; in as few calls as the executor needs. */
export async function ensureFiles(executor: Executor, files: readonly FileContent[]): Promise<readonly string[]> {
  if (files.length === 0) return [];
  if (executor.ensure) return executor.ensure(files);
  const changed: string[] = [];
  for (const { path, content, mode } of files) {
    if ((await executor.get(path)) === content) continue;
    await executor.put(path, content, mode);
    changed.push(path);
  }
  return changed;
}
