import vm from 'node:vm';
import { AttituneError } from '../../../core/model/errors.js';
import type { SourcePlace } from '../../../core/model/errors.js';
import { nearest, suggest } from '../../../core/xml/index.js';
import type { Chart } from '../chart/chart.js';
import type { Expression } from '../chart/content.js';
import { blocksOf, stepsOf } from '../chart/walk.js';
import { SYSTEM_VARIABLES } from '../ecmascript/program.js';
import { namesOf } from './names.js';
import type { Names } from './names.js';

/** What a session is given beside the chart's own data: the argument and the event that started it. */
const SESSION_VARIABLES = ['arg', 'event'] as const;

/** Variables that nothing declares (`expression`), and states that `In()` asks for and that do not exist (`unknown-state`). */
export function checkNames(chart: Chart): AttituneError[] {
  const read = chart.expressions.flatMap((expression) => {
    const names = namesOf(expression.use, expression.text);
    return names ? [{ expression, names }] : [];
  });
  const errors: AttituneError[] = [];
  for (const { expression, names } of read) errors.push(...checkStates(chart, expression, names));
  // a chart that makes variables by other means may have any
  if (read.some(({ names }) => names.dynamic)) return errors;
  const own = new Set([...chart.data.map(({ id }) => id), ...foreachVariables(chart), ...SESSION_VARIABLES]);
  for (const { expression, names } of read) {
    if (expression.use !== 'script' && expression.use !== 'global') continue;
    for (const name of names.declared) own.add(name);
    for (const { name, access } of names.free) if (access === 'write') own.add(name);
  }
  const known = new Set([...own, ...SYSTEM_VARIABLES, ...globals()]);
  for (const { expression, names } of read) {
    for (const { name, offset, access } of names.free) {
      if (access === 'probe' || known.has(name)) continue;
      const near = nearest(name, own);
      const help = near === undefined ? `Declare it: <data id="${name}"/>.` : `Did you mean "${near}"?`;
      const message = `there is no variable "${name}". ${help}`;
      errors.push(new AttituneError('expression', message, { place: placeIn(expression, offset) }));
    }
  }
  return errors;
}

function checkStates(chart: Chart, expression: Expression, { states }: Names): AttituneError[] {
  return states
    .filter(({ id }) => !chart.byId.has(id))
    .map(({ id, offset }) => {
      const names = chart.states.filter(({ authored }) => authored).map((state) => state.id);
      const message = `there is no state "${id}".${suggest(id, names)}`;
      return new AttituneError('unknown-state', message, { place: placeIn(expression, offset) });
    });
}

function foreachVariables(chart: Chart): string[] {
  return blocksOf(chart)
    .flatMap(stepsOf)
    .flatMap((step) => (step.kind === 'foreach' ? [step.item.name, ...(step.index ? [step.index.name] : [])] : []));
}

let builtIn: readonly string[] | undefined;

/** The global names of ECMAScript, as a context has them. */
function globals(): readonly string[] {
  builtIn ??= vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[];
  return builtIn;
}

/** Where the character at `offset` of an expression stands in the file. */
function placeIn({ text, place }: Expression, offset: number): SourcePlace {
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1) ?? '').length;
  return before.length === 1
    ? { ...place, column: place.column + column }
    : { ...place, line: place.line + before.length - 1, column: column + 1 };
}
