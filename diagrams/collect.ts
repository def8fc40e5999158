import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import { attributeOf, placeOf, type XmlElement } from '../core/xml/index.js';

/** Collects what is wrong with a file while it is read on, so that all of it can be told at once. */
export class Collector {
  readonly errors: AttituneError[] = [];

  /** Runs a parser; what it throws is collected, and `fallback` stands in for its result. */
  attempt<T>(parse: () => T, fallback: T): T {
    try {
      return parse();
    } catch (error) {
      this.errors.push(AttituneError.from(error));
      return fallback;
    }
  }

  add(code: AttituneError['code'], message: string, place: SourcePlace): void {
    this.errors.push(new AttituneError(code, message, { place }));
  }

  /** The value of an attribute run through `parse`, with its place; `fallback` where it is absent or wrong. */
  parsed<T>(element: XmlElement, attribute: string, parse: (text: string, place: SourcePlace) => T, fallback: T): T {
    const text = attributeOf(element, attribute);
    return text === undefined ? fallback : this.attempt(() => parse(text, placeOf(element, attribute)), fallback);
  }

  /** In the order of their places, each once. */
  sorted(): readonly AttituneError[] {
    return [...this.errors].sort(
      (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
    );
  }
}
