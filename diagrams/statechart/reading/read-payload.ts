import { attributeOf, childrenOf, placeOf, textOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Content, Param, Payload } from '../chart/content.js';
import { valueOfText } from '../chart/inline-value.js';
import { XmlContent } from '../chart/xml-content.js';
import type { ReaderContext } from './reader-context.js';
import { serialiseXml } from './serialise-xml.js';

/** Reads `namelist`, `<param>` and `<content>` of a `<send>` or `<donedata>`. */
export function readPayload(element: XmlElement, context: ReaderContext): Payload {
  const params = readParams(element, context);
  const content = childrenOf(element, 'content')[0];
  if (!content) return { params, content: undefined };
  if (params.length > 0) {
    const message = `<${element.name}> has both <content> and parameters. Keep one of them.`;
    context.fail('xml-element', message, content.place);
  }
  return { params, content: readContent(content, context) };
}

/** Reads `<content>`. */
export function readContent(element: XmlElement, context: ReaderContext): Content {
  const value = inlineValue(element);
  const expr = context.attribute(element, 'expr');
  if (expr && value !== undefined) {
    context.fail('xml-element', '<content> has both "expr" and content. Keep one of them.', element.place);
  }
  return { expr, value };
}

/** Reads `namelist` and `<param>`. */
export function readParams(element: XmlElement, context: ReaderContext): Param[] {
  const params: Param[] = [];
  const start = placeOf(element, 'namelist');
  for (const match of (attributeOf(element, 'namelist') ?? '').matchAll(/\S+/g)) {
    const place = { ...start, column: start.column + match.index };
    const expr = context.expression('reference', match[0], place);
    params.push({ name: match[0], expr, location: readable(expr, context) });
  }
  for (const param of childrenOf(element, 'param')) {
    const name = attributeOf(param, 'name') ?? '';
    context.exclusive(param, 'expr', 'location');
    const read = context.attribute(param, 'location', 'reference');
    const expr = context.attribute(param, 'expr') ?? read;
    if (expr) params.push({ name, expr, location: read && readable(read, context) });
    else context.fail('xml-attribute', `<param name="${name}"> lacks the attribute "expr". Add it.`, param.place);
  }
  return params;
}

/** The same place in the data model, to be written. */
function readable({ text, place, fault }: Param['expr'], context: ReaderContext): Param['location'] {
  return fault === undefined ? context.expression('location', text, place) : undefined;
}

/**
 * The content of `<data>`, `<content>` and `<assign>` (SCXML B.2.1): one element as {@link XmlContent}, JSON as its
 * value, anything else as a string with its white space normalised. `undefined` where there is none.
 */
export function inlineValue(element: XmlElement): unknown {
  const elements = element.children.filter((child) => child.kind === 'element');
  const text = textOf(element);
  const [only] = elements;
  if (only && elements.length === 1 && text.trim() === '') return new XmlContent(serialiseXml(only));
  return elements.length > 0 ? element.inner.trim() : valueOfText(text);
}
