import { attributeOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Migration, StateNode } from '../chart/chart.js';
import { suggest } from '../../../core/xml/index.js';
import type { ReaderContext } from './reader-context.js';
import { DIAGRAM_NAMESPACE } from './scxml.grammar.js';

/** Reads every `<at:migration from="HASH|*">` directly under `<scxml>`. */
export function readMigrations(
  root: XmlElement,
  byId: ReadonlyMap<string, StateNode>,
  context: ReaderContext,
): Migration[] {
  return extensions(root, 'migration').map((element) => {
    const from = required(element, 'from', context);
    if (from !== '*' && !/^[0-9a-f]{64}$/.test(from)) {
      const message = `from="${from}" is neither * nor the hash of a diagram (64 hexadecimal digits).`;
      context.fail('value', message, element.attributes.get('from')?.valuePlace ?? element.place);
    }
    return { from, states: readStates(element, byId, context), place: element.place };
  });
}

function readStates(
  element: XmlElement,
  byId: ReadonlyMap<string, StateNode>,
  context: ReaderContext,
): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  for (const rule of extensions(element, 'state')) {
    const to = required(rule, 'to', context);
    if (to !== '' && !byId.has(to)) {
      const message = `there is no state "${to}".${suggest(to, byId.keys())}`;
      context.fail('unknown-state', message, rule.attributes.get('to')?.valuePlace ?? rule.place);
    }
    states.set(required(rule, 'from', context), to);
  }
  return states;
}

function extensions(element: XmlElement, local: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement =>
      child.kind === 'element' && child.namespace === DIAGRAM_NAMESPACE && child.local === local,
  );
}

function required(element: XmlElement, name: string, context: ReaderContext): string {
  const value = attributeOf(element, name);
  if (value === undefined) {
    context.fail('xml-attribute', `<${element.name}> lacks the attribute "${name}". Add ${name}="…".`, element.place);
  }
  return value ?? '';
}
