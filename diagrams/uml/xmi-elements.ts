import { placeOf, type XmlElement } from '../../core/xml/index.js';
import type { UmlText } from './uml-model.js';

/**
 * XMI mixes namespaces within one tree and changes them from version to version, so elements are told apart by their
 * names alone here.
 */

/** Child elements of any namespace: all, or those of some local names. */
export function elementsOf(element: XmlElement, ...names: readonly string[]): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child.kind === 'element' && (names.length === 0 || names.includes(child.local)),
  );
}

/** The value of an attribute by its name without prefix: `type` finds none of `xmi:type`. */
export function textAttribute(element: XmlElement, name: string): UmlText {
  return { text: element.attributes.get(name)?.value ?? '', place: placeOf(element, name) };
}

/** `xmi:id` (any prefix), or `xmi.id` of XMI 1. */
export function idOf(element: XmlElement): string {
  return prefixed(element, 'id') ?? element.attributes.get('xmi.id')?.value ?? '';
}

/** `xmi:type` or `xsi:type` without its own prefix: `Class` of `uml:Class`; empty where there is none. */
export function xmiTypeOf(element: XmlElement): string {
  return (prefixed(element, 'type') ?? '').replace(/^.*:/, '');
}

function prefixed(element: XmlElement, local: string): string | undefined {
  for (const attribute of element.attributes.values())
    if (attribute.prefix !== '' && attribute.local === local) return attribute.value;
  return undefined;
}
