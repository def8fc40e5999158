import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { AttituneError } from '../model/errors.js';
import { isXmlCharacter } from './entities.js';
import type { SourceText } from './source-text.js';

/** Elements nested deeper than this are refused: no file of ours needs it, and it keeps the reader's stack small. */
const DEEPEST = 200;

const parser = new XMLParser({
  preserveOrder: true,
  captureMetaData: true,
  // attributes are read from the source instead, for their places and so that no name of theirs becomes a key
  ignoreAttributes: true,
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  commentPropName: '#comment',
  cdataPropName: '#cdata',
  maxNestedTags: DEEPEST,
  onDangerousProperty: (name: string) => name,
});

/** What fast-xml-parser gives for one node with `preserveOrder`. */
export type ParsedNode = Readonly<Record<string, unknown>>;

/**
 * Parses a text and checks that it is well-formed. Throws `xml-malformed` with the place of the first fault.
 * Document type declarations are refused: our formats need none, and they are what XML bombs and external entities
 * are made of.
 */
export function parseWellFormed(source: SourceText): readonly ParsedNode[] {
  const { text } = source;
  refuseCharacters(source);
  refuseDoctype(source);
  let nodes: readonly ParsedNode[] | undefined;
  let thrown: unknown;
  try {
    nodes = parser.parse(text) as readonly ParsedNode[];
  } catch (error) {
    thrown = error;
  }
  // where both find a fault, the validator tells it better, and its place
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor is a package of its own that does the same
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw fromValidator(source, verdict.err);
  if (!nodes) throw fromParser(source, thrown as Error);
  return nodes;
}

/** An `xml-malformed` error at an offset. */
export function malformed(source: SourceText, offset: number, message: string): AttituneError {
  return new AttituneError('xml-malformed', message, { place: source.placeAt(offset) });
}

function refuseCharacters(source: SourceText): void {
  const suspect = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/g;
  for (let match = suspect.exec(source.text); match; match = suspect.exec(source.text)) {
    const code = source.text.codePointAt(match.index) as number;
    if (!isXmlCharacter(code)) {
      const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
      throw malformed(source, match.index, `the character ${name} is not allowed in XML. Remove it.`);
    }
    suspect.lastIndex = match.index + 2;
  }
}

/** `<!` begins a comment or a CDATA section that is closed; everything else that it may begin is refused. */
function refuseDoctype(source: SourceText): void {
  const { text } = source;
  for (let at = text.indexOf('<!'); at >= 0; at = text.indexOf('<!', at)) {
    const closing = text.startsWith('<!--', at) ? '-->' : text.startsWith('<![CDATA[', at) ? ']]>' : undefined;
    const end = closing === undefined ? -1 : text.indexOf(closing, at + 4);
    if (closing !== undefined && end >= 0) {
      at = end + closing.length;
      continue;
    }
    const message = text.startsWith('<!DOCTYPE', at)
      ? 'document type declarations and their entities are not accepted. Remove <!DOCTYPE …>.'
      : 'a comment, CDATA section or declaration is not closed. End it with --> or ]]>.';
    throw malformed(source, at, message);
  }
}

function fromParser(source: SourceText, error: Error): AttituneError {
  const reserved = /Invalid name: "([^"]+)"/.exec(error.message)?.[1];
  if (reserved !== undefined) {
    const at = Math.max(0, source.text.search(new RegExp(`<${reserved}[\\s/>]`)));
    return malformed(source, at, `"${reserved}" cannot be the name of an element. Rename it.`);
  }
  if (error.message.includes('nested tags')) {
    return malformed(source, 0, `elements are nested more than ${DEEPEST} deep. Flatten the file.`);
  }
  return malformed(source, Math.max(0, source.text.lastIndexOf('<')), tidy(error.message));
}

function fromValidator(source: SourceText, fault: { msg: string; line: number; col?: number }): AttituneError {
  const open = /^Invalid '(\[.*\])' found\.$/.exec(fault.msg)?.[1];
  if (open !== undefined) {
    const name = (JSON.parse(open) as string[]).at(-1) as string;
    const starts = [...source.text.matchAll(new RegExp(`<${name.replace(/[.$]/g, '\\$&')}(?=[\\s>])`, 'g'))];
    return malformed(source, starts.at(-1)?.index ?? 0, `<${name}> is not closed. Add </${name}>.`);
  }
  const place = { file: source.file, line: fault.line, column: fault.col ?? 1 };
  const hint = HINTS.find(([pattern]) => pattern.test(fault.msg))?.[1] ?? '';
  return new AttituneError('xml-malformed', `${tidy(fault.msg)}${hint}`, { place });
}

function tidy(message: string): string {
  const text = message.charAt(0).toLowerCase() + message.slice(1).trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What to do about the validator's messages. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/Start tag expected/, ' The file holds no element: check that it is the file you mean.'],
  [/char '&'/, ' Write &amp; for a literal &.'],
  [/without value|boolean attribute/i, ' Write name="value".'],
  [/repeated/, ' Keep one of the two.'],
  [/Unclosed tag '([^']*)'/, ' Add its end tag.'],
  [/Expected closing tag/, ' Close elements in the reverse order of their opening.'],
  [/open quote/, ' Close the quote of the value.'],
  [/no space in starting/, ' Put a space between attributes.'],
  [/Multiple possible root/, ' A file has one outermost element.'],
  [/has not been opened/, ' Remove it or add its start tag.'],
];
