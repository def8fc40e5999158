import { textOf, type XmlElement } from '../../core/xml/index.js';
import type {
  UmlAssociation,
  UmlAttribute,
  UmlClass,
  UmlEnd,
  UmlModel,
  UmlOther,
  UmlPackage,
  UmlStateMachine,
  UmlText,
  UmlTransition,
  UmlVertex,
  VertexKind,
} from './uml-model.js';
import { elementsOf, idOf, textAttribute, xmiTypeOf } from './xmi-elements.js';

/**
 * XMI 2 as Eclipse UML2 writes it, which Papyrus and TopCased save: `<packagedElement xmi:type="uml:Class">` and so on.
 * A value that equals the metamodel's default is left out there: a pseudostate without `kind` is initial, a
 * `<lowerValue xmi:type="uml:LiteralInteger"/>` is 0, an end without bounds is 1.
 */
export function readEclipse(root: XmlElement, model: XmlElement, fallbackName: string): UmlModel {
  const reading: Reading = {
    packages: [],
    classes: [],
    associations: [],
    machines: [],
    others: [],
    ends: new Map(),
    annotations: new Map(),
  };
  gatherAnnotations(model, reading.annotations);
  walk(model, [], reading);
  return {
    dialect: root === model ? 'Eclipse UML2' : 'XMI 2',
    name: textAttribute(model, 'name').text || fallbackName,
    packages: reading.packages,
    classes: reading.classes,
    associations: reading.associations.map((element) => association(element, reading)),
    machines: reading.machines,
    others: reading.others,
    place: model.place,
  };
}

interface Reading {
  readonly packages: UmlPackage[];
  readonly classes: UmlClass[];
  readonly associations: { element: XmlElement; packages: readonly string[] }[];
  readonly machines: UmlStateMachine[];
  readonly others: UmlOther[];
  /** Ends by id, whether the association or a class owns them. */
  readonly ends: Map<string, XmlElement>;
  /** Comments that a package owns, by the id of what they are drawn on. */
  readonly annotations: Map<string, UmlText[]>;
}

/** Kinds of packaged elements that only describe types or events, which TUNe's conventions do not use. */
const SILENT = new Set(['PrimitiveType', 'DataType', 'Enumeration', 'Stereotype', 'ProfileApplication']);

function walk(owner: XmlElement, packages: readonly string[], reading: Reading): void {
  for (const element of elementsOf(owner, 'packagedElement', 'ownedMember')) {
    const type = xmiTypeOf(element);
    if (type === 'Package' || type === 'Model') {
      const name = textAttribute(element, 'name');
      reading.packages.push({ name: name.text, place: name.place });
      walk(element, [...packages, name.text], reading);
    } else if (type === 'Class') readClass(element, packages, reading);
    else if (type === 'Association') {
      for (const end of elementsOf(element, 'ownedEnd')) reading.ends.set(idOf(end), end);
      reading.associations.push({ element, packages });
    } else if (type === 'StateMachine') reading.machines.push(machine(element, reading));
    else if (!SILENT.has(type)) other(element, type, packages, reading);
  }
}

function other(element: XmlElement, type: string, packages: readonly string[], reading: Reading): void {
  const name = textAttribute(element, 'name').text;
  reading.others.push({ what: `the ${type} "${name}"`, packages, place: element.place });
}

