/**
 * `validate --explore`: drives each procedure of a deployment through every outcome of every operation, and finds the
 * paths on which it does not end, or leaves a component between two states. The manager, the sessions, the transactions
 * and the diagrams are the real ones; only wrappers and hosts are a script, which answers in every way in turn.
 */
import type { AttituneError } from '../../../model/errors.js';
import type { SystemSnapshot } from '../../../model/bus.js';
import type { LoadedDeployment } from '../../load-files.js';
import type { Plugins } from '../check-system.js';
import { errorOf, type Problem } from './problem.js';
import { search, type SearchLimits } from './search.js';
import { targetsOf, type Target } from './target.js';

/** What was found out about one procedure. */
export interface Exploration {
  /** The file of the diagram. */
  readonly diagram: string;
  /** What started it: `start`, `stop`, or an event and its component: `overloaded of host1`. */
  readonly startedBy: string;
  readonly paths: number;
  /** False where there are more paths than were followed, or none, for the start before it does not succeed. */
  readonly complete: boolean;
  readonly problems: readonly AttituneError[];
}

/** Components of a class that differ in what they contain. */
const MOST_VARIANTS = 4;

export const EXPLORATION_LIMITS: SearchLimits = { paths: 2000, choices: 200 };

/** Explores every procedure of a deployment that has no other errors. `onPath` is called after each path. */
export async function exploreDeployment(
  loaded: LoadedDeployment,
  plugins: Plugins,
  options: { readonly limits?: SearchLimits; readonly onPath?: (diagram: string, paths: number) => void } = {},
): Promise<Exploration[]> {
  const { limits = EXPLORATION_LIMITS, onPath = () => undefined } = options;
  const explorations: Exploration[] = [];
  let started: SystemSnapshot | undefined;
  for (const first of targetsOf(loaded.deployment, loaded.diagrams)) {
    for (let target: Target | undefined = first; target;) {
      const { file } = target.use;
      const found = await search(
        loaded,
        plugins,
        target,
        limits,
        (count) => onPath(file, count),
        isStart(target) ? undefined : started,
      );
      started ??= found.started;
      const { paths, complete, subject, unreached } = found;
      if (unreached === 'no-subject') break;
      const startedBy = target.event
        ? `${target.event.name} of ${subject ?? target.event.of}`
        : (target.use.role ?? '');
      const problems = byKind(found.problems).map(errorOf);
      explorations.push({ diagram: file, startedBy, paths, complete, problems });
      target = unreached ? undefined : nextVariant(target);
    }
  }
  return explorations;
}

function isStart({ use, event }: Target): boolean {
  return use.role === 'start' && !event;
}

function nextVariant({ use, event }: Target): Target | undefined {
  return event && event.variant + 1 < MOST_VARIANTS
    ? { use, event: { ...event, variant: event.variant + 1 } }
    : undefined;
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
