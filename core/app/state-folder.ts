import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where stores are kept, a file `NAME.db` for each deployment: what `--state` says, else `ATTITUNE_STATE`, else
 * `/var/lib/attitune` for root and the XDG state folder (specifications.freedesktop.org/basedir-spec) for everybody else.
 */
export function stateFolder(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
  isRoot: boolean = process.getuid?.() === 0,
): string {
  const named = given ?? env['ATTITUNE_STATE'];
  if (named) return resolve(named);
  if (isRoot) return '/var/lib/attitune';
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'attitune');
}
