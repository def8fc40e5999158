import { AttituneError } from '../../../core/model/errors.js';
import { valueOfText } from '../chart/inline-value.js';
import { XmlContent } from '../chart/xml-content.js';
import { HTTP_PROCESSOR } from '../chart/service-type.js';
import type { ChartEvent, OutgoingMessage } from '../interpreter/chart-state.js';

/** A request of the Basic HTTP Event I/O Processor (SCXML C.2), whichever way it comes. */
export interface HttpMessage {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The parameter that carries an event's name. */
const EVENT_NAME = '_scxmleventname';
const FORM = 'application/x-www-form-urlencoded';

/** The request that carries a `<send>`: parameters as a form, content as the body. */
export function requestOf({ event, params, content }: OutgoingMessage, target: string): HttpMessage {
  if (content === undefined) {
    const fields = event === '' ? params : { [EVENT_NAME]: event, ...params };
    const body = new URLSearchParams(
      Object.entries(fields).map(([name, value]): [string, string] => [name, textOf(value)]),
    ).toString();
    return { method: 'POST', target, headers: { 'content-type': FORM }, body };
  }
  const type =
    content instanceof XmlContent ? 'application/xml' : typeof content === 'string' ? 'text/plain' : 'application/json';
  const named = event === '' ? target : withQuery(target, event);
  return {
    method: 'POST',
    target: named,
    headers: { 'content-type': `${type}; charset=utf-8` },
    body: textOf(content),
  };
}

/**
 * The event that a request stands for: named by the parameter `_scxmleventname`, or `HTTP.` and the method; its data
 * the other parameters, or the body where it is no form. `_event.raw` is the request as text, with a body that is no
 * form percent-encoded. Throws `protocol` for a name that no event can have.
 */
export function eventOf(message: HttpMessage): ChartEvent {
  const { method, target, headers, body } = message;
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const form = type === FORM;
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  const fields = [...query, ...(form ? new URLSearchParams(body) : [])];
  const name = fields.find(([key]) => key === EVENT_NAME)?.[1] ?? `HTTP.${method}`;
  if (!/^[^\s.]+(?:\.[^\s.]+)*$/.test(name)) {
    throw new AttituneError('protocol', `"${name}" is not the name of an event.`);
  }
  const rest = fields.filter(([key]) => key !== EVENT_NAME && key !== '__proto__');
  const data = form || (body === '' && rest.length > 0) ? Object.fromEntries(rest) : valueOfText(body);
  const head = Object.entries(headers).map(([key, value]) => `${key}: ${value}`);
  const shown = form ? body : encodeURI(body);
  const raw = [`${method} ${target} HTTP/1.1`, ...head, '', shown].join('\n');
  return { name, type: 'external', data, origintype: HTTP_PROCESSOR, raw };
}

function withQuery(target: string, event: string): string {
  return `${target}${target.includes('?') ? '&' : '?'}${EVENT_NAME}=${encodeURIComponent(event)}`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (value instanceof XmlContent) return value.xml;
  return typeof value === 'object' ? JSON.stringify(value) : `${value as number | boolean | bigint}`;
}
