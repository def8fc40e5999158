import { AttituneError } from '../../core/model/errors.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import type { LocalMachine } from './local-machine.js';

/** The texts of files on a host, in order: read directly where the manager runs there, else by the host's executor. */
export function readHostFiles(
  host: HostAccess,
  local: LocalMachine,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  return Promise.all(paths.map((path) => (host.local ? local.readFile(path, signal) : remoteFile(host, path))));
}

async function remoteFile(host: HostAccess, path: string): Promise<string> {
  const text = await host.executor.get(path);
  if (text === undefined) throw new AttituneError('operation-failed', `${host.name} has no file ${path}.`);
  return text;
}
