import { AttituneError } from '../../../core/model/errors.js';
import type { ErrorCode, SourcePlace } from '../../../core/model/errors.js';
import { attributeOf, placeOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Chart, SourceFile } from '../chart/chart.js';
import type { Expression, ExpressionUse, Text } from '../chart/content.js';
import { excerpt } from '../chart/excerpt.js';
import { syntaxError } from '../ecmascript/syntax.js';
import { readSource } from './read-source.js';

export interface ReadOptions {
  /**
   * What becomes of an expression that cannot be parsed: `reject` reports it (the default), `raise` lets it fail when
   * it is evaluated. The standard allows both (SCXML 5.9).
   */
  readonly illegalExpressions?: 'reject' | 'raise';
}

const IN = /^\s*In\s*\(\s*(['"]?)([^\s'"()]+)\1\s*\)\s*$/;

/** What the parts of the reader share: the expressions found so far, other files that were read, and the errors. */
export class ReaderContext {
  readonly errors: AttituneError[] = [];
  readonly expressions: Expression[] = [];
  readonly sources: SourceFile[] = [];
  datamodel: Chart['datamodel'] = 'ecmascript';

  constructor(
    readonly file: string,
    readonly options: ReadOptions = {},
  ) {}

  fail(code: ErrorCode, message: string, place: SourcePlace): void {
    this.errors.push(new AttituneError(code, message, { place }));
  }

  /** Registers an expression and checks its syntax. */
  expression(use: ExpressionUse, text: string, place: SourcePlace): Expression {
    if (this.datamodel === 'null') return this.#predicate(use, text, place);
    const fault = syntaxError(use, text);
    if (!fault) return this.#add({ use, text, place });
    const at =
      fault.line === 1
        ? { ...place, column: place.column + fault.column - 1 }
        : { ...place, line: place.line + fault.line - 1, column: fault.column };
    const shown = excerpt(text);
    const assigned = use === 'location' || use === 'reference';
    const what = assigned ? 'is nothing that can be assigned to' : 'cannot be parsed';
    return this.#illegal(use, text, place, `"${shown}" ${what}: ${fault.message}.`, at);
  }

  /** The null data model has one expression, the predicate `In(id)` (SCXML B.1). */
  #predicate(use: ExpressionUse, text: string, place: SourcePlace): Expression {
    const id = use === 'value' ? IN.exec(text)?.[2] : undefined;
    if (id !== undefined) return this.#add({ use, text: `In(${JSON.stringify(id)})`, place });
    const message = `"${excerpt(text)}": the null data model knows no expression but In('state'). Write datamodel="ecmascript".`;
    return this.#illegal(use, text, place, message, place);
  }

  #illegal(use: ExpressionUse, text: string, place: SourcePlace, message: string, at: SourcePlace): Expression {
    if (this.options.illegalExpressions === 'raise') return this.#add({ use, text, place, fault: message });
    this.fail('expression', message, at);
    return this.#add({ use, text, place });
  }

  #add(given: Omit<Expression, 'index'>): Expression {
    const expression = { index: this.expressions.length, ...given };
    this.expressions.push(expression);
    return expression;
  }

  /** The expression in an attribute, or `undefined` where there is no such attribute. */
  attribute(element: XmlElement, name: string, use: ExpressionUse = 'value'): Expression | undefined {
    const text = attributeOf(element, name);
    return text === undefined ? undefined : this.expression(use, text, placeOf(element, name));
  }

  /** A pair of attributes such as `event` and `eventexpr`, of which one may stand. */
  either(element: XmlElement, constant: string, computed: string): Text {
    this.exclusive(element, constant, computed);
    return attributeOf(element, constant) ?? this.attribute(element, computed);
  }

  /** Reports attributes of which at most one may stand. */
  exclusive(element: XmlElement, ...names: readonly string[]): void {
    const present = names.filter((name) => element.attributes.has(name));
    const second = present[1];
    if (second === undefined) return;
    const message = `<${element.name}> has both "${present[0]}" and "${second}". Keep one of them.`;
    this.fail('xml-attribute', message, element.attributes.get(second)?.place ?? element.place);
  }

  /** Reports an element that the null data model lacks. */
  needsVariables(element: XmlElement): void {
    if (this.datamodel !== 'null') return;
    const message = `the null data model has no <${element.name}>. Write datamodel="ecmascript".`;
    this.fail('xml-element', message, element.place);
  }

  /** The file that an attribute `src` names; `undefined` where there is none, or it cannot be read, which is reported. */
  source(element: XmlElement, hint = ''): SourceFile | undefined {
    const src = attributeOf(element, 'src');
    if (src === undefined) return undefined;
    try {
      const source = readSource(src, this.file);
      this.sources.push(source);
      return source;
    } catch (error) {
      const { code, message } = AttituneError.from(error, 'file-not-found');
      this.fail(code, `${message}${hint}`, placeOf(element, 'src'));
      return undefined;
    }
  }
}
