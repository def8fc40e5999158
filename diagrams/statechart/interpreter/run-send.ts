import { AttituneError } from '../../../core/model/errors.js';
import { parseDelay } from '../chart/delay.js';
import type { Payload, SendStep } from '../chart/content.js';
import type { EcmascriptDataModel } from '../ecmascript/data-model.js';
import { ContentError, textValue } from './content-scope.js';
import type { ContentScope } from './content-scope.js';

export const SCXML_PROCESSOR = 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor';

/** `<send type="attitune">`: an event for the system instead of a session. */
const SYSTEM_PROCESSOR = 'attitune';

/**
 * Runs `<send>` (SCXML 6.2). To its own session an event goes by the external queue, to `#_internal` by the internal
 * one, and with `type="attitune"` to the system, its component being the parameter `component` (or `target`) and its
 * argument the parameter `arg` or the content.
 */
export function runSend(step: SendStep, scope: ContentScope): void {
  const { data } = scope;
  const sendId = step.id ?? scope.newId('send');
  // the author's id is what an error shows; one of ours shows only where the author asked for it
  const shownId = step.id ?? (step.idLocation ? sendId : undefined);
  const fail = (message: string, name = 'error.execution') => {
    throw new ContentError(new AttituneError('diagram-failed', message, { place: step.place }), name, shownId);
  };
  try {
    if (step.idLocation) data.assign(step.idLocation, sendId);
    const type = textValue(step.type, data) ?? SCXML_PROCESSOR;
    const target = textValue(step.target, data) ?? '';
    const delayMs = delayOf(step, data, fail);
    const name = textValue(step.event, data) ?? '';
    const payload = payloadValue(step.payload, data);
    if (type === SYSTEM_PROCESSOR) {
      scope.effect({ kind: 'emit', sendId, delayMs, event: systemEvent(name, target, payload) });
      return;
    }
    if (type !== SCXML_PROCESSOR && type !== 'scxml') return fail(`<send> knows no type "${type}"`);
    if (target === '#_internal') {
      if (delayMs > 0) return fail('<send> to #_internal takes no delay');
      scope.raise({ name, type: 'internal', data: payload, sendid: shownId });
      return;
    }
    if (target !== '' && target !== `#_scxml_${scope.sessionId}`) {
      if (!target.startsWith('#_')) return fail(`<send> cannot reach the target "${target}"`);
      return fail(`<send> finds no session "${target}"`, 'error.communication');
    }
    const origin = `#_scxml_${scope.sessionId}`;
    const event = {
      name,
      type: 'external',
      data: payload,
      sendid: shownId,
      origin,
      origintype: SCXML_PROCESSOR,
    } as const;
    scope.effect({ kind: 'send', sendId, delayMs, event });
  } catch (error) {
    throw error instanceof ContentError ? error : new ContentError(error, 'error.execution', shownId);
  }
}

function delayOf(step: SendStep, data: EcmascriptDataModel, fail: (message: string) => void): number {
  if (typeof step.delay === 'number') return step.delay;
  const text = textValue(step.delay, data) ?? '';
  const delayMs = parseDelay(text);
  if (delayMs === undefined) fail(`"${text}" is not a time such as "1s" or "200ms"`);
  return delayMs ?? 0;
}

/** The plain value of content, or of parameters as an object, or `undefined` where there are neither. */
export function payloadValue({ params, content }: Payload, data: EcmascriptDataModel): unknown {
  if (content) return content.expr ? data.export(data.evaluate(content.expr), content.expr) : content.value;
  if (params.length === 0) return undefined;
  return paramValues(params, data);
}

/** Parameters as an object without a prototype's names in the way. */
export function paramValues(params: Payload['params'], data: EcmascriptDataModel): Record<string, unknown> {
  return Object.fromEntries(params.map(({ name, expr }) => [name, data.export(data.evaluate(expr), expr)]));
}

function systemEvent(
  name: string,
  target: string,
  payload: unknown,
): { name: string; component?: string; arg?: string } {
  const fields =
    payload !== null && typeof payload === 'object' ? (payload as Record<string, unknown>) : { arg: payload };
  const component = textOf(fields['component']) ?? (target === '' ? undefined : target);
  const arg = textOf(fields['arg']);
  return { name, ...(component === undefined ? {} : { component }), ...(arg === undefined ? {} : { arg }) };
}

/** An event carries text: a component by its name, other structures as JSON. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') return `${value as string | number | boolean}`;
  const { name } = value as { name?: unknown };
  return typeof name === 'string' ? name : JSON.stringify(value);
}
