import type { Collector } from '../collect.js';
import { NAME } from '../deployment/deployment-grammar.js';
import { suggest } from '../../core/xml/index.js';
import { parseAction, type Action } from './action-name.js';
import { structureOf } from './chart-structure.js';
import type { ImportNote, TuneChart } from './tune-system.js';
import type { UmlModel, UmlStateMachine, UmlVertex } from './uml-model.js';

interface Named {
  readonly name: string;
}

/** State machines that TUNe's names tell to be diagrams, with what they do. */
export function readCharts(
  model: UmlModel,
  classes: readonly Named[],
  collector: Collector,
  notes: ImportNote[],
): readonly TuneChart[] {
  const lines = new Map<string, number>();
  const heads = new Set([...classes.map(({ name }) => name), 'this', 'arg', 'new']);
  const segments = new Set([...heads, 'node', ...model.associations.map(({ name }) => name.text.trim())]);
  return model.machines.flatMap((machine): TuneChart[] => {
    const use = useOf(machine, collector);
    if (!use) {
      const message = `the state machine "${machine.name.text}" is left out: it is named neither startchart, stopchart nor chart-….`;
      notes.push({ message, place: machine.place });
      return [];
    }
    const line = lines.get(use.name);
    if (line !== undefined) {
      const message = `"${machine.name.text}" and the state machine on line ${line} would both become ${use.name}.scxml. Rename one.`;
      collector.add('duplicate-name', message, machine.name.place);
    } else lines.set(use.name, machine.place.line);
    const flow = structureOf(machine, actionsOf(machine, heads, segments, collector), collector);
    return flow ? [{ ...use, machine: machine.name.text.trim(), flow, place: machine.place }] : [];
  });
}

function useOf(machine: UmlStateMachine, collector: Collector): Pick<TuneChart, 'name' | 'role' | 'on'> | undefined {
  const name = machine.name.text.trim();
  const role = /^(start|stop)chart$/i.exec(name)?.[1]?.toLowerCase() as 'start' | 'stop' | undefined;
  if (role) return { name: role, role, on: [] };
  const own = /^chart[-_](.*)$/i.exec(name)?.[1];
  if (own === undefined) return undefined;
  if (!NAME.test(own)) {
    const message = `"${name}" cannot become the name of a file: write chart- and then a letter, letters, digits, "-" or "_".`;
    collector.add('value', message, machine.name.place);
  }
  return { name: own, on: eventsOf(machine, collector) };
}

const EVENT = /^[\w:-]+(?:\.[\w:-]+)*$/;

/** The names in the comments of a machine, separated by commas. */
function eventsOf(machine: UmlStateMachine, collector: Collector): readonly string[] {
  const events = new Set<string>();
  for (const { text, place } of machine.comments) {
    for (const event of text.split(/[,;\n]/).map((part) => part.trim())) {
      if (EVENT.test(event)) events.add(event);
      else if (event !== '') {
        const message = `"${event}" is no name of an event. The comment of "${machine.name.text}" is a list of events, separated by commas.`;
        collector.add('unknown-event', message, place);
      }
    }
  }
  if (events.size === 0 && machine.comments.length === 0) {
    const message = `no event starts "${machine.name.text}". Name its events in a comment on it, separated by commas.`;
    collector.add('unknown-event', message, machine.place);
  }
  return [...events];
}

/** The number of an instance, such as `_2` of `Tomcat_2`. */
const INSTANCE = /_\d+$/;

function actionsOf(
  machine: UmlStateMachine,
  heads: ReadonlySet<string>,
  segments: ReadonlySet<string>,
  collector: Collector,
): ReadonlyMap<UmlVertex, Action> {
  const actions = new Map<UmlVertex, Action>();
  for (const vertex of machine.vertices.filter(({ kind }) => kind === 'state')) {
    const action = collector.attempt(() => parseAction(vertex.name), undefined);
    if (!action) continue;
    actions.set(vertex, action);
    const [head = '', ...rest] = action.path;
    const isHead = heads.has(head) || heads.has(head.replace(INSTANCE, ''));
    const unknown = isHead ? rest.find((segment) => !segments.has(segment)) : head;
    if (unknown === undefined) continue;
    const names = unknown === head ? heads : segments;
    const message = `"${vertex.name.text.trim()}": "${unknown}" is no class${unknown === head ? '' : ' or association'} of the model.${suggest(unknown, names)}`;
    collector.add('unknown-class', message, vertex.name.place);
  }
  return actions;
}
