import { attributeOf, childrenOf, placeOf, textOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Param, Payload } from '../chart/content.js';
import type { ReaderContext } from './reader-context.js';

/** Reads `namelist`, `<param>` and `<content>` of a `<send>` or `<donedata>`. */
export function readPayload(element: XmlElement, context: ReaderContext): Payload {
  const params = readParams(element, context);
  const content = childrenOf(element, 'content')[0];
  if (!content) return { params, content: undefined };
  if (params.length > 0) {
    const message = `<${element.name}> has both <content> and parameters. Keep one of them.`;
    context.fail('xml-element', message, content.place);
  }
  const value = inlineValue(content);
  const expr = context.attribute(content, 'expr');
  if (expr && value !== undefined) {
    context.fail('xml-element', '<content> has both "expr" and content. Keep one of them.', content.place);
  }
  return { params, content: { expr, value } };
}

/** Reads `namelist` and `<param>`. */
export function readParams(element: XmlElement, context: ReaderContext): Param[] {
  const params: Param[] = [];
  const start = placeOf(element, 'namelist');
  for (const match of (attributeOf(element, 'namelist') ?? '').matchAll(/\S+/g)) {
    const place = { ...start, column: start.column + match.index };
    params.push({ name: match[0], expr: context.expression('value', match[0], place) });
  }
  for (const param of childrenOf(element, 'param')) {
    const name = attributeOf(param, 'name') ?? '';
    context.exclusive(param, 'expr', 'location');
    const expr = context.attribute(param, 'expr') ?? context.attribute(param, 'location');
    if (expr) params.push({ name, expr });
    else context.fail('xml-attribute', `<param name="${name}"> lacks the attribute "expr". Add it.`, param.place);
  }
  return params;
}

/**
 * The content of `<data>`, `<content>` and `<assign>` (SCXML B.2.1): JSON as its value, elements as their text byte
 * for byte, anything else as a string with its white space normalised. `undefined` where there is none.
 */
export function inlineValue(element: XmlElement): unknown {
  if (element.children.some((child) => child.kind === 'element')) return element.inner.trim();
  const text = textOf(element).trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.replace(/\s+/g, ' ');
  }
}
