import { AttituneError } from '../../../core/model/errors.js';
import type { Recipe } from './recipe.js';

interface Cause {
  readonly pattern: RegExp;
  readonly explain: (recipe: Recipe, folder: string, match: RegExpExecArray) => AttituneError;
}

const image = (message: string) => new AttituneError('image-build', message);

/** What the programs of a build say when something of the world is missing, and what to tell an administrator. */
const CAUSES: readonly Cause[] = [
  {
    // mke2fs, which fills the disk from the tree
    pattern: /Could not allocate (block|inode) in ext2 filesystem/,
    explain: ({ name, contents }) =>
      image(
        `The packages of the image ${name} do not fit on its disk of ${contents.diskMiB} MiB: ask for a larger one (--size).`,
      ),
  },
  {
    pattern: /No space left on device|ENOSPC|not enough free space/i,
    explain: (_recipe, folder) =>
      image(
        `There is no room left at ${folder}: free some, or set ATTITUNE_STATE to a folder elsewhere. What was downloaded is kept.`,
      ),
  },
  {
    pattern: /Couldn't find these debs: (.+)/,
    explain: ({ archive }, _folder, match) => unknownPackages((match[1] ?? '').trim().split(/\s+/), archive.suite),
  },
  {
    pattern: /No such script: \S*\/(\S+)/,
    explain: ({ archive }) =>
      new AttituneError(
        'value',
        `debootstrap knows no release "${archive.suite}": see /usr/share/debootstrap/scripts.`,
      ),
  },
  {
    pattern:
      /(Could not resolve|resolving|unable to resolve host|Could not connect|Connection (refused|timed out|reset)|Network is unreachable|No route to host|Failed to fetch|Couldn't download|Couldn't retrieve|Failed getting release file|Unable to connect)/i,
    explain: ({ archive }) =>
      image(
        `The package archive ${archive.mirror} does not answer for ${archive.suite}: check the network and apt's sources and proxies, then try again. What was downloaded is kept.`,
      ),
  },
];

/** The failure of a build in an administrator's words, with what the programs said as its cause. */
export function explainFailure(error: unknown, recipe: Recipe, folder: string): AttituneError {
  if (AttituneError.is(error, 'cancelled') || AttituneError.is(error, 'missing-package')) return error;
  const output = AttituneError.is(error) ? error.details['output'] : undefined;
  const said = `${error instanceof Error ? error.message : String(error)}\n${typeof output === 'string' ? output : ''}`;
  for (const { pattern, explain } of CAUSES) {
    const match = pattern.exec(said);
    if (!match) continue;
    const explained = explain(recipe, folder, match);
    return new AttituneError(explained.code, explained.message, { cause: error });
  }
  return AttituneError.from(error, 'image-build', `The image ${recipe.name} could not be built`);
}

export function unknownPackages(names: readonly string[], suite: string): AttituneError {
  const several = names.length > 1;
  return new AttituneError(
    'value',
    `${suite} has no ${several ? 'packages' : 'package'} ${names.join(', ')}. Check the ${several ? 'names' : 'name'} with apt-cache search.`,
  );
}
