import { readFileSync } from 'node:fs';
import path from 'node:path';
import { attributeOf, childrenOf, parseXml } from '../../core/xml/index.js';

/** One document of W3C's suite that decides by itself. */
export interface W3cTest {
  /** W3C's number, with a letter where it has several documents: `403b`. */
  readonly id: string;
  readonly level: 'mandatory' | 'optional';
  /** Chapter of the standard. */
  readonly chapter: string;
  readonly file: string;
}

/** W3C's numbers whose document in the package is softer than W3C's own; ours are W3C's form. */
const STRICT = new Set(['553', '554']);

/**
 * The automatic tests of W3C's manifest. Documents that others invoke or load (`test216sub1`, `.txt`) are no tests, nor
 * are those that a person must judge.
 */
export function readManifest(suite: string, fixtures: string): W3cTest[] {
  const folder = path.join(suite, 'w3c-ecma');
  const file = path.join(folder, 'manifest.xml');
  const root = parseXml(readFileSync(file, 'utf8'), file);
  return childrenOf(root, 'assert').flatMap((assertion) =>
    childrenOf(assertion, 'test').flatMap((test): W3cTest[] => {
      const level = attributeOf(test, 'conformance');
      if (attributeOf(test, 'manual') !== 'false' || (level !== 'mandatory' && level !== 'optional')) return [];
      return childrenOf(test, 'start').flatMap((start) => {
        const id = /\/test(\d+[a-z]?)\.txml$/.exec(attributeOf(start, 'uri') ?? '')?.[1];
        if (id === undefined) return [];
        const document = STRICT.has(id)
          ? path.join(fixtures, `test${id}.scxml`)
          : path.join(folder, `test${id}.txml.scxml`);
        return [{ id, level, chapter: attributeOf(assertion, 'specnum') ?? '', file: document }];
      });
    }),
  );
}
