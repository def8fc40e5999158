import { attributeOf, childrenOf, type XmlElement } from '../../core/xml/index.js';

/** The children `<attribute name value>` or `<param name value>` of an element as a record. */
export function namedValues(element: XmlElement, child: 'attribute' | 'param'): Readonly<Record<string, string>> {
  return Object.fromEntries(
    childrenOf(element, child).map((entry) => [attributeOf(entry, 'name') ?? '', attributeOf(entry, 'value') ?? '']),
  );
}
