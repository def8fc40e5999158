import type { SourcePlace } from '../model/errors.js';
import {
  parseCardinality,
  parseDurationMs,
  parseInteger,
  parseMemoryMiB,
  parseRate,
  parseRatio,
} from '../model/quantity.js';

/** The kinds of values that administrators write in attributes and give to variables. */
export type ValueType = 'text' | 'integer' | 'duration' | 'memory' | 'ratio' | 'rate' | 'cardinality';

export interface ValueTypeInfo {
  /** For messages: `a whole number`. */
  readonly form: string;
  /** The same as a regular expression of XML Schema, which is anchored at both ends. */
  readonly pattern: string;
  /** Throws `value` for a text that is none. */
  readonly parse: (text: string, place?: SourcePlace) => unknown;
}

const NUMBER = '[0-9]+(\\.[0-9]+)?';

/** How each kind is written; the parsers are those of `core/model/quantity.ts`. */
export const VALUE_TYPES: Readonly<Record<ValueType, ValueTypeInfo>> = {
  text: { form: 'a text', pattern: '[\\s\\S]*', parse: (text) => text },
  integer: { form: 'a whole number', pattern: '[+\\-]?[0-9]+', parse: (text, place) => parseInteger(text, place) },
  duration: {
    form: 'a duration such as "500 ms", "10 s" or "2 min"',
    pattern: `${NUMBER} *(ms|s|min|h|d)`,
    parse: parseDurationMs,
  },
  memory: {
    form: 'a size of memory such as "384 MiB" or "2 GiB"',
    pattern: `${NUMBER} *([KMGT]iB|[kMGT]B)`,
    parse: parseMemoryMiB,
  },
  ratio: { form: 'a ratio such as "80 %" or "0.8"', pattern: `${NUMBER} *%?`, parse: parseRatio },
  rate: { form: 'a rate such as "250 /s"', pattern: `${NUMBER} */(s|min|h)`, parse: parseRate },
  cardinality: {
    form: 'a cardinality such as "1", "0..1", "1..*" or "*"',
    pattern: '([0-9]+ *\\.\\. *)?([0-9]+|\\*)',
    parse: parseCardinality,
  },
};
