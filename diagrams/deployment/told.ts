import type { SourcePlace } from '../../core/model/errors.js';

/** A place for a message about another one: `on line 3` in the same file, `at hosts.xml:3:5` in another. */
export function told(place: SourcePlace, from: SourcePlace): string {
  return place.file === from.file ? `on line ${place.line}` : `at ${place.file}:${place.line}:${place.column}`;
}
