import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AttituneError, type ErrorCode, type SourcePlace } from '../../core/model/errors.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import type { AttributeInfo } from '../../core/model/wrapper.js';
import {
  attributeOf,
  byPlace,
  checkElement,
  childrenOf,
  parseXml,
  placeOf,
  readTextFile,
  suggest,
  type XmlElement,
} from '../../core/xml/index.js';
import { asksForPipe, type EventPipeDescription } from './event-pipe.js';
import { parseNavigation, type NavigationText } from './navigation.js';
import { OPERATION_KEYS, type StepMethod } from './operations/index.js';
import { WRAPPER_GRAMMAR } from './wrapper-grammar.js';

/** A wrapper file as data. */
export interface WrapperDescription {
  readonly name: string;
  readonly description: string;
  /** Absolute path; templates are beside it. */
  readonly file: string;
  /** Debian packages that it needs. */
  readonly packages: readonly string[];
  readonly attributes: readonly AttributeInfo[];
  readonly steps: readonly StepDescription[];
  /** Where its components have one. */
  readonly eventPipe?: EventPipeDescription;
}

/** One `<method>`; several of one name are the steps of one operation. */
export interface StepDescription {
  readonly operation: string;
  readonly key: string;
  readonly method: string;
  readonly implementation: StepMethod;
  readonly timeoutMs: number;
  readonly idempotent: boolean;
  readonly description?: string;
  readonly parameters: readonly ParameterDescription[];
  readonly place: SourcePlace;
}

export interface ParameterDescription {
  readonly text: NavigationText;
  readonly source: string;
  readonly place: SourcePlace;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Reads a wrapper file. All that is wrong with it comes back at once. */
export function readWrapper(file: string): {
  readonly description?: WrapperDescription;
  readonly errors: readonly AttituneError[];
} {
  try {
    return parseWrapper(readTextFile(file), file);
  } catch (error) {
    return { errors: [AttituneError.from(error, 'file-not-found', file)] };
  }
}

/** As {@link readWrapper}, from the text of a file. */
export function parseWrapper(
  content: string,
  file: string,
): { readonly description?: WrapperDescription; readonly errors: readonly AttituneError[] } {
  let root: XmlElement;
  try {
    root = parseXml(content, file);
  } catch (error) {
    return { errors: [AttituneError.from(error, 'xml-malformed', file)] };
  }
  const errors: AttituneError[] = checkElement(root, WRAPPER_GRAMMAR);
  if (root.local !== 'wrapper') return { errors };
  const reader = new Reader(file, errors);
  const attributes = reader.attributes(childrenOf(root, 'attribute'));
  const packages = reader.packages(childrenOf(root, 'package'));
  const steps = childrenOf(root, 'method').flatMap((element) => reader.step(element));
  if (errors.length > 0) return { errors: errors.sort(byPlace) };
  const name = attributeOf(root, 'name') ?? '';
  const description = attributeOf(root, 'description') ?? '';
  const eventPipe = eventPipeOf(root, steps);
  return {
    description: { name, description, file, packages, attributes, steps, ...(eventPipe ? { eventPipe } : {}) },
    errors,
  };
}

/** As the file says, or as its parameters need it. */
function eventPipeOf(root: XmlElement, steps: readonly StepDescription[]): EventPipeDescription | undefined {
  const [element] = childrenOf(root, 'event-pipe');
  const needed = steps.some(({ parameters }) => parameters.some(({ text }) => asksForPipe(text)));
  const group = element && attributeOf(element, 'group');
  return element || needed ? { ...(group === undefined ? {} : { group }) } : undefined;
}

class Reader {
  constructor(
    private readonly file: string,
    private readonly errors: AttituneError[],
  ) {}

  packages(elements: readonly XmlElement[]): string[] {
    const names = elements.map((element) => attributeOf(element, 'name') ?? '');
    elements.forEach((element, index) => {
      const name = names[index] ?? '';
      if (names.indexOf(name) < index)
        this.#wrong('duplicate-name', `the package "${name}" is named twice. Keep one.`, placeOf(element, 'name'));
    });
    return names;
  }

