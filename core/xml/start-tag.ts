/** One attribute as it stands in a start tag; offsets are those of the document. */
export interface RawAttribute {
  readonly name: string;
  readonly value: string;
  readonly nameOffset: number;
  readonly valueOffset: number;
}

export interface StartTag {
  readonly name: string;
  readonly attributes: readonly RawAttribute[];
  /** Offset behind the `>`. */
  readonly end: number;
  readonly selfClosing: boolean;
}

const ATTRIBUTE = /\s*([^\s=/>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const NAME = /<([^\s/>]+)/y;
const END = /\s*(\/?)>/y;

/** Reads the start tag at `offset` of a document that was found well-formed, keeping the place of everything in it. */
export function readStartTag(text: string, offset: number): StartTag | undefined {
  NAME.lastIndex = offset;
  const name = NAME.exec(text)?.[1];
  if (name === undefined) return undefined;
  const attributes: RawAttribute[] = [];
  let at = NAME.lastIndex;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const match = ATTRIBUTE.exec(text);
    if (!match) break;
    const value = match[2] ?? match[3] ?? '';
    attributes.push({
      name: match[1] as string,
      value,
      nameOffset: at + match[0].indexOf(match[1] as string),
      valueOffset: ATTRIBUTE.lastIndex - 1 - value.length,
    });
    at = ATTRIBUTE.lastIndex;
  }
  END.lastIndex = at;
  const end = END.exec(text);
  return end ? { name, attributes, end: END.lastIndex, selfClosing: end[1] === '/' } : undefined;
}
