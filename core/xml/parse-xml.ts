import { XMLParser } from 'fast-xml-parser';
import { resolveEntities } from './entities.js';
import { SourceText } from './source-text.js';
import { readStartTag } from './start-tag.js';
import type { RawAttribute, StartTag } from './start-tag.js';
import { malformed, parseWellFormed } from './well-formed.js';
import type { ParsedNode } from './well-formed.js';
import type { XmlAttribute, XmlElement, XmlNode } from './xml-element.js';

const METADATA = XMLParser.getMetaDataSymbol() as unknown as string;
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

/** Prefix → namespace; the default namespace stands under the empty prefix. */
type Scope = ReadonlyMap<string, string>;

/**
 * Reads an XML document with the place of each element, text and attribute and with its namespaces resolved.
 * `file` is what errors name. Throws `xml-malformed` at the first fault of a text that is not well-formed.
 */
export function parseXml(text: string, file: string): XmlElement {
  return new DocumentReader(new SourceText(file, text)).read();
}

class DocumentReader {
  constructor(private readonly source: SourceText) {}

  read(): XmlElement {
    const nodes = parseWellFormed(this.source).filter((node) => {
      const name = nameOf(node);
      return !name.startsWith('?') && !name.startsWith('#');
    });
    const [root, second] = nodes;
    if (!root) throw malformed(this.source, 0, 'the file holds no element. Check that it is the file you mean.');
    if (second) {
      const at = metadata(second)?.startIndex ?? 0;
      throw malformed(this.source, at, 'a second outermost element. A file has one; put both inside another.');
    }
    this.#refuseTail(metadata(root)?.endIndex ?? this.source.text.length);
    return this.#element(root, new Map([['xml', XML_NAMESPACE]]));
  }

  /** Only comments and processing instructions may follow the root. */
  #refuseTail(end: number): void {
    const tail = this.source.text
      .slice(end)
      .replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, (part) => ' '.repeat(part.length));
    const at = tail.search(/\S/);
    if (at >= 0) throw malformed(this.source, end + at, 'text after the end of the outermost element. Remove it.');
  }

  #element(node: ParsedNode, outer: Scope): XmlElement {
    const start = metadata(node)?.startIndex ?? 0;
    const tag = readStartTag(this.source.text, start);
    if (!tag) throw malformed(this.source, start, 'this start tag cannot be read. Check its attributes and quotes.');
    const scope = this.#declarations(tag, outer);
    const name = this.#qualify(tag.name, start + 1, scope, scope.get('') ?? '');
    const end = metadata(node)?.endIndex ?? tag.end;
    return {
      kind: 'element',
      ...name,
      attributes: this.#attributes(tag, scope),
      children: this.#children(node[nameOf(node)] as readonly ParsedNode[], tag.end, scope),
      place: this.source.placeAt(start),
      inner: tag.selfClosing ? '' : this.source.text.slice(tag.end, this.source.text.lastIndexOf('</', end)),
    };
  }

  #declarations(tag: StartTag, outer: Scope): Scope {
    const declared = tag.attributes.filter(isDeclaration);
    if (declared.length === 0) return outer;
    const scope = new Map(outer);
    for (const attribute of declared) scope.set(attribute.name.slice(6), this.#value(attribute));
    return scope;
  }

  #attributes(tag: StartTag, scope: Scope): ReadonlyMap<string, XmlAttribute> {
    const attributes = new Map<string, XmlAttribute>();
    for (const raw of tag.attributes) {
      if (isDeclaration(raw)) continue;
      attributes.set(raw.name, {
        ...this.#qualify(raw.name, raw.nameOffset, scope, ''),
        value: this.#value(raw),
        place: this.source.placeAt(raw.nameOffset),
        valuePlace: this.source.placeAt(raw.valueOffset),
      });
    }
    return attributes;
  }

  #value(raw: RawAttribute): string {
    const bracket = raw.value.indexOf('<');
    if (bracket >= 0) {
      throw malformed(this.source, raw.valueOffset + bracket, 'a literal < in the value of an attribute. Write &lt;.');
    }
    // XML 1.0, 3.3.3: white space in the value of an attribute counts as spaces
    return this.#resolve(raw.value.replace(/[\n\t]/g, ' '), raw.valueOffset);
  }

  #children(nodes: readonly ParsedNode[], from: number, scope: Scope): XmlNode[] {
    const children: XmlNode[] = [];
    let at = from;
    for (const node of nodes) {
      const name = nameOf(node);
      if (name === '#text') {
        const raw = node[name] as string;
        children.push({ kind: 'text', text: this.#resolve(raw, at), place: this.source.placeAt(at) });
        at += raw.length;
      } else if (name === '#comment') {
        at += contentOf(node).length + '<!---->'.length;
      } else if (name === '#cdata') {
        const text = contentOf(node);
        children.push({ kind: 'text', text, place: this.source.placeAt(at + '<![CDATA['.length) });
        at += text.length + '<![CDATA[]]>'.length;
      } else {
        if (!name.startsWith('?')) children.push(this.#element(node, scope));
        at = metadata(node)?.endIndex ?? at;
      }
    }
    return children;
  }

  #resolve(raw: string, offset: number): string {
    return resolveEntities(raw, (reference, at) => {
      throw malformed(
        this.source,
        offset + at,
        `"${reference}" is no known entity. Write &amp; for a literal &, or the character itself.`,
      );
    });
  }

  #qualify(name: string, offset: number, scope: Scope, unprefixed: string) {
    const colon = name.indexOf(':');
    if (colon < 0) return { name, prefix: '', local: name, namespace: unprefixed };
    const prefix = name.slice(0, colon);
    const namespace = scope.get(prefix);
    if (!namespace) {
      throw malformed(
        this.source,
        offset,
        `the prefix "${prefix}" of "${name}" is not declared. Add xmlns:${prefix}="…" to the outermost element.`,
      );
    }
    return { name, prefix, local: name.slice(colon + 1), namespace };
  }
}

function nameOf(node: ParsedNode): string {
  for (const key in node) if (key !== ':@') return key;
  return '#text';
}

function contentOf(node: ParsedNode): string {
  const parts = node[nameOf(node)] as readonly ParsedNode[];
  return parts.map((part) => (part['#text'] as string | undefined) ?? '').join('');
}

function metadata(node: ParsedNode): { readonly startIndex?: number; readonly endIndex?: number } | undefined {
  return node[METADATA] as { startIndex?: number; endIndex?: number } | undefined;
}

function isDeclaration(attribute: RawAttribute): boolean {
  return attribute.name === 'xmlns' || attribute.name.startsWith('xmlns:');
}