function readClass(element: XmlElement, packages: readonly string[], reading: Reading): void {
  const attributes: UmlAttribute[] = [];
  for (const property of elementsOf(element, 'ownedAttribute')) {
    // a property of an association is one of its ends, not an attribute
    if (property.attributes.has('association')) reading.ends.set(idOf(property), property);
    else attributes.push(attribute(property));
  }
  const name = textAttribute(element, 'name');
  reading.classes.push({
    id: idOf(element),
    name,
    packages,
    attributes,
    comment: commentsOf(element, reading)
      .map(({ text }) => text)
      .join('\n'),
    place: element.place,
  });
  for (const behavior of elementsOf(element, 'ownedBehavior', 'nestedClassifier')) {
    if (xmiTypeOf(behavior) === 'StateMachine') reading.machines.push(machine(behavior, reading));
    else other(behavior, xmiTypeOf(behavior), packages, reading);
  }
  for (const operation of elementsOf(element, 'ownedOperation')) {
    const what = `the operation "${textAttribute(operation, 'name').text}" of ${name.text}`;
    reading.others.push({ what, packages, place: operation.place });
  }
  for (const generalization of elementsOf(element, 'generalization')) {
    reading.others.push({ what: `the generalization of ${name.text}`, packages, place: generalization.place });
  }
}

function attribute(property: XmlElement): UmlAttribute {
  const name = textAttribute(property, 'name');
  const value = literal(elementsOf(property, 'defaultValue')[0]);
  if (value) return { name, value };
  const bare = property.attributes.get('default');
  return bare ? { name, value: { text: bare.value, place: bare.valuePlace } } : { name };
}

/** What a literal stands for where its value is left out. */
const LITERAL_DEFAULTS: Readonly<Record<string, string>> = {
  LiteralInteger: '0',
  LiteralUnlimitedNatural: '0',
  LiteralBoolean: 'false',
};

/** The text of a literal or opaque expression: an attribute `value` or `symbol`, or a `<value>` or `<body>` inside. */
function literal(specification: XmlElement | undefined): UmlText | undefined {
  if (!specification) return undefined;
  for (const name of ['value', 'symbol', 'body'])
    if (specification.attributes.has(name)) return textAttribute(specification, name);
  const inside = elementsOf(specification, 'value', 'body').find((child) => textOf(child).trim() !== '');
  if (inside) return { text: textOf(inside).trim(), place: inside.place };
  return { text: LITERAL_DEFAULTS[xmiTypeOf(specification)] ?? '', place: specification.place };
}

function association(
  { element, packages }: { element: XmlElement; packages: readonly string[] },
  { ends }: Reading,
): UmlAssociation {
  const members = references(element, 'memberEnd');
  const owned = elementsOf(element, 'ownedEnd');
  const found = members.map((id) => ends.get(id)).filter((end) => end !== undefined);
  const arrows = references(element, 'navigableOwnedEnd');
  return {
    name: textAttribute(element, 'name'),
    packages,
    ends: (found.length >= owned.length ? found : owned).map((end) =>
      associationEnd(end, !owned.includes(end) || arrows.includes(idOf(end))),
    ),
    place: element.place,
  };
}

/** Ids in an attribute, separated by spaces, or in elements with `xmi:idref`. */
function references(element: XmlElement, name: string): string[] {
  const inline = textAttribute(element, name).text.split(/\s+/);
  const nested = elementsOf(element, name).map(
    (child) => [...child.attributes.values()].find(({ local }) => local === 'idref')?.value ?? '',
  );
  return [...inline, ...nested].filter((id) => id !== '');
}

function associationEnd(end: XmlElement, navigable: boolean): UmlEnd {
  const typeElement = elementsOf(end, 'type')[0];
  const idref = typeElement && [...typeElement.attributes.values()].find(({ local }) => local === 'idref');
  const type = idref ? { text: idref.value, place: idref.valuePlace } : textAttribute(end, 'type');
  const lower = bound(end, 'lower');
  const upper = bound(end, 'upper');
  const place = (lower ?? upper)?.place ?? end.place;
  const top = upper?.text === '-1' ? '*' : (upper?.text ?? '1');
  return { type, multiplicity: { text: `${lower?.text ?? '1'}..${top}`, place }, navigable };
}

function bound(end: XmlElement, which: 'lower' | 'upper'): UmlText | undefined {
  const found = literal(elementsOf(end, `${which}Value`)[0]);
  return found ?? (end.attributes.has(which) ? textAttribute(end, which) : undefined);
}

