import { AttituneError } from '../../../core/model/errors.js';
import type { ErrorCode, SourcePlace } from '../../../core/model/errors.js';
import { suggest } from '../../../core/xml/index.js';
import type { Chart } from '../chart/chart.js';
import { blocksOf, sendsOf, stepsOf } from '../chart/walk.js';
import { invokesOf } from './invocations.js';

/** Ids of `<invoke>` and `<send>` that stand twice, or that are named and are none. */
export function checkReferences(chart: Chart): AttituneError[] {
  const errors: AttituneError[] = [];
  const add = (code: ErrorCode, message: string, place: SourcePlace) =>
    errors.push(new AttituneError(code, message, { place }));
  const invokes = invokesOf(chart);
  const invokeIds = new Map<string, SourcePlace>();
  for (const { invoke } of invokes) {
    if (invoke.id === undefined) continue;
    const former = invokeIds.get(invoke.id);
    if (former) {
      const message = `two <invoke> have the id "${invoke.id}"; the first is at line ${former.line}. Rename one.`;
      add('duplicate-name', message, invoke.place);
    } else invokeIds.set(invoke.id, invoke.place);
  }
  const sends = sendsOf(chart);
  const sendIds = sends.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const madeUp = sends.some(({ idLocation }) => idLocation);
  for (const step of blocksOf(chart).flatMap(stepsOf)) {
    if (step.kind !== 'cancel' || typeof step.sendId !== 'string') continue;
    if (madeUp || sendIds.includes(step.sendId)) continue;
    const message = `there is no <send id="${step.sendId}"> to cancel.${suggest(step.sendId, sendIds)}`;
    add('unknown-id', message, step.place);
  }
  // an id that is made up while the diagram runs cannot be known here
  if (invokes.some(({ invoke }) => invoke.id === undefined)) return errors;
  for (const { target, place } of sends) {
    const id = typeof target === 'string' ? /^#_(?!internal$|parent$|scxml_)(.+)$/.exec(target)?.[1] : undefined;
    if (id === undefined || invokeIds.has(id)) continue;
    add('unknown-id', `there is no <invoke id="${id}"> to send to.${suggest(id, invokeIds.keys())}`, place);
  }
  return errors;
}
