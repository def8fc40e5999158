/**
 * `validate --explore`: drives each procedure of a deployment through every outcome of every operation, and finds the
 * paths on which it does not end, or leaves a component between two states. The manager, the sessions, the transactions
 * and the diagrams are the real ones; only wrappers and hosts are a script, which answers in every way in turn.
 */
import type { AttituneError } from '../../../model/errors.js';
import type { LoadedDeployment } from '../../load-files.js';
import type { Plugins } from '../check-system.js';
import { errorOf, type Problem } from './problem.js';
import { search, type SearchLimits } from './search.js';
import { targetsOf, type Target } from './target.js';

/** What was found out about one procedure. */
export interface Exploration {
  /** The file of the diagram. */
  readonly diagram: string;
  /** What started it: `start`, `stop`, or an event and the class of its component: `overloaded of servers`. */
  readonly startedBy: string;
  readonly paths: number;
  /** False where there are more paths than were followed, or where what comes before the procedure fails. */
  readonly complete: boolean;
  readonly problems: readonly AttituneError[];
}

export const EXPLORATION_LIMITS: SearchLimits = { paths: 2000, choices: 200 };

/** Explores every procedure of a deployment that has no other errors. `onPath` is called after each path. */
export async function exploreDeployment(
  loaded: LoadedDeployment,
  plugins: Plugins,
  options: { readonly limits?: SearchLimits; readonly onPath?: (diagram: string, paths: number) => void } = {},
): Promise<Exploration[]> {
  const { limits = EXPLORATION_LIMITS, onPath = () => undefined } = options;
  const explorations: Exploration[] = [];
  for (const target of targetsOf(loaded.deployment, loaded.diagrams)) {
    const { file } = target.use;
    const { paths, complete, problems } = await search(loaded, plugins, target, limits, (count) => onPath(file, count));
    // an event that no component of this class can have
    if (target.event && paths === 0 && target.event.name === 'vm.failed') continue;
    explorations.push({
      diagram: file,
      startedBy: startedBy(target),
      paths,
      complete,
      problems: byKind(problems).map(errorOf),
    });
  }
  return explorations;
}

function startedBy({ use, event }: Target): string {
  return event ? `${event.name} of ${event.of}` : (use.role ?? '');
}

/** Problems of the same place and kind together, in the order in which they were found. */
function byKind(problems: readonly Problem[]): Problem[][] {
  const kinds = new Map<string, Problem[]>();
  for (const problem of problems) {
    const key = `${problem.what} ${problem.place.line}`;
    kinds.set(key, [...(kinds.get(key) ?? []), problem]);
  }
  return [...kinds.values()];
}
