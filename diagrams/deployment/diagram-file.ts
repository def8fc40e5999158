import { dirname, resolve } from 'node:path';
import { asset } from '../../core/assets/package-root.js';
import { attributeOf, type XmlElement } from '../../core/xml/index.js';

const LIBRARY = 'library:';

/** The diagram that an attribute names: `library:NAME` is a stock one; anything else is relative to the file that names it. */
export function diagramFile(element: XmlElement, attribute: 'src' | 'policy'): string {
  const source = attributeOf(element, attribute) ?? '';
  if (source.startsWith(LIBRARY)) return asset(`diagrams/library/${source.slice(LIBRARY.length)}.scxml`);
  return resolve(dirname(resolve(element.place.file)), source);
}
