import type {
  Block,
  InvokeNode,
  SendStep,
  StateNode,
  Step,
  StepOf,
  Text,
  TransitionNode,
} from '../statechart/index.js';
import { excerpt } from '../statechart/index.js';

/** What a state does, one line per step: `entry / …`, `do / operation`, `exit / …`, as UML writes it. */
export function stateLines(state: StateNode): string[] {
  return [
    ...state.onentry.flatMap((block) => blockLines(block).map((line) => `entry / ${line}`)),
    ...state.invokes.map((invoke) => `do / ${invokeText(invoke)}`),
    ...state.onexit.flatMap((block) => blockLines(block).map((line) => `exit / ${line}`)),
  ];
}

/** `event [cond]`, then one line per step of its content. */
export function transitionLines({ events, cond, content }: TransitionNode): string[] {
  const head = [events.join(' or '), cond ? `[${excerpt(cond.text, 40)}]` : ''].filter(Boolean).join(' ');
  return [...(head === '' ? [] : [head]), ...blockLines(content).map((line) => `/ ${line}`)];
}

function blockLines(block: Block): string[] {
  return block.steps.map(stepText);
}

function stepText(step: Step): string {
  return excerpt((STEP_TEXTS[step.kind] as (step: Step) => string)(step), 48);
}

const STEP_TEXTS: { readonly [K in Step['kind']]: (step: StepOf<K>) => string } = {
  raise: ({ event }) => `raise ${event}`,
  if: ({ branches }) =>
    branches
      .map(({ cond, block }) => `${cond ? `if ${cond.text}` : 'else'}: ${blockLines(block).join('; ')}`)
      .join(' '),
  foreach: ({ item, array, block }) => `for ${item.name} of ${array.text}: ${blockLines(block).join('; ')}`,
  log: ({ label, expr }) => `log ${[label, expr?.text ?? ''].filter(Boolean).join(': ')}`,
  assign: ({ location, expr, value }) => `${location.text} := ${expr ? expr.text : jsonOf(value)}`,
  script: ({ script }) => script.text,
  send: sendText,
  cancel: ({ sendId }) => `cancel ${textOf(sendId)}`,
  set: ({ path, expr }) => `${path} := ${expr.text}`,
};

function sendText({ event, type, target, delay }: SendStep): string {
  const verb = type === 'attitune' ? 'emit' : 'send';
  const to = target === undefined ? '' : ` to ${textOf(target)}`;
  const after = typeof delay === 'number' ? (delay > 0 ? ` after ${seconds(delay)}` : '') : ` after ${delay.text}`;
  return `${verb} ${textOf(event)}${to}${after}`;
}

function invokeText({ src, params }: InvokeNode): string {
  const given = params.map(({ name, expr }) => (name === expr.text ? name : `${name}=${excerpt(expr.text, 20)}`));
  return excerpt(given.length > 0 ? `${textOf(src)} (${given.join(', ')})` : textOf(src), 60);
}

function textOf(text: Text): string {
  return typeof text === 'object' ? text.text : (text ?? '');
}

function seconds(delayMs: number): string {
  return delayMs % 1000 === 0 || delayMs > 1000 ? `${delayMs / 1000} s` : `${delayMs} ms`;
}

function jsonOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
