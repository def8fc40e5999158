import { parseXml } from '../../../core/xml/index.js';
import { XmlContent } from './xml-content.js';

/**
 * What a text stands for as a value (SCXML B.2.1 and C.2): JSON as its value, an XML document as that, anything else
 * as a string with its white space normalised. `undefined` where there is nothing but white space.
 */
export function valueOfText(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (trimmed.startsWith('<') && isDocument(trimmed)) return new XmlContent(trimmed);
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return trimmed.replace(/\s+/g, ' ');
  }
}

function isDocument(text: string): boolean {
  try {
    parseXml(text, 'content');
    return true;
  } catch {
    return false;
  }
}
