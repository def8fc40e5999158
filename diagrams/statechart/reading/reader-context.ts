import { AttituneError } from '../../../core/model/errors.js';
import type { ErrorCode, SourcePlace } from '../../../core/model/errors.js';
import { attributeOf, placeOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Expression, ExpressionUse, Text } from '../chart/content.js';
import { excerpt } from '../chart/excerpt.js';
import { syntaxError } from '../ecmascript/syntax.js';

/** What the parts of the reader share: the expressions found so far, and the errors. */
export class ReaderContext {
  readonly errors: AttituneError[] = [];
  readonly expressions: Expression[] = [];

  fail(code: ErrorCode, message: string, place: SourcePlace): void {
    this.errors.push(new AttituneError(code, message, { place }));
  }

  /** Registers an expression and checks its syntax. */
  expression(use: ExpressionUse, text: string, place: SourcePlace): Expression {
    const expression = { index: this.expressions.length, use, text, place };
    this.expressions.push(expression);
    const fault = syntaxError(use, text);
    if (fault) {
      const at =
        fault.line === 1
          ? { ...place, column: place.column + fault.column - 1 }
          : { ...place, line: place.line + fault.line - 1, column: fault.column };
      const shown = excerpt(text);
      const what = use === 'location' ? 'is nothing that can be assigned to' : 'cannot be parsed';
      this.fail('expression', `"${shown}" ${what}: ${fault.message}.`, at);
    }
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
}
