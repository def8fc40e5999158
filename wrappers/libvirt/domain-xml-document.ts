/** libvirt's domain documents as trees that can be edited: what an edit does not touch stays as it was written. */
import { DOMParser, ParseError, XMLSerializer } from '@xmldom/xmldom';
import type { Document, Element, Node } from '@xmldom/xmldom';
import { AttituneError } from '../../core/model/errors.js';
import type { SourcePlace } from '../../core/model/errors.js';
import { parseXml } from '../../core/xml/index.js';
import { SourceText } from '../../core/xml/source-text.js';

/** A document of libvirt's has some kilobytes; what is far larger is none, and is not read. */
const LARGEST_CHARACTERS = 1024 * 1024;

/**
 * Reads a document whose root is `<domain>`. Throws `xml-malformed`, with the place in `file`, for what is not
 * well-formed, has a document type declaration, is nested too deeply or too large, and `xml-element` for another root.
 */
export function parseDomainDocument(xml: string, file = 'domain.xml'): Document {
  if (xml.length > LARGEST_CHARACTERS) {
    throw new AttituneError('xml-malformed', 'the document is larger than 1 MiB. A domain needs some kilobytes.', {
      place: { file, line: 1, column: 1 },
    });
  }
  // tells faults with their places, and refuses document types
  const root = parseXml(xml, file);
  if (root.name !== 'domain') {
    const what = `the document is a <${root.name}>, not a <domain>. 'virsh dumpxml' writes one of a domain that is there.`;
    throw new AttituneError('xml-element', what, { place: root.place });
  }
  return parseTree(xml.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'), file);
}

function parseTree(text: string, file: string): Document {
  let fault: string | undefined;
  try {
    return new DOMParser({
      // its own rule is that of XML 1.1, where U+2028 ends a line
      normalizeLineEndings: (normalised) => normalised,
      onError: (level, message) => {
        if (level === 'warning') return;
        fault ??= message;
        throw new ParseError(message);
      },
    }).parseFromString(text, 'text/xml');
  } catch (error) {
    // it is stricter in some points, such as where processing instructions may be
    const told = fault ?? (error as Error).message;
    const offset = Number(/ at position (\d+)/.exec(told)?.[1] ?? 0);
    const message = `${told.replace(/(?: starting)? at position \d+/, '')}. Correct or remove it.`;
    throw new AttituneError('xml-malformed', message, {
      cause: error,
      place: new SourceText(file, text).placeAt(offset),
    });
  }
}

export function domainOf(document: Document): Element {
  return document.documentElement as Element;
}

export function serialise(document: Document): string {
  return `${new XMLSerializer().serializeToString(document).trimEnd()}\n`;
}

/** Where an element stands in the file that it was read from. */
export function elementPlace(element: Element, file: string): SourcePlace {
  return { file, line: element.lineNumber ?? 1, column: element.columnNumber ?? 1 };
}

export function isElement(node: Node): node is Element {
  return node.nodeType === 1;
}

/** The child elements in libvirt's own, empty namespace, all of them or those of one name. */
export function childElements(parent: Element, name?: string): Element[] {
  return [...parent.childNodes].filter(
    (node): node is Element => isElement(node) && !node.namespaceURI && (name === undefined || node.localName === name),
  );
}

/** The first element at the end of a way down. */
export function elementAt(from: Element, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>((element, name) => element && childElements(element, name)[0], from);
}

/** The text of the first element at the end of a way down, untrimmed. */
export function textAt(from: Element, ...path: readonly string[]): string | undefined {
  return elementAt(from, ...path)?.textContent ?? undefined;
}

/** An attribute of the first element at the end of a way down. */
export function attributeAt(from: Element, path: readonly string[], name: string): string | undefined {
  return elementAt(from, ...path)?.getAttribute(name) ?? undefined;
}