/** Texts of `<ownedComment>`, and of the annotations in which TopCased keeps documentation. */
function commentsOf(element: XmlElement, { annotations }: Reading): UmlText[] {
  const documentation = elementsOf(element, 'eAnnotations')
    .flatMap((annotation) => elementsOf(annotation, 'details'))
    .filter((details) => textAttribute(details, 'key').text === 'documentation')
    .map((details) => textAttribute(details, 'value'));
  const all = [...ownedComments(element), ...(annotations.get(idOf(element)) ?? []), ...documentation];
  return all.filter(({ text }) => text.trim() !== '');
}

function ownedComments(element: XmlElement): UmlText[] {
  return elementsOf(element, 'ownedComment').map(commentText);
}

function commentText(comment: XmlElement): UmlText {
  return comment.attributes.has('body') ? textAttribute(comment, 'body') : (literal(comment) as UmlText);
}

/** A comment belongs to the package in whose diagram it was drawn, and is tied to what it is about. */
function gatherAnnotations(owner: XmlElement, annotations: Map<string, UmlText[]>): void {
  for (const comment of elementsOf(owner, 'ownedComment')) {
    for (const id of references(comment, 'annotatedElement')) {
      annotations.set(id, [...(annotations.get(id) ?? []), commentText(comment)]);
    }
  }
  for (const element of elementsOf(owner, 'packagedElement', 'ownedMember')) {
    if (['Package', 'Model'].includes(xmiTypeOf(element))) gatherAnnotations(element, annotations);
  }
}

function machine(element: XmlElement, reading: Reading): UmlStateMachine {
  const regions = elementsOf(element, 'region');
  const vertices = regions.flatMap((region) => elementsOf(region, 'subvertex', 'vertex')).map(vertex);
  const second = regions[1];
  if (second) {
    const name = textAttribute(second, 'name');
    vertices.push({ id: '', kind: 'other', name, unsupported: 'a second region', place: second.place });
  }
  return {
    name: textAttribute(element, 'name'),
    comments: [element, ...regions].flatMap((part) => commentsOf(part, reading)),
    vertices,
    transitions: regions.flatMap((region) => elementsOf(region, 'transition')).map(transition),
    place: element.place,
  };
}

const KINDS: Readonly<Record<string, VertexKind>> = { initial: 'initial', fork: 'fork', join: 'join' };
/** Parts of a state that TUNe's states do not have. */
const STATE_PARTS: Readonly<Record<string, string>> = {
  region: 'states of its own',
  entry: 'an entry activity',
  exit: 'an exit activity',
  doActivity: 'a do activity',
  deferrableTrigger: 'a deferred trigger',
};

function vertex(element: XmlElement): UmlVertex {
  const common = { id: idOf(element), name: textAttribute(element, 'name'), place: element.place };
  const type = xmiTypeOf(element);
  if (type === 'FinalState') return { ...common, kind: 'final' };
  if (type === 'Pseudostate') {
    const kind = textAttribute(element, 'kind').text || 'initial';
    const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    return known ? { ...common, kind: known } : { ...common, kind: 'other', unsupported: kind };
  }
  if (type !== 'State' && type !== '') return { ...common, kind: 'other', unsupported: type };
  const part = elementsOf(element, ...Object.keys(STATE_PARTS))[0];
  return { ...common, kind: 'state', ...(part ? { unsupported: STATE_PARTS[part.local] as string } : {}) };
}

const TRANSITION_PARTS: Readonly<Record<string, string>> = {
  guard: 'a guard',
  ownedRule: 'a guard',
  trigger: 'a trigger',
  effect: 'an effect',
};

function transition(element: XmlElement): UmlTransition {
  const part = elementsOf(element, ...Object.keys(TRANSITION_PARTS))[0];
  return {
    source: textAttribute(element, 'source'),
    target: textAttribute(element, 'target'),
    ...(part ? { unsupported: { text: TRANSITION_PARTS[part.local] as string, place: part.place } } : {}),
    place: element.place,
  };
}
