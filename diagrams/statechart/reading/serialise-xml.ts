import type { XmlElement } from '../../../core/xml/index.js';

/** Prefix → namespace; the default namespace stands under the empty prefix. */
type Scope = ReadonlyMap<string, string>;

/**
 * The text of an element that stands by itself: every namespace that it or something in it is in is declared, also
 * where the document declared it further out. Comments and processing instructions are left out.
 */
export function serialiseXml(element: XmlElement): string {
  return write(element, new Map([['', '']]));
}

function write(element: XmlElement, outer: Scope): string {
  const scope = new Map(outer);
  const declarations: string[] = [];
  const declare = (prefix: string, namespace: string) => {
    if (prefix === 'xml' || scope.get(prefix) === namespace) return;
    scope.set(prefix, namespace);
    declarations.push(` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escape(namespace)}"`);
  };
  declare(element.prefix, element.namespace);
  const attributes = [...element.attributes.values()].map(({ name, prefix, namespace, value }) => {
    if (prefix !== '') declare(prefix, namespace);
    return ` ${name}="${escape(value)}"`;
  });
  const inner = element.children.map((child) => (child.kind === 'text' ? escape(child.text) : write(child, scope)));
  const tag = element.name + declarations.join('') + attributes.join('');
  return inner.length === 0 ? `<${tag}/>` : `<${tag}>${inner.join('')}</${element.name}>`;
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => REFERENCES[character] ?? character);
}
