import { AttituneError } from '../model/errors.js';
import { suggest } from './suggest.js';
import type { ValueType } from './value-types.js';
import type { XmlAttribute, XmlElement } from './xml-element.js';

/** A file format as data. */
export interface Grammar {
  /** Namespaces in which the format's elements may be; the empty one stands for none. The first is suggested. */
  readonly namespaces: readonly string[];
  /** Key of the outermost element in `elements`. */
  readonly root: string;
  readonly elements: Readonly<Record<string, ElementRule>>;
  /** What the format is for; it opens the schema that editors read. */
  readonly description?: string;
  /** True where `${name}` in a value stands for a variable, so that a schema cannot know the value. */
  readonly variables?: boolean;
}

export interface ElementRule {
  /** For schemas: what editors show beside the element. */
  readonly description?: string;
  readonly attributes?: readonly AttributeRule[];
  /** True where attributes beyond those named are free. */
  readonly openAttributes?: boolean;
  readonly children?: readonly ChildRule[];
  /** True where text other than white space may stand inside. */
  readonly text?: boolean;
  /** True where anything may stand inside; it is not looked at. */
  readonly open?: boolean;
}

export interface AttributeRule {
  readonly name: string;
  /** For schemas: what editors show beside the attribute. */
  readonly description?: string;
  readonly required?: boolean;
  /** For schemas: the kind of value. The reader of the format parses it, and tells what is wrong with it. */
  readonly type?: ValueType;
  /** For schemas: values that editors offer; others are right too. */
  readonly suggestions?: readonly string[];
  readonly values?: readonly string[];
  readonly pattern?: RegExp;
  /** What a right value looks like, for the message: `a number above 0, such as 5`. */
  readonly form?: string;
}

export interface ChildRule {
  readonly name: string;
  /** 0 unless told. */
  readonly min?: number;
  /** Unbounded unless told. */
  readonly max?: number;
  /** Key of its rule in `elements` where the name alone does not tell it. */
  readonly rule?: string;
}

/**
 * Checks an element and all inside it against a grammar. Returns everything that is wrong, in document order, with
 * codes `xml-element`, `xml-attribute` and `value`. Elements and attributes of other namespaces are left alone: they
 * belong to authors' tools.
 */
export function checkElement(element: XmlElement, grammar: Grammar): AttituneError[] {
  const errors: AttituneError[] = [];
  if (element.local !== grammar.root) {
    const message = `the outermost element is <${element.name}> where <${grammar.root}> is expected. Check that it is the file you mean.`;
    errors.push(new AttituneError('xml-element', message, { place: element.place }));
    return errors;
  }
  if (!grammar.namespaces.includes(element.namespace)) {
    const found = element.namespace === '' ? 'no namespace' : `the namespace "${element.namespace}"`;
    const message = `<${element.name}> is in ${found}. Write <${element.local} xmlns="${grammar.namespaces[0]}">.`;
    errors.push(new AttituneError('xml-element', message, { place: element.place }));
    return errors;
  }
  checkOne(element, grammar.root, grammar, errors);
  return errors.sort(byPlace);
}

function checkOne(element: XmlElement, key: string, grammar: Grammar, errors: AttituneError[]): void {
  const rule = grammar.elements[key] ?? {};
  checkAttributes(element, rule, errors);
  if (rule.open !== true) checkChildren(element, rule, grammar, errors);
}

function checkAttributes(element: XmlElement, rule: ElementRule, errors: AttituneError[]): void {
  const rules = rule.attributes ?? [];
  for (const attribute of element.attributes.values()) {
    if (attribute.namespace !== '') continue;
    const known = rules.find(({ name }) => name === attribute.name);
    if (known) {
      checkValue(attribute, known, errors);
    } else if (rule.openAttributes !== true) {
      const names = rules.map(({ name }) => name);
      const message = `<${element.name}> has no attribute "${attribute.name}".${suggest(attribute.name, names)}`;
      errors.push(new AttituneError('xml-attribute', message, { place: attribute.place }));
    }
  }
  for (const { name, required, form } of rules) {
    if (required !== true || element.attributes.has(name)) continue;
    const message = `<${element.name}> lacks the attribute "${name}"${form ? ` (${form})` : ''}. Add ${name}="…".`;
    errors.push(new AttituneError('xml-attribute', message, { place: element.place }));
  }
}

