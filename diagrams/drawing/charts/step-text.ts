import type { Block, InvokeNode, SendStep, Step, StepOf, Text } from '../../statechart/index.js';

/** What a state does, one line per step: `entry / …`, `do / operation`, `exit / …`, as UML writes it. */
export function stepLines(block: Block): string[] {
  return block.steps.map(stepText);
}

function stepText(step: Step): string {
  return (STEP_TEXTS[step.kind] as (step: Step) => string)(step).replace(/\s+/g, ' ').trim();
}

const STEP_TEXTS: { readonly [K in Step['kind']]: (step: StepOf<K>) => string } = {
  raise: ({ event }) => `raise ${event}`,
  if: ({ branches }) =>
    branches.map(({ cond, block }) => `${cond ? `if ${cond.text}` : 'else'}: ${stepLines(block).join('; ')}`).join(' '),
  foreach: ({ item, array, block }) => `for ${item.name} of ${array.text}: ${stepLines(block).join('; ')}`,
  log: ({ label, expr }) => `log ${[label, expr?.text ?? ''].filter(Boolean).join(': ')}`,
  assign: ({ location, expr, value }) => `${location.text} := ${expr ? expr.text : jsonOf(value)}`,
  script: ({ script }) => script.text,
  send: sendText,
  cancel: ({ sendId }) => `cancel ${textOf(sendId)}`,
  set: ({ path, expr }) => `${path} := ${expr.text}`,
};

function sendText({ event, type, target, delay, payload }: SendStep): string {
  const verb = type === 'attitune' ? 'emit' : 'send';
  const given = parametersText(payload.params);
  const to = target === undefined ? '' : ` to ${textOf(target)}`;
  const after = delayText(delay);
  return `${verb} ${textOf(event)}${given}${to}${after === undefined ? '' : ` after ${after}`}`;
}

/** `30 s`, `200 ms`, an expression; nothing where it is sent at once. */
export function delayText(delay: SendStep['delay']): string | undefined {
  if (typeof delay === 'object') return delay.text;
  if (delay <= 0) return undefined;
  return delay >= 1000 ? `${delay / 1000} s` : `${delay} ms`;
}

/** `Tomcat.start (port=8080)`; another diagram that runs inside this one is named after the word `diagram`. */
export function invokeText({ type, src, content, params }: InvokeNode): string {
  const what =
    type === 'attitune' ? textOf(src) : `diagram ${textOf(src) || (content?.chart?.name ?? 'inside this one')}`;
  return `${what}${parametersText(params)}`;
}

function parametersText(params: InvokeNode['params']): string {
  if (params.length === 0) return '';
  const written = params.map(({ name, expr }) => (name === expr.text ? name : `${name}=${expr.text}`));
  return ` (${written.join(', ').replace(/\s+/g, ' ')})`;
}

function textOf(text: Text): string {
  return typeof text === 'object' ? text.text : (text ?? '');
}

/** A value of the document as it would be written; XML and whatever else JSON does not have as text. */
export function jsonOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
