import type { SourcePlace } from '../model/errors.js';

/** One element of a document that was read, with its place; namespaces are resolved. */
export interface XmlElement {
  readonly kind: 'element';
  /** As written, prefix included. */
  readonly name: string;
  /** Empty where there is none. */
  readonly prefix: string;
  /** The name without its prefix. */
  readonly local: string;
  /** Empty for an element in no namespace. */
  readonly namespace: string;
  /** In document order, by the name as written; declarations of namespaces are not among them. */
  readonly attributes: ReadonlyMap<string, XmlAttribute>;
  /** Elements and texts in document order; comments and processing instructions are left out. */
  readonly children: readonly XmlNode[];
  /** Where the `<` of its start tag stands. */
  readonly place: SourcePlace;
  /** What stands between its tags, byte for byte (line ends as `\n`). */
  readonly inner: string;
}

/** A run of text, or one CDATA section; entities are resolved. */
export interface XmlText {
  readonly kind: 'text';
  readonly text: string;
  readonly place: SourcePlace;
}

export type XmlNode = XmlElement | XmlText;

export interface XmlAttribute {
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  /** Empty for an attribute without a prefix. */
  readonly namespace: string;
  readonly value: string;
  /** Where its name starts. */
  readonly place: SourcePlace;
  /** Where the first character of its value stands. */
  readonly valuePlace: SourcePlace;
}

/** The value of an attribute, or `undefined` where it is absent. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes.get(name)?.value;
}

/** Where the value of an attribute stands, or the element where it is absent. */
export function placeOf(element: XmlElement, attribute: string): SourcePlace {
  return element.attributes.get(attribute)?.valuePlace ?? element.place;
}

/** The child elements of the element's own namespace, all of them or those of one name. */
export function childrenOf(element: XmlElement, local?: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement =>
      child.kind === 'element' &&
      child.namespace === element.namespace &&
      (local === undefined || child.local === local),
  );
}

/** The text directly inside the element, CDATA included, untrimmed. */
export function textOf(element: XmlElement): string {
  return element.children.map((child) => (child.kind === 'text' ? child.text : '')).join('');
}
