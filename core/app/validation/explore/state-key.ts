import { createHash } from 'node:crypto';
import { isScxmlDiagram } from '../../../../diagrams/statechart/index.js';
import type { Diagram, DiagramSession } from '../../../model/diagram.js';
import type { ExploredWorld } from './explored-world.js';

/**
 * What the future of a session depends on, so that a state that two paths reach is explored once. `undefined` where that
 * cannot be told: diagrams with histories or with other diagrams inside keep more than can be seen.
 */
export function stateKey(world: ExploredWorld): string | undefined {
  const { session, clock, script, manager } = world;
  if (!session || !isOpen(session.diagram) || !hasVariables(session.session)) return undefined;
  const now = clock.now();
  const { components, bindings } = manager.system.snapshot(now);
  const ended = session.result()?.status;
  // after its end only what is being undone goes on
  const own = ended ? {} : { configuration: session.session.configuration, variables: session.session.variables() };
  const state = {
    ended,
    ...own,
    due: clock.dueAts.map((at) => at - now),
    questions: script.questions.map(({ label }) => label),
    done: [...script.done].sort(),
    components,
    bindings,
  };
  // a time that something was noted at matters only by how long ago it is
  const text = JSON.stringify(state).replace(/\b\d{13}\b/g, (time) => `${Number(time) - now}`);
  return createHash('sha1').update(text).digest('base64');
}

function isOpen(diagram: Diagram): boolean {
  if (!isScxmlDiagram(diagram)) return false;
  return diagram.chart.states.every(
    ({ kind, invokes }) => kind !== 'history' && invokes.every(({ type }) => type === 'attitune'),
  );
}

function hasVariables(
  session: DiagramSession,
): session is DiagramSession & { variables(): Readonly<Record<string, unknown>> } {
  return 'variables' in session && typeof session.variables === 'function';
}
