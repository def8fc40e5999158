import type { LoadedDeployment } from '../../load-files.js';
import type { SystemSnapshot } from '../../../model/bus.js';
import type { Plugins } from '../check-system.js';
import { ExploredWorld, type Unreached } from './explored-world.js';
import { problemOf, type Problem } from './problem.js';
import { stateKey } from './state-key.js';
import type { Target } from './target.js';

export interface SearchLimits {
  /** Paths that are followed for one procedure. */
  readonly paths: number;
  /** Choices on one path. */
  readonly choices: number;
}

export interface SearchResult {
  readonly paths: number;
  /** True where every path was followed to its end, or to a state from which all had been. */
  readonly complete: boolean;
  /** The component of the event. */
  readonly subject?: string;
  readonly problems: readonly Problem[];
  /** Where the start diagrams led, for other searches. */
  readonly started?: SystemSnapshot;
  /** Set where the procedure was not begun. */
  readonly unreached?: Unreached;
}

/**
 * Follows every way in which the world can answer, without keeping states: each path is run from the beginning, its
 * first choices given. What two paths have in common from some state on is followed once.
 */
export async function search(
  loaded: LoadedDeployment,
  plugins: Plugins,
  target: Target,
  limits: SearchLimits,
  onPath: (paths: number) => void,
  former?: SystemSnapshot,
): Promise<SearchResult> {
  const open: (readonly number[])[] = [[]];
  const seen = new Set<string>();
  const problems: Problem[] = [];
  let paths = 0;
  let complete = true;
  let subject: string | undefined;
  let started = former;
  // the start is run once, unless it changes what there is
  let skips = true;
  while (open.length > 0 && paths < limits.paths) {
    const prefix = takeShortest(open);
    let world = new ExploredWorld(loaded, plugins, target, started);
    let unreached = await world.begin();
    if (unreached === 'start-differs') {
      started = undefined;
      skips = false;
      world = new ExploredWorld(loaded, plugins, target);
      unreached = await world.begin();
    }
    if (skips) started ??= world.afterStart;
    if (unreached) return { paths: 0, complete: false, problems: [], unreached };
    subject ??= world.subject;
    const end = await follow(world, prefix, seen, limits.choices, open);
    paths += 1;
    if (end === 'cut') complete = false;
    const problem = end === 'ended' ? problemOf(world, target) : undefined;
    if (problem) problems.push({ ...problem, path: [...problem.path] });
    onPath(paths);
  }
  return {
    paths,
    complete: complete && open.length === 0,
    problems,
    ...(subject === undefined ? {} : { subject }),
    ...(started ? { started } : {}),
  };
}

/** Early forks first, so that a search that is cut short has seen what goes wrong soon. */
function takeShortest(open: (readonly number[])[]): readonly number[] {
  let best = 0;
  open.forEach((prefix, index) => {
    if (prefix.length < (open[best]?.length ?? Infinity)) best = index;
  });
  return open.splice(best, 1)[0] ?? [];
}

/** Follows one path; the ways that it did not take are put on `open`. */
async function follow(
  world: ExploredWorld,
  prefix: readonly number[],
  seen: Set<string>,
  most: number,
  open: (readonly number[])[],
): Promise<'ended' | 'merged' | 'cut'> {
  const taken: number[] = [];
  for (;;) {
    await world.settle();
    const choices = world.ended ? [] : world.choices();
    if (choices.length === 0) return 'ended';
    if (taken.length >= most) return 'cut';
    const given = prefix[taken.length];
    if (given === undefined) {
      const key = stateKey(world);
      if (key !== undefined && seen.has(key)) return 'merged';
      if (key !== undefined) seen.add(key);
      for (let other = 1; other < choices.length; other += 1) open.push([...taken, other]);
    }
    taken.push(given ?? 0);
    await choices[given ?? 0]?.take();
  }
}