function checkValue(attribute: XmlAttribute, rule: AttributeRule, errors: AttituneError[]): void {
  const { value } = attribute;
  const place = attribute.valuePlace;
  if (rule.values && !rule.values.includes(value)) {
    const message = `"${value}" is no value of ${rule.name}.${suggest(value, rule.values)}`;
    errors.push(new AttituneError('value', message, { place }));
  } else if (rule.pattern && !rule.pattern.test(value)) {
    const message = `${rule.name}="${value}" is not ${rule.form ?? `of the form ${rule.pattern.source}`}.`;
    errors.push(new AttituneError('value', message, { place }));
  }
}

function checkChildren(element: XmlElement, rule: ElementRule, grammar: Grammar, errors: AttituneError[]): void {
  const rules = rule.children ?? [];
  const counts = new Map<string, number>();
  for (const child of element.children) {
    if (child.kind === 'text') {
      if (rule.text === true || child.text.trim() === '') continue;
      const offset = child.text.search(/\S/);
      const message = `text inside <${element.name}>, which takes none: "${excerpt(child.text)}". Remove it.`;
      errors.push(new AttituneError('xml-element', message, { place: skip(child.text, offset, child.place) }));
      continue;
    }
    if (child.namespace !== element.namespace) continue;
    const known = rules.find(({ name }) => name === child.local);
    if (!known) {
      errors.push(unknownChild(element, child, rules, grammar));
      continue;
    }
    const count = (counts.get(child.local) ?? 0) + 1;
    counts.set(child.local, count);
    if (known.max !== undefined && count === known.max + 1) {
      const message = `<${element.name}> takes at most ${known.max} <${child.name}>. Remove this one.`;
      errors.push(new AttituneError('xml-element', message, { place: child.place }));
    }
    checkOne(child, known.rule ?? known.name, grammar, errors);
  }
  for (const { name, min } of rules) {
    if (min === undefined || (counts.get(name) ?? 0) >= min) continue;
    const message = `<${element.name}> needs ${min === 1 ? 'a' : `at least ${min}`} <${name}>. Add it.`;
    errors.push(new AttituneError('xml-element', message, { place: element.place }));
  }
}

function unknownChild(
  element: XmlElement,
  child: XmlElement,
  rules: readonly ChildRule[],
  grammar: Grammar,
): AttituneError {
  const names = rules.map(({ name }) => name);
  const elsewhere = Object.values(grammar.elements).some((rule) =>
    rule.children?.some(({ name }) => name === child.local),
  );
  const message = elsewhere
    ? `<${child.name}> cannot stand inside <${element.name}>.${names.length > 0 ? ` It takes: ${names.join(', ')}.` : ' It takes no elements.'}`
    : `there is no element <${child.name}>.${suggest(child.local, names)}`;
  return new AttituneError('xml-element', message, { place: child.place });
}

function excerpt(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  return trimmed.length > 30 ? `${trimmed.slice(0, 29)}…` : trimmed;
}

function skip(text: string, offset: number, place: XmlElement['place']): XmlElement['place'] {
  const before = text.slice(0, offset).split('\n');
  if (before.length === 1) return { ...place, column: place.column + offset };
  return { ...place, line: place.line + before.length - 1, column: (before.at(-1) as string).length + 1 };
}

/** Orders errors of one file by line and column. */
export function byPlace(a: AttituneError, b: AttituneError): number {
  const [first, second] = [a.place, b.place];
  return (first?.line ?? 0) - (second?.line ?? 0) || (first?.column ?? 0) - (second?.column ?? 0);
}
