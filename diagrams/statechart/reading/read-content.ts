import { attributeOf, placeOf, suggest, textOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Block, Branch, Expression, Step } from '../chart/content.js';
import { parseDelay } from '../chart/delay.js';
import { HTTP_PROCESSOR } from '../chart/service-type.js';
import { inlineValue, readPayload } from './read-payload.js';
import type { ReaderContext } from './reader-context.js';
import { DIAGRAM_ELEMENTS, DIAGRAM_NAMESPACE, SCXML_NAMESPACE } from './scxml.grammar.js';

type StepReader = (element: XmlElement, context: ReaderContext) => Step | undefined;

/** Reads the executable content inside an element; content of other namespaces is left out. */
export function readBlock(element: XmlElement, context: ReaderContext): Block {
  return { steps: stepsOf(element.children.filter(isElement), context) };
}

function isElement(node: XmlElement['children'][number]): node is XmlElement {
  return node.kind === 'element';
}

function stepsOf(elements: readonly XmlElement[], context: ReaderContext): Step[] {
  const steps: Step[] = [];
  for (const element of elements) {
    if (element.namespace === DIAGRAM_NAMESPACE) {
      const step = readExtension(element, context);
      if (step) steps.push(step);
    } else if (element.namespace === SCXML_NAMESPACE) {
      const step = STEP_READERS[element.local]?.(element, context);
      if (step) steps.push(step);
    }
  }
  return steps;
}

const STEP_READERS: Readonly<Record<string, StepReader>> = {
  raise: (element) => ({ kind: 'raise', event: attributeOf(element, 'event') ?? '', place: element.place }),
  if: (element, context) => ({ kind: 'if', branches: readBranches(element, context), place: element.place }),
  foreach: readForeach,
  log: (element, context) => ({
    kind: 'log',
    label: attributeOf(element, 'label') ?? '',
    expr: context.attribute(element, 'expr'),
    place: element.place,
  }),
  assign: readAssign,
  script: (element, context) => ({
    kind: 'script',
    script: readScript(element, 'script', context),
    place: element.place,
  }),
  send: readSend,
  cancel: (element, context) => {
    const sendId = context.either(element, 'sendid', 'sendidexpr');
    if (sendId === undefined)
      context.fail('xml-attribute', '<cancel> lacks the attribute "sendid". Add it.', element.place);
    return { kind: 'cancel', sendId, place: element.place };
  },
};

/** Reads a `<script>`: its text, or that of the file that its `src` names. */
export function readScript(element: XmlElement, use: 'script' | 'global', context: ReaderContext): Expression {
  context.needsVariables(element);
  const source = context.source(element);
  const text = textOf(element);
  if (source && text.trim() !== '') {
    context.fail('xml-element', '<script> has both "src" and content. Keep one of them.', element.place);
  }
  if (source) return context.expression(use, source.text, { file: source.file, line: 1, column: 1 });
  return context.expression(use, text, element.children[0]?.place ?? element.place);
}

function readBranches(element: XmlElement, context: ReaderContext): Branch[] {
  const arms: { cond: Branch['cond']; elements: XmlElement[] }[] = [
    { cond: context.attribute(element, 'cond'), elements: [] },
  ];
  let closed = false;
  for (const child of element.children.filter(isElement)) {
    const arm = child.namespace === SCXML_NAMESPACE && (child.local === 'elseif' || child.local === 'else');
    if (!arm) {
      arms.at(-1)?.elements.push(child);
      continue;
    }
    if (closed) context.fail('xml-element', `<${child.name}> after <else>. Move it before.`, child.place);
    closed ||= child.local === 'else';
    arms.push({ cond: child.local === 'else' ? undefined : context.attribute(child, 'cond'), elements: [] });
  }
  return arms.map(({ cond, elements }) => ({ cond, block: { steps: stepsOf(elements, context) } }));
}

function readForeach(element: XmlElement, context: ReaderContext): Step | undefined {
  context.needsVariables(element);
  const array = context.attribute(element, 'array');
  const variable = (name: string) => {
    const location = context.attribute(element, name, 'location');
    return location && { name: location.text.trim(), location };
  };
  const item = variable('item');
  const index = variable('index');
  if (!array || !item) return undefined;
  return { kind: 'foreach', array, item, index, block: readBlock(element, context), place: element.place };
}

function readAssign(element: XmlElement, context: ReaderContext): Step | undefined {
  context.needsVariables(element);
  const location = context.attribute(element, 'location', 'location');
  const expr = context.attribute(element, 'expr');
  const value = inlineValue(element);
  if (expr && value !== undefined) {
    context.fail('xml-element', '<assign> has both "expr" and content. Keep one of them.', element.place);
  }
  return location && { kind: 'assign', location, expr, value, place: element.place };
}

function readSend(element: XmlElement, context: ReaderContext): Step {
  context.exclusive(element, 'delay', 'delayexpr');
  context.exclusive(element, 'id', 'idlocation');
  const event = context.either(element, 'event', 'eventexpr');
  const payload = readPayload(element, context);
  const type = context.either(element, 'type', 'typeexpr');
  const named = typeof type === 'object' || type === HTTP_PROCESSOR;
  if (event === undefined && !payload.content && !named) {
    context.fail('xml-attribute', '<send> lacks the attribute "event". Add event="…" or eventexpr="…".', element.place);
  }
  return {
    kind: 'send',
    event,
    target: context.either(element, 'target', 'targetexpr'),
    type,
    id: attributeOf(element, 'id'),
    idLocation: context.attribute(element, 'idlocation', 'location'),
    delay: context.attribute(element, 'delayexpr') ?? readDelay(element, context),
    payload,
    place: element.place,
  };
}

function readDelay(element: XmlElement, context: ReaderContext): number {
  const text = attributeOf(element, 'delay');
  if (text === undefined) return 0;
  const delayMs = parseDelay(text);
  if (delayMs === undefined) {
    context.fail('value', `delay="${text}" is not a time such as "1s", "1.5s" or "200ms".`, placeOf(element, 'delay'));
  }
  return delayMs ?? 0;
}

function readExtension(element: XmlElement, context: ReaderContext): Step | undefined {
  const rules = DIAGRAM_ELEMENTS[element.local];
  if (!rules) {
    const message = `there is no element <${element.name}>.${suggest(element.local, Object.keys(DIAGRAM_ELEMENTS))}`;
    context.fail('xml-element', message, element.place);
    return undefined;
  }
  for (const { name } of rules) {
    if (element.attributes.has(name)) continue;
    context.fail('xml-attribute', `<${element.name}> lacks the attribute "${name}". Add ${name}="…".`, element.place);
  }
  const path = attributeOf(element, 'path');
  const expr = context.attribute(element, 'expr');
  return path !== undefined && expr ? { kind: 'set', path, expr, place: element.place } : undefined;
}
