import type { Element } from '@xmldom/xmldom';
import { elementAt, isElement } from './domain-xml-document.js';
import { add, remove } from './domain-xml-editing.js';

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

/** Brings the labels of a document to these; other metadata stays. */
export function writeLabels(domain: Element, labels: Readonly<Record<string, string>>): void {
  if (same(readLabels(domain), labels)) return;
  remove(labelsElement(domain));
  const metadata = elementAt(domain, 'metadata');
  const entries = Object.entries(labels);
  if (entries.length === 0) {
    if (metadata?.childNodes.length === 0) remove(metadata);
    return;
  }
  add(
    metadata ?? add(domain, ['metadata']),
    [
      'attitune:vm',
      { 'xmlns:attitune': LABELS_NAMESPACE },
      entries.map(([name, value]) => ['attitune:label', { name, value }] as const),
    ],
    LABELS_NAMESPACE,
  );
}

function same(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const [left, right] = [a, b].map((labels) => JSON.stringify(Object.entries(labels)));
  return left === right;
}
