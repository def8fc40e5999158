import type { AttributeRule, ChildRule, ElementRule, Grammar } from './grammar.js';
import { VALUE_TYPES } from './value-types.js';

/** A node of the schema document. */
interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: readonly (Tag | string)[];
}

const VARIABLE_TYPE = 'withVariable';

/**
 * A grammar as W3C XML Schema 1.0, for editors and for checks elsewhere. `roots` are the elements that a document may
 * begin with, or that may stand in a document of another format. The schema takes all that the reader takes; of some
 * rules it knows less, since its content models cannot say them: how often a child may stand among others in any order.
 */
export function schemaOf(grammar: Grammar, roots: readonly string[] = [grammar.root]): string {
  const namespace = grammar.namespaces[0] ?? '';
  const types = Object.entries(grammar.elements).map(([key, rule]) => complexType(key, rule, grammar));
  const schema = tag(
    'schema',
    {
      'xmlns:xs': 'http://www.w3.org/2001/XMLSchema',
      xmlns: namespace,
      targetNamespace: namespace,
      elementFormDefault: 'qualified',
    },
    [
      ...documentation(grammar.description),
      ...roots.map((name) => tag('element', { name, type: name })),
      ...types,
      ...(grammar.variables === true ? [variableType()] : []),
    ],
  );
  const head =
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- Written from the grammar beside it; the test of schemas tells how. -->\n';
  return `${head}${printed(schema, '')}`;
}

function tag(name: string, attributes: Tag['attributes'] = {}, children: Tag['children'] = []): Tag {
  return { name: `xs:${name}`, attributes, children };
}

function documentation(text: string | undefined): Tag[] {
  return text === undefined ? [] : [tag('annotation', {}, [tag('documentation', { 'xml:lang': 'en' }, [text])])];
}

function complexType(name: string, rule: ElementRule, grammar: Grammar): Tag {
  const free = rule.openAttributes === true ? '##any' : '##other';
  return tag('complexType', { name, mixed: rule.text === true || rule.open === true ? 'true' : undefined }, [
    ...documentation(rule.description),
    content(rule),
    ...(rule.attributes ?? []).map((attribute) => attributeTag(attribute, grammar)),
    tag('anyAttribute', { namespace: free, processContents: 'lax' }),
  ]);
}

/** Children stand in any order, among elements of other namespaces. One kind may be required. */
function content({ children = [], open }: ElementRule): Tag {
  if (open === true) return anyNumber([tag('any', { namespace: '##any', processContents: 'skip' })]);
  const foreign = tag('any', { namespace: '##other', processContents: 'lax' });
  const all = [...children.map(element), foreign];
  const [required, another] = children.filter(({ min = 0 }) => min > 0);
  if (!required || another) return anyNumber(all);
  const others = children.filter((child) => child !== required).map(element);
  return tag('sequence', {}, [anyNumber([...others, foreign]), element(required), anyNumber(all)]);
}

function anyNumber(choices: readonly Tag[]): Tag {
  return tag('choice', { minOccurs: '0', maxOccurs: 'unbounded' }, choices);
}

function element({ name, rule }: ChildRule): Tag {
  return tag('element', { name, type: rule ?? name });
}

function attributeTag(rule: AttributeRule, grammar: Grammar): Tag {
  const { name, required, description } = rule;
  const type = simpleType(rule);
  const children = [
    ...documentation(description),
    ...(type ? [grammar.variables === true ? union([type], VARIABLE_TYPE) : type] : []),
  ];
  return tag(
    'attribute',
    { name, use: required === true ? 'required' : undefined, type: type ? undefined : 'xs:string' },
    children,
  );
}

function simpleType({ values, suggestions, type, pattern }: AttributeRule): Tag | undefined {
  if (values) return restriction(values.map((value) => tag('enumeration', { value })));
  if (suggestions) return union([restriction(suggestions.map((value) => tag('enumeration', { value })))], 'xs:string');
  if (pattern) return restriction([tag('pattern', { value: schemaPattern(pattern) })]);
  return type === undefined || type === 'text'
    ? undefined
    : restriction([tag('pattern', { value: ` *${VALUE_TYPES[type].pattern} *` })]);
}

function restriction(facets: readonly Tag[]): Tag {
  return tag('simpleType', {}, [tag('restriction', { base: 'xs:string' }, facets)]);
}

function union(types: readonly Tag[], memberTypes: string): Tag {
  return tag('simpleType', {}, [tag('union', { memberTypes }, types)]);
}

/** What holds a variable may be anything once it is replaced. */
function variableType(): Tag {
  return tag('simpleType', { name: VARIABLE_TYPE }, [
    ...documentation('A value with a variable, such as ${name}.'),
    tag('restriction', { base: 'xs:string' }, [tag('pattern', { value: '.*$\\{.*' })]),
  ]);
}

/** An expression of JavaScript as one of XML Schema, which is anchored at both ends and whose `\w` is another. */
function schemaPattern({ source }: RegExp): string {
  const body = source.replace(/^\^/, '').replace(/\$$/, '');
  const anchored = `${source.startsWith('^') ? '' : '.*'}${body}${source.endsWith('$') ? '' : '.*'}`;
  return anchored
    .replaceAll('(?:', '(')
    .replaceAll('\\/', '/')
    .replaceAll('\\w', 'A-Za-z0-9_')
    .replaceAll('\\d', '0-9');
}

function printed({ name, attributes, children }: Tag, indent: string): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(value)}"`],
  );
  const start = `${indent}<${name}${given.join('')}`;
  if (children.length === 0) return `${start}/>\n`;
  const [text] = children;
  if (typeof text === 'string') return `${start}>${escaped(text)}</${name}>\n`;
  const inner = children.map((child) => (typeof child === 'string' ? escaped(child) : printed(child, `${indent}  `)));
  return `${start}>\n${inner.join('')}${indent}</${name}>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
