import type { Element } from '@xmldom/xmldom';
import { elementAt, isElement } from './domain-xml-document.js';

/** Namespace of what AttiTUNe keeps in the `<metadata>` of a domain. */
export const LABELS_NAMESPACE = 'urn:attitune:vm:1';

/** The element that holds a domain's labels. */
export function labelsElement(domain: Element): Element | undefined {
  const metadata = elementAt(domain, 'metadata');
  return metadata && ownChildren(metadata, 'vm')[0];
}

export function readLabels(domain: Element): Readonly<Record<string, string>> {
  const holder = labelsElement(domain);
  const labels = (holder ? ownChildren(holder, 'label') : []).map(
    (label) => [label.getAttribute('name') ?? '', label.getAttribute('value') ?? ''] as const,
  );
  return Object.fromEntries(labels);
}

function ownChildren(parent: Element, name: string): Element[] {
  return [...parent.childNodes].filter(
    (node): node is Element => isElement(node) && node.namespaceURI === LABELS_NAMESPACE && node.localName === name,
  );
}
