/**
 * The XML reader that all file formats share. {@link parseXml} gives a tree with the place of everything in it,
 * {@link checkElement} compares it with a {@link Grammar}, which is data, and tells all that is wrong at once.
 */
export { parseXml } from './parse-xml.js';
export { attributeOf, childrenOf, placeOf, textOf } from './xml-element.js';
export type { XmlAttribute, XmlElement, XmlNode, XmlText } from './xml-element.js';
export { byPlace, checkElement } from './grammar.js';
export type { AttributeRule, ChildRule, ElementRule, Grammar } from './grammar.js';
export { schemaOf } from './schema.js';
export { editDistance, nearest, suggest } from './suggest.js';
export { readTextFile } from './text-file.js';
export { VALUE_TYPES } from './value-types.js';
export type { ValueType, ValueTypeInfo } from './value-types.js';
