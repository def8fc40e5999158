import { parseExpressionAt, type AnyNode, type Expression } from 'acorn';
import { AttituneError, type SourcePlace } from '../../model/errors.js';

/** Where something is in a JSON document: names of fields, and indexes of lists. */
export type JsonPath = readonly (string | number)[];

/** The value of a JSON text. Throws `json-malformed` with the place of what is wrong. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const { message, place } = faultOf(text, file, error instanceof Error ? error.message : String(error));
    throw new AttituneError('json-malformed', message, { place, cause: error });
  }
}

/** The places of the values in a JSON text that is well-formed: it is read again, once, when the first one is asked for. */
export class JsonPlaces {
  #root: Expression | undefined;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  /** Where a value begins; of a field that is not there, where what lacks it begins. `name`: where the name of the field does. */
  of(path: JsonPath, what: 'value' | 'name' = 'value'): SourcePlace {
    this.#root ??= expressionOf(this.text);
    let node: AnyNode = this.#root;
    let named: AnyNode = node;
    for (const part of path) {
      const next: [name: AnyNode, value: AnyNode] | undefined = child(node, part);
      if (!next) return placeAt(node, this.file);
      [named, node] = next;
    }
    return placeAt(what === 'name' ? named : node, this.file);
  }

  /** Where the elements of the list begin that is the last field of its name. Does not read all of a long document. */
  elements(field: string): readonly SourcePlace[] {
    const name = `${JSON.stringify(field)}:`;
    const at = this.text.lastIndexOf(name);
    const list = at < 0 ? undefined : expressionOf(this.text, at + name.length);
    return list?.type === 'ArrayExpression'
      ? list.elements.flatMap((one) => (one ? [placeAt(one, this.file)] : []))
      : [];
  }
}

/** `vms[3].cpuUsed` */
export function pathText(path: JsonPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function child(node: AnyNode, part: string | number): [AnyNode, AnyNode] | undefined {
  if (node.type === 'ArrayExpression') {
    const element = typeof part === 'number' ? node.elements[part] : undefined;
    return element ? [element, element] : undefined;
  }
  if (node.type !== 'ObjectExpression') return undefined;
  // of a name that comes twice the last one counts, as for JSON.parse
  const property = node.properties.findLast(
    (one) => one.type === 'Property' && one.key.type === 'Literal' && one.key.value === String(part),
  );
  return property?.type === 'Property' ? [property.key, property.value] : undefined;
}

function expressionOf(text: string, from = 0): Expression {
  return parseExpressionAt(text, from, { ecmaVersion: 'latest', locations: true });
}

function placeAt({ loc }: AnyNode, file: string): SourcePlace {
  return { file, line: loc?.start.line ?? 1, column: (loc?.start.column ?? 0) + 1 };
}

interface Fault {
  readonly message: string;
  readonly place: SourcePlace;
}

/** What is wrong with a text that is no JSON. `told`: what the runtime says of it, which seldom tells where. */
function faultOf(text: string, file: string, told: string): Fault {
  if (text.trim() === '') return { message: 'The file is empty.', place: { file, line: 1, column: 1 } };
  try {
    const stranger = strangerIn(expressionOf(text));
    if (stranger)
      return { message: strangeness(text.slice(stranger.start, stranger.end)), place: placeAt(stranger, file) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { loc } = error as SyntaxError & { readonly loc?: { readonly line: number; readonly column: number } };
    if (loc) return { message: 'This is no JSON.', place: { file, line: loc.line, column: loc.column + 1 } };
  }
  // what JavaScript allows and JSON does not: comments, a comma at the end, text after the end
  const [, position = '0'] = /position (\d+)/.exec(told) ?? [];
  const before = text.slice(0, Number(position)).split('\n');
  const place = { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  return { message: `This is no JSON: ${told}.`, place };
}

function strangeness(word: string): string {
  return /^[-+]?(NaN|Infinity|undefined)$/.test(word)
    ? `${word} is no JSON: leave out a number that was not measured.`
    : `${word.slice(0, 40)} is no JSON: names and texts have double quotes.`;
}

/** The first node that JSON does not have. */
function strangerIn(node: AnyNode): AnyNode | undefined {
  switch (node.type) {
    case 'Literal':
      return node.raw?.startsWith("'") === true ? node : undefined;
    case 'UnaryExpression':
      return node.operator === '-' && node.argument.type === 'Literal' ? undefined : node;
    case 'ArrayExpression':
      return firstOf(node.elements, (element) => (element ? strangerIn(element) : undefined));
    case 'ObjectExpression':
      return firstOf(node.properties, (property) =>
        property.type !== 'Property' || property.key.type !== 'Literal' || property.key.raw?.startsWith("'") === true
          ? property
          : strangerIn(property.value),
      );
    default:
      return node;
  }
}

function firstOf<T>(items: readonly T[], find: (item: T) => AnyNode | undefined): AnyNode | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}
