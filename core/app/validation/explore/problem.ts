import { isScxmlDiagram } from '../../../../diagrams/statechart/index.js';
import { AttituneError, type SourcePlace } from '../../../model/errors.js';
import type { ExploredWorld } from './explored-world.js';
import type { Target } from './target.js';

/** Why a path is wrong, at its end. */
export interface Problem {
  /** What is wrong, the same for all paths that end so. */
  readonly what: string;
  readonly place: SourcePlace;
  readonly path: readonly string[];
}

const IN_BETWEEN: ReadonlySet<string> = new Set(['starting', 'stopping']);

/** What is wrong at the end of a path; `undefined` where the procedure ended and left every component in order. */
export function problemOf(world: ExploredWorld, target: Target): Problem | undefined {
  const { session, manager, script } = world;
  if (!session) return undefined;
  const { path } = script;
  const configuration = session.session.configuration;
  const result = session.result();
  if (!result) {
    const state = configuration.at(-1) ?? '';
    const what = `${session.diagram.name} does not end: it waits in "${state}" for what never comes`;
    return { what, place: placeOfState(world, state) ?? target.use.place, path };
  }
  const between = manager.system.components.filter(({ lifeCycle }) => IN_BETWEEN.has(lifeCycle.state));
  if (between.length === 0) return undefined;
  const left = between.map(({ name, lifeCycle }) => `${name} ${lifeCycle.state}`).join(', ');
  const what = `${session.diagram.name} ends and leaves ${left}`;
  return { what, place: placeOfLastCall(world) ?? target.use.place, path };
}

/** The one error for all paths that end in the same way, with the shortest of them. */
export function errorOf(problems: readonly Problem[]): AttituneError {
  const [shortest, ...others] = problems.toSorted((a, b) => a.path.length - b.path.length) as [Problem, ...Problem[]];
  const way = shortest.path.length > 0 ? shortest.path.join(' → ') : 'from its beginning';
  const more = others.length > 0 ? ` (and ${others.length} other ${others.length === 1 ? 'way' : 'ways'})` : '';
  return new AttituneError('dead-end', `${shortest.what}: ${way}${more}.`, {
    place: shortest.place,
    details: { path: shortest.path },
  });
}

function placeOfState({ session }: ExploredWorld, id: string): SourcePlace | undefined {
  return session && isScxmlDiagram(session.diagram) ? session.diagram.chart.byId.get(id)?.place : undefined;
}

function placeOfLastCall({ session }: ExploredWorld): SourcePlace | undefined {
  const call = session?.lastCall();
  if (!session || !call) return undefined;
  const named = session.diagram.calls.find(({ invokeId }) => invokeId === call.invokeId);
  if (named) return named.place;
  if (!isScxmlDiagram(session.diagram)) return undefined;
  const invokes = session.diagram.chart.states.flatMap((state) => state.invokes);
  return invokes.find(({ id }) => id === call.invokeId)?.place;
}
