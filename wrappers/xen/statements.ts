import { AttituneError } from '../../core/model/errors.js';
import type { SourcePlace } from '../../core/model/errors.js';
import { tokensOf } from './tokens.js';
import type { Token } from './tokens.js';

/** A value with its place; numbers are texts, too, as the tools take either. */
export interface XenText {
  readonly text: string;
  readonly place: SourcePlace;
}

export interface XenStatement {
  readonly key: string;
  readonly place: SourcePlace;
  readonly value: XenText | readonly XenText[];
}

export interface XenStatements {
  readonly statements: readonly XenStatement[];
  readonly errors: readonly AttituneError[];
}

/** Reads `KEY = VALUE` lines, where a value is a text, a number or a list of those; faults do not end the reading. */
export function readStatements(text: string, file: string): XenStatements {
  return new StatementReader(tokensOf(text, file)).read();
}

class StatementReader {
  readonly #statements: XenStatement[] = [];
  readonly #errors: AttituneError[] = [];
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  read(): XenStatements {
    while (this.#at < this.tokens.length) {
      if (this.#peek().kind === 'end') {
        this.#at += 1;
        continue;
      }
      try {
        this.#statements.push(this.#statement());
      } catch (error) {
        this.#errors.push(AttituneError.from(error));
        while (this.#peek().kind !== 'end') this.#at += 1;
      }
    }
    return { statements: this.#statements, errors: this.#errors };
  }

  #statement(): XenStatement {
    const key = this.#take(
      'name',
      'a line begins with the name of a setting; programs in Python are not run. Write KEY = VALUE.',
    );
    this.#take('=', `"${key.text}" is not followed by "=". Write ${key.text} = VALUE.`);
    const value = this.#peek().kind === '[' ? this.#list() : this.#text();
    const next = this.#peek();
    if (next.kind !== 'end')
      throw wrong(
        next,
        `${JSON.stringify(next.text)} follows the value of "${key.text}". Begin a new line, or put the value into quotes.`,
      );
    return { key: key.text, place: key.place, value };
  }

  #list(): readonly XenText[] {
    const open = this.#next();
    const values: XenText[] = [];
    while (this.#peek().kind !== ']') {
      if (this.#atEnd()) throw wrong(open, 'this list is not closed. End it with "]".');
      values.push(this.#text());
      if (this.#peek().kind === ',') this.#at += 1;
      else if (this.#peek().kind !== ']' && !this.#atEnd())
        throw wrong(this.#peek(), 'a "," is missing between the values of the list.');
    }
    this.#at += 1;
    return values;
  }

  #text(): XenText {
    const { kind, text, place } = this.#peek();
    if (kind !== 'string' && kind !== 'number')
      throw wrong(
        this.#peek(),
        `${kind === 'end' ? 'a value is missing' : `${JSON.stringify(text)} is no value`}. Write a number, or a text in quotes.`,
      );
    this.#at += 1;
    return { text, place };
  }

  #take(kind: Token['kind'], otherwise: string): Token {
    if (this.#peek().kind !== kind) throw wrong(this.#peek(), otherwise);
    return this.#next();
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #peek(): Token {
    return this.tokens[Math.min(this.#at, this.tokens.length - 1)] as Token;
  }

  #atEnd(): boolean {
    return this.#at >= this.tokens.length - 1;
  }
}

function wrong({ place }: Token, message: string): AttituneError {
  return new AttituneError('value', message, { place });
}
