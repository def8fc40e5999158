import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { executorContract } from './executor.contract.js';

async function local(prefix: readonly string[]) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'attitune-executor-')));
  return {
    executor: new LocalExecutor({ node: 'here', prefix, graceMs: 300 }),
    folder,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

executorContract('LocalExecutor', () => local([]));
executorContract('LocalExecutor with a prefix', () => local(['env', '--']));
