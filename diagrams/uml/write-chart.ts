import { sourceOf, type Action } from './action-name.js';
import type { Flow, Step } from './chart-structure.js';
import type { TuneChart } from './tune-system.js';
import { XmlLines, type ImportedFile } from './xml-lines.js';

/** How the last state of a diagram is called. */
const ENDS = { start: 'started', stop: 'stopped' } as const;

/** Writes a chart as SCXML. `source` is the file it was drawn in, for the comment at its top. */
export function writeChart(chart: TuneChart, source: string): ImportedFile {
  const ids = new Ids();
  const end = ids.unique(chart.role ? ENDS[chart.role] : 'done');
  const plan = planFlow(chart.flow, end, ids);
  const lines = new XmlLines();
  const why = chart.role ? '' : ` It runs on ${chart.on.join(', ')}.`;
  lines.comment(`Imported from the state machine "${chart.machine}" of ${source}.${why}`);
  lines.open(
    'scxml',
    [
      ['xmlns', 'http://www.w3.org/2005/07/scxml'],
      ['xmlns:at', sets(chart.flow) ? 'urn:attitune:diagram:1' : undefined],
      ['version', '1.0'],
      ['name', chart.name],
      ['datamodel', 'ecmascript'],
      ['initial', plan[0]?.id ?? end],
    ],
    chart.place,
  );
  for (const planned of plan) writeStep(planned, lines);
  lines.leaf('final', [['id', end]], chart.place).close();
  return lines.file(`${chart.name}.scxml`);
}

/** A step with its ids; all are made before any is written, for a step names the one after it. */
interface Planned {
  readonly id: string;
  readonly next: string;
  readonly step: Step;
  /** Of an action that is invoked. */
  readonly invokeId: string;
  readonly regions: readonly Region[];
}

interface Region {
  readonly id: string;
  readonly steps: readonly Planned[];
  readonly end: string;
}

function planFlow(flow: Flow, end: string, ids: Ids): readonly Planned[] {
  const named = flow.map((step) => ({ step, id: ids.unique(nameOf(step)) }));
  return named.map(({ step, id }, index): Planned => {
    const next = named[index + 1]?.id ?? end;
    if (step.kind === 'action') {
      return { id, next, step, invokeId: ids.unique(invokeName(step.action)), regions: [] };
    }
    return { id, next, step, invokeId: '', regions: step.branches.map((branch) => planRegion(branch, ids)) };
  });
}

function planRegion(branch: Flow, ids: Ids): Region {
  const [first, last] = [branch[0] as Step, branch.at(-1) as Step];
  const id = ids.unique(`${nameOf(first)}Branch`);
  const end = ids.unique(`${nameOf(last)}Done`);
  return { id, steps: planFlow(branch, end, ids), end };
}

function writeStep({ id, next, step, invokeId, regions }: Planned, lines: XmlLines): void {
  const { place } = step;
  if (step.kind === 'parallel') {
    lines.open('parallel', [['id', id]], place);
    for (const region of regions) writeRegion(region, lines);
    lines.leaf('transition', [
      ['event', `done.state.${id}`],
      ['target', next],
    ]);
    lines.close();
    return;
  }
  const { action } = step;
  lines.open('state', [['id', id]], place);
  if (action.kind === 'set') {
    lines.open('onentry', [], place);
    const target = `${action.path.join('.')}.${action.attribute}`;
    lines.leaf(
      'at:set',
      [
        ['path', target],
        ['expr', action.expression],
      ],
      place,
    );
    lines.close();
    lines.leaf('transition', [['target', next]], place);
  } else {
    lines.leaf(
      'invoke',
      [
        ['id', invokeId],
        ['type', 'attitune'],
        ['src', sourceOf(action)],
      ],
      place,
    );
    lines.leaf(
      'transition',
      [
        ['event', `done.invoke.${invokeId}`],
        ['target', next],
      ],
      place,
    );
  }
  lines.close();
}

function writeRegion({ id, steps, end }: Region, lines: XmlLines): void {
  const place = steps[0]?.step.place;
  lines.open(
    'state',
    [
      ['id', id],
      ['initial', steps[0]?.id],
    ],
    place,
  );
  for (const planned of steps) writeStep(planned, lines);
  lines.leaf('final', [['id', end]], place).close();
}

function sets(flow: Flow): boolean {
  return flow.some((step) => (step.kind === 'action' ? step.action.kind === 'set' : step.branches.some(sets)));
}

/** What a state is called: `startTomcat`, `restartThisApache`, `addTomcat`, `setThisPid`, `configureTogether`. */
function nameOf(step: Step): string {
  if (step.kind === 'action') {
    const { action } = step;
    return action.kind === 'set'
      ? camel('set', ...action.path, action.attribute)
      : camel(verbOf(action), ...action.path);
  }
  // branches that all do the same to different components are called by what they do
  const verbs = new Set(
    step.branches.map(([only, more]) => (only?.kind === 'action' && !more ? verbOf(only.action) : '')),
  );
  const [verb = ''] = verbs;
  return verbs.size === 1 && verb !== '' ? `${verb}Together` : 'together';
}

function invokeName(action: Action): string {
  const [head = '', ...rest] = action.path;
  return camel(head.charAt(0).toLowerCase() + head.slice(1), ...rest, verbOf(action));
}

function verbOf(action: Action): string {
  return {
    call: () => (action as { operation: string }).operation,
    grow: () => 'add',
    shrink: () => 'remove',
    set: () => 'set',
  }[action.kind]();
}

function camel(first: string, ...rest: readonly string[]): string {
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Ids that are each used once; the second of a kind gets a 2. */
class Ids {
  readonly #used = new Set<string>();

  unique(wanted: string): string {
    let id = wanted;
    for (let number = 2; this.#used.has(id); number += 1) id = `${wanted}${number}`;
    this.#used.add(id);
    return id;
  }
}
