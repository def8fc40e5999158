import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { Diagram, DiagramState } from '../../core/model/diagram.js';
import type { SourcePlace } from '../../core/model/errors.js';

/** A diagram that is an XState machine of `setup().createMachine()`. */
export interface MachineDiagram extends Diagram {
  readonly machine: AnyStateMachine;
}

export function isMachineDiagram(diagram: Diagram): diagram is MachineDiagram {
  return 'machine' in diagram;
}

const PLACE = { line: 1, column: 1 };

/** What the loop and the checks know of a machine. Operations whose input is a function are known at run time only. */
export function describeMachine(machine: AnyStateMachine, name: string, file: string, hash: string): MachineDiagram {
  const place: SourcePlace = { file, ...PLACE };
  const nodes = statesOf(machine);
  const actions = actionsOf([machine.root as AnyStateNode, ...nodes]);
  const sets = pathsSet(actions);
  return {
    name,
    file,
    hash,
    machine,
    states: nodes.map(describeState),
    calls: nodes.flatMap(({ invoke }) =>
      invoke
        .filter(({ src }) => src === 'operation' || src === 'plan')
        .map(({ id, input }) => ({ invokeId: id, place, ...staticCall(input) })),
    ),
    hears: [
      ...new Set(
        nodes
          .flatMap((node): readonly string[] => node.ownEvents as readonly string[])
          .filter((event) => !isPlatform(event)),
      ),
    ],
    raises: [
      ...new Set(actions.flatMap(({ type, params }) => (type === 'tell' && params ? [String(params['event'])] : []))),
    ],
    ...(sets ? { sets } : {}),
  };
}

interface ActionUse {
  readonly type: unknown;
  /** Absent where they are computed. */
  readonly params: Readonly<Record<string, unknown>> | undefined;
}

/** Every action of a machine that is told by its name. */
function actionsOf(nodes: readonly AnyStateNode[]): readonly ActionUse[] {
  return nodes
    .flatMap((node): unknown[] => {
      const transitions = [...(node.transitions as Map<string, AnyTransitionDefinition[]>).values()].flat();
      return [node.entry, node.exit, ...[...transitions, ...(node.always ?? [])].map(({ actions }) => actions)].flat();
    })
    .filter((action) => typeof action === 'object' && action !== null)
    .map((action) => {
      const { type, params } = action as { type?: unknown; params?: unknown };
      return { type, params: typeof params === 'object' ? (params as Record<string, unknown>) : undefined };
    });
}

/** The paths of every `setAttribute`; `undefined` where one is computed. */
function pathsSet(actions: readonly ActionUse[]): readonly string[] | undefined {
  const setting = actions.filter(({ type }) => type === 'setAttribute');
  if (setting.some(({ params }) => params === undefined)) return undefined;
  return [...new Set(setting.map(({ params }) => String(params?.['path'])))];
}

/** Every state but the root, in document order. */
export function statesOf(machine: AnyStateMachine): readonly AnyStateNode[] {
  const below = (node: AnyStateNode): AnyStateNode[] =>
    (Object.values(node.states) as AnyStateNode[]).flatMap((child) => [child, ...below(child)]);
  return below(machine.root).sort((a, b) => a.order - b.order);
}

/** A state's id for people, pages and tests: its keys from the root on, joined by `.`. */
export function stateId(node: AnyStateNode): string {
  return node.path.join('.');
}

function describeState(node: AnyStateNode): DiagramState {
  const { parent } = node;
  return {
    id: stateId(node),
    kind: node.type,
    ...(parent && parent.path.length > 0 ? { parent: stateId(parent) } : {}),
  };
}

function staticCall(input: unknown): { readonly src: string; readonly params: readonly string[] } {
  if (typeof input !== 'object' || input === null) return { src: '', params: [] };
  const { src, params } = input as { src?: unknown; params?: object };
  return { src: typeof src === 'string' ? src : '', params: Object.keys(params ?? {}) };
}

/** Events of XState's own: ends of actors and states, delays. */
function isPlatform(event: string): boolean {
  return event.startsWith('xstate.') || event === '';
}
