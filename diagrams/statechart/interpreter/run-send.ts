import { AttituneError } from '../../../core/model/errors.js';
import { parseDelay } from '../chart/delay.js';
import { HTTP_PROCESSOR, SCXML_PROCESSOR, SYSTEM_PROCESSOR } from '../chart/service-type.js';
import type { Content, Payload, SendStep } from '../chart/content.js';
import type { EcmascriptDataModel } from '../ecmascript/data-model.js';
import type { OutgoingMessage } from './chart-state.js';
import { ContentError, textValue } from './content-scope.js';
import type { ContentScope } from './content-scope.js';

/**
 * Runs `<send>` (SCXML 6.2). To a session an event goes by its external queue, to `#_internal` by the own internal
 * one, by HTTP to a URL, and with `type="attitune"` to the system, its component being the parameter `component` (or `target`) and its
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
    if (type === HTTP_PROCESSOR && scope.hasHttp) {
      if (target === '') return fail('<send> by HTTP lacks the target to send to', 'error.communication');
      scope.effect({ kind: 'post', sendId, delayMs, url: target, message: message(name, step.payload, data) });
      return;
    }
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
    const origin = `#_scxml_${scope.sessionId}`;
    const own = target === '' || target === origin;
    if (!own) {
      if (!target.startsWith('#_')) return fail(`<send> cannot reach the target "${target}"`);
      // who is there when a delay is over is seen then
      const there = delayMs > 0 || scope.canReach(target);
      if (!there) return fail(`<send> finds no session "${target}"`, 'error.communication');
    }
    const event = {
      name,
      type: 'external',
      data: payload,
      sendid: shownId,
      origin,
      origintype: SCXML_PROCESSOR,
    } as const;
    scope.effect({ kind: 'send', sendId, delayMs, target: own ? '' : target, event });
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
  if (content) return contentValue(content, data);
  if (params.length === 0) return undefined;
  return paramValues(params, data);
}

/** The value of `<content>`, as plain data. */
export function contentValue({ expr, value }: Content, data: EcmascriptDataModel): unknown {
  return expr ? data.export(data.evaluate(expr), expr) : value;
}

function message(event: string, { params, content }: Payload, data: EcmascriptDataModel): OutgoingMessage {
  return {
    event,
    params: paramValues(params, data),
    content: content && contentValue(content, data),
  };
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
