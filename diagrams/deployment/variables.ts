import type { VariableSetting } from '../../core/model/deployment.js';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import {
  attributeOf,
  placeOf,
  suggest,
  VALUE_TYPES,
  type ValueType,
  type XmlAttribute,
  type XmlElement,
} from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { told } from './told.js';

/** `${name}`, and `$${` for a literal `${`. A dollar before anything else is a dollar. */
const REFERENCE = /\$(\$\{)|\$\{([^}]*)(\}?)/g;

/** A value that is longer once its variables stand in it is a mistake, or one that would fill the memory. */
const LONGEST = 65_536;

/** The variables of one deployment: declared by its files, set by the command line and by a scenario. */
export class Variables {
  /** Value by name; `undefined` for one that has none, which was told. */
  readonly #values = new Map<string, string | undefined>();
  readonly #declaredAt = new Map<string, SourcePlace>();
  readonly #settings: ReadonlyMap<string, VariableSetting>;
  /** Values in which something could not be resolved: whatever else is wrong there follows from it. */
  readonly #unresolved = new Set<string>();

  /** Of two settings of one variable the later one counts. */
  constructor(
    settings: readonly VariableSetting[],
    private readonly collector: Collector,
  ) {
    this.#settings = new Map(settings.map((setting) => [setting.name, setting]));
  }

  /** Takes a `<variable>` in. Its default may use variables that were declared before it. */
  declare(element: XmlElement): void {
    const name = attributeOf(element, 'name');
    if (name === undefined) return;
    const former = this.#declaredAt.get(name);
    const place = placeOf(element, 'name');
    if (former) {
      const message = `the variable "${name}" is declared ${told(former, place)} already. Keep one of the two.`;
      this.collector.add('duplicate-name', message, place);
      return;
    }
    this.#declaredAt.set(name, place);
    const setting = this.#settings.get(name);
    const written = element.attributes.get('default');
    if (setting === undefined && written === undefined) {
      this.#values.set(name, undefined);
      const message = `the variable "${name}" has no value and no default. Give it one with --set ${name}=…, or add default="…".`;
      this.collector.add('unknown-variable', message, place);
      return;
    }
    const usual = written && this.#resolve(written);
    const right =
      (written === undefined || usual === undefined || this.#check(element, name, usual, written.valuePlace)) &&
      (setting === undefined || this.#check(element, name, setting.value, setting.place));
    // what uses a wrong value would only be told as well
    this.#values.set(name, right ? (setting?.value ?? usual) : undefined);
  }

  /** Tells settings of variables that no file declares. */
  checkSettings(): void {
    for (const { name, place } of this.#settings.values()) {
      if (this.#declaredAt.has(name)) continue;
      const message = `the deployment has no variable "${name}" that could be set.${suggest(name, this.#declaredAt.keys())}`;
      this.collector.errors.push(new AttituneError('unknown-variable', message, { place }));
    }
  }

  /** The element, and all inside it, with every `${name}` in the values of its attributes replaced. */
  substitute(element: XmlElement): XmlElement {
    return {
      ...element,
      attributes: new Map([...element.attributes].map(([key, attribute]) => [key, this.#substituted(attribute)])),
      children: element.children.map((child) => (child.kind === 'element' ? this.substitute(child) : child)),
    };
  }

  /** False for an error that only follows from a value that could not be resolved. */
  isOwnFault({ code, place }: AttituneError): boolean {
    return code === 'unknown-variable' || !place || !this.#unresolved.has(key(place));
  }

  #substituted(attribute: XmlAttribute): XmlAttribute {
    if (!attribute.value.includes('${')) return attribute;
    return { ...attribute, value: this.#resolve(attribute) ?? attribute.value };
  }

  /** `undefined` where something in it has no value. */
  #resolve({ value, valuePlace }: XmlAttribute): string | undefined {
    const wrong = new Set<string>();
    let length = value.length;
    const text = value.replace(
      REFERENCE,
      (source: string, ...[literal, name = '', end = '']: (string | undefined)[]) => {
        if (literal !== undefined) return literal;
        const found = this.#declaredAt.has(name) && end !== '' ? this.#values.get(name) : undefined;
        if (found !== undefined && (length += found.length) <= LONGEST) return found;
        if (found !== undefined) wrong.add(`with its variables this is longer than ${LONGEST} characters. Shorten it.`);
        else if (end === '') wrong.add(`"${source}" is not closed. Write \${name}, or $\${ for a literal \${.`);
        else if (!this.#declaredAt.has(name))
          wrong.add(`there is no variable "${name}".${suggest(name, this.#declaredAt.keys())}`);
        // that a variable has no value was told where it is declared
        else wrong.add('');
        return '';
      },
    );
    if (wrong.size === 0) return text;
    this.#unresolved.add(key(valuePlace));
    for (const message of wrong) if (message !== '') this.collector.add('unknown-variable', message, valuePlace);
    return undefined;
  }

  #check(element: XmlElement, name: string, value: string, place: SourcePlace | undefined): boolean {
    const type = attributeOf(element, 'type') ?? 'text';
    if (!Object.hasOwn(VALUE_TYPES, type)) return true;
    try {
      VALUE_TYPES[type as ValueType].parse(value, place);
      return true;
    } catch (error) {
      const message = `the variable "${name}" is of type ${type}: ${AttituneError.from(error).message}`;
      this.collector.errors.push(new AttituneError('value', message, { place, cause: error }));
      return false;
    }
  }
}

function key({ file, line, column }: SourcePlace): string {
  return `${line}:${column}:${file}`;
}
