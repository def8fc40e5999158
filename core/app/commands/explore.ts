import { basename } from 'node:path';
import type { VariableSetting } from '../../model/deployment.js';
import type { AttituneError } from '../../model/errors.js';
import { pluginsFor } from '../composition.js';
import { loadDeployment, loadScenario } from '../load-files.js';
import { plainError, type Terminal } from '../terminal.js';
import { EXPLORATION_LIMITS, exploreDeployment, type Exploration } from '../validation/explore/index.js';

/** From when on the progress is told. */
const QUIET_MS = 2000;

/** What was found out about one procedure, for people and for JSON. */
export interface Explored {
  readonly line: string;
  readonly plain: Readonly<Record<string, unknown>>;
  readonly problems: readonly AttituneError[];
}

export type ExploreFiles = typeof exploreFiles;

/**
 * Explores the procedures of every deployment and scenario among some files that have no errors, along at most `paths`
 * paths each.
 */
export async function exploreFiles(
  files: readonly string[],
  set: readonly VariableSetting[] | undefined,
  paths: number,
  terminal: Terminal,
): Promise<Explored[]> {
  const explorations: Explored[] = [];
  const begun = Date.now();
  for (const file of files) {
    const load = file.endsWith('.scenario.xml')
      ? loadScenario
      : file.endsWith('.deployment.xml')
        ? loadDeployment
        : undefined;
    if (!load) {
      terminal.say(`${file} is not explored by itself, but with a deployment that uses it.`);
      continue;
    }
    const { loaded } = load(file, pluginsFor, set);
    if (!loaded) continue;
    const found = await exploreDeployment(loaded, pluginsFor(loaded.deployment.file), {
      limits: { ...EXPLORATION_LIMITS, paths },
      onPath: (diagram, count) => {
        if (Date.now() - begun > QUIET_MS) terminal.progress(`exploring ${basename(diagram)}`, count / paths);
      },
    });
    explorations.push(
      ...found.map((one) => ({
        line: explorationLine(one, paths),
        plain: plainExploration(one),
        problems: one.problems,
      })),
    );
  }
  terminal.done();
  return explorations;
}

/** `start.scxml (start): explored 27 paths; …`. */
function explorationLine(exploration: Exploration, mostPaths: number): string {
  const { diagram, startedBy, paths, complete, problems } = exploration;
  const subject = `${basename(diagram)} (${startedBy})`;
  if (paths === 0) return `${subject}: not explored, because the start before it does not succeed`;
  const count = `explored ${paths} ${paths === 1 ? 'path' : 'paths'}`;
  const extent = complete ? count : `${count} of at most ${mostPaths}, and there are more: not complete`;
  if (problems.length > 0)
    return `${subject}: ${extent}; ${problems.length} ${problems.length === 1 ? 'goes' : 'go'} wrong`;
  return `${subject}: ${extent}; ${complete ? 'each' : 'each of these'} ends and leaves every component in order`;
}

/** For JSON. */
function plainExploration({ problems, ...rest }: Exploration): Readonly<Record<string, unknown>> {
  return { ...rest, problems: problems.map((error) => ({ ...plainError(error), path: error.details['path'] })) };
}
