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

  /** File by file, in the order of `files` where they are given, and by place within a file. */
  sorted(files: readonly string[] = []): readonly AttituneError[] {
    const order = [...new Set([...files, ...this.errors.map(({ place }) => place?.file ?? '')])];
    const rank = new Map(order.map((file, index) => [file, index]));
    const ranked = ({ place }: AttituneError) =>
      [rank.get(place?.file ?? '') ?? 0, place?.line ?? 0, place?.column ?? 0] as const;
    return [...this.errors].sort((first, second) => {
      const [a, b] = [ranked(first), ranked(second)];
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    });
  }
}