  attributes(elements: readonly XmlElement[]): AttributeInfo[] {
    const seen = new Set<string>();
    return elements.map((element) => {
      const name = attributeOf(element, 'name') ?? '';
      const value = attributeOf(element, 'value');
      const description = attributeOf(element, 'description');
      const runtime = attributeOf(element, 'runtime') === 'true';
      if (seen.has(name))
        this.#wrong('duplicate-name', `the attribute "${name}" is declared twice. Keep one.`, placeOf(element, 'name'));
      seen.add(name);
      if (runtime && value !== undefined) {
        this.#wrong(
          'xml-attribute',
          `"${name}" is set while the system runs, so it takes no value here. Remove value or runtime.`,
          placeOf(element, 'value'),
        );
      }
      return {
        name,
        ...(value === undefined ? {} : { defaultValue: value }),
        ...(description === undefined ? {} : { description }),
        ...(runtime ? { runtime } : {}),
      };
    });
  }

  step(element: XmlElement): StepDescription[] {
    const [operation = '', key = '', method = ''] = ['name', 'key', 'method'].map((name) => attributeOf(element, name));
    const parameters = childrenOf(element, 'param').flatMap((param) => this.#parameter(param));
    const timeoutMs = this.#timeout(element);
    const table = OPERATION_KEYS.get(key);
    if (!table) {
      if (key)
        this.#wrong(
          'unknown-operation',
          `no operation key is named "${key}".${suggest(key, OPERATION_KEYS.keys())}`,
          placeOf(element, 'key'),
        );
      return [];
    }
    const implementation = Object.hasOwn(table, method) ? table[method] : undefined;
    if (!implementation) {
      if (method)
        this.#wrong(
          'unknown-operation',
          `the key "${key}" has no method "${method}".${suggest(method, Object.keys(table))}`,
          placeOf(element, 'method'),
        );
      return [];
    }
    this.#checkParameters(element, parameters, `${key}.${method}`, implementation);
    const description = attributeOf(element, 'description');
    const idempotent = attributeOf(element, 'idempotent');
    return [
      {
        operation,
        key,
        method,
        implementation,
        timeoutMs,
        idempotent: idempotent === undefined ? implementation.idempotent : idempotent === 'true',
        ...(description === undefined ? {} : { description }),
        parameters,
        place: element.place,
      },
    ];
  }

  #parameter(element: XmlElement): ParameterDescription[] {
    const source = attributeOf(element, 'value') ?? '';
    const place = placeOf(element, 'value');
    try {
      return [{ text: parseNavigation(source), source, place }];
    } catch (error) {
      this.#wrong('expression', (error as Error).message, place);
      return [{ text: [source], source, place }];
    }
  }

  #timeout(element: XmlElement): number {
    const timeout = attributeOf(element, 'timeout');
    if (timeout === undefined) return DEFAULT_TIMEOUT_MS;
    try {
      return parseDurationMs(timeout, placeOf(element, 'timeout'));
    } catch (error) {
      this.errors.push(AttituneError.from(error, 'value'));
      return DEFAULT_TIMEOUT_MS;
    }
  }

  #checkParameters(
    element: XmlElement,
    parameters: readonly ParameterDescription[],
    name: string,
    method: StepMethod,
  ): void {
    const { minimum, maximum = Infinity, usage } = method;
    if (parameters.length < minimum || parameters.length > maximum) {
      const range = parameters.length < minimum ? `at least ${minimum}` : `at most ${maximum}`;
      this.#wrong(
        'xml-element',
        `${name} takes ${range} <param>: ${usage}. Here ${parameters.length === 1 ? 'is' : 'are'} ${parameters.length}.`,
        element.place,
      );
    }
    for (const position of method.assets ?? []) {
      const parameter = parameters[position];
      const [path, more] = parameter?.text ?? [];
      if (!parameter || typeof path !== 'string' || more !== undefined) continue;
      if (!existsSync(join(dirname(this.file), path))) {
        this.#wrong('file-not-found', `there is no "${path}" beside this file. Check the path.`, parameter.place);
      }
    }
  }

  #wrong(code: ErrorCode, message: string, place: SourcePlace): void {
    this.errors.push(new AttituneError(code, message, { place }));
  }
}
