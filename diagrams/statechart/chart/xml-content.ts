/**
 * XML that is a value: inline content, a file, the body of a message. In the data model it is a DOM document; outside,
 * and in records, it is this text.
 */
export class XmlContent {
  /** `xml` is one element with all namespaces that it needs, or a document. */
  constructor(readonly xml: string) {}

  toString(): string {
    return this.xml;
  }

  toJSON(): string {
    return this.xml;
  }
}
