import type { XmlElement } from '../../core/xml/index.js';
import type {
  UmlAssociation,
  UmlAttribute,
  UmlClass,
  UmlEnd,
  UmlModel,
  UmlOther,
  UmlPackage,
  UmlStateMachine,
  UmlTransition,
  UmlVertex,
  VertexKind,
} from './uml-model.js';
import { elementsOf, idOf, textAttribute, xmiTypeOf } from './xmi-elements.js';

/**
 * XMI as Umbrello writes it: version 1.2 (`<UML:Class>`, members wrapped in `<UML:Namespace.ownedElement>`) or 2.1
 * (`<packagedElement xmi:type="uml:Class">`, folders as `<uml:Package>`). Both give defaults as `initialValue`,
 * bounds as `multiplicity` and documentation as `comment`. State diagrams are no part of its UML model: they stand as
 * widgets in an extension, `<diagram type="5">` with `<statewidget>`s by number and `<assocwidget type="514">`s.
 */
export function readUmbrello(root: XmlElement, model: XmlElement, version: string, fallbackName: string): UmlModel {
  const reading: Reading = { packages: [], classes: [], associations: [], machines: [], others: [] };
  walk(model, [], reading);
  // versions before 1.5 keep all diagrams at the end of the document
  for (const extension of elementsOf(root, 'XMI.extensions', 'Extension')) {
    for (const diagrams of elementsOf(extension, 'diagrams')) walk(diagrams, [], reading);
  }
  const name = textAttribute(model, 'name').text;
  return {
    dialect: `Umbrello, XMI ${version}`,
    // what Umbrello calls every model that its author did not name
    name: name === '' || name === 'UML Model' ? fallbackName : name,
    ...reading,
    place: model.place,
  };
}

interface Reading {
  readonly packages: UmlPackage[];
  readonly classes: UmlClass[];
  readonly associations: UmlAssociation[];
  readonly machines: UmlStateMachine[];
  readonly others: UmlOther[];
}

/** Elements that only group their children. */
const GROUPS = new Set(['Namespace.ownedElement', 'extension', 'Extension', 'XMI.extension', 'diagrams']);
const SILENT = new Set(['Stereotype', 'DataType', 'PrimitiveType', 'Datatype', 'ModelElement.taggedValues']);

/** `Class` of `<UML:Class>`, and of `<packagedElement xmi:type="uml:Class">`. */
const kindOf = (element: XmlElement): string => xmiTypeOf(element) || element.local;

function walk(owner: XmlElement, packages: readonly string[], reading: Reading): void {
  for (const element of elementsOf(owner)) {
    const kind = kindOf(element);
    if (GROUPS.has(kind)) walk(element, packages, reading);
    else if (kind === 'Package' || kind === 'Model') {
      const name = textAttribute(element, 'name');
      reading.packages.push({ name: name.text, place: name.place });
      walk(element, [...packages, name.text], reading);
    } else if (kind === 'Class') readClass(element, packages, reading);
    else if (kind === 'Association') reading.associations.push(association(element, packages));
    else if (kind === 'diagram') {
      if (textAttribute(element, 'type').text === STATE_DIAGRAM) reading.machines.push(machine(element));
    } else if (!SILENT.has(kind)) {
      const name = textAttribute(element, 'name').text;
      reading.others.push({
        what: `the ${kind} ${name === '' ? '' : `"${name}"`}`.trim(),
        packages,
        place: element.place,
      });
    }
  }
}

function readClass(element: XmlElement, packages: readonly string[], reading: Reading): void {
  const name = textAttribute(element, 'name');
  const attributes: UmlAttribute[] = [];
  const members = elementsOf(element).flatMap((child) =>
    child.local === 'Classifier.feature' ? elementsOf(child) : [child],
  );
  for (const member of members) {
    const kind = kindOf(member);
    if (kind === 'Attribute' || kind === 'Property') attributes.push(attribute(member));
    else if (kind === 'Operation' || /generalization$/i.test(kind)) {
      const what =
        kind === 'Operation' ? `the operation "${textAttribute(member, 'name').text}"` : 'the generalization';
      reading.others.push({ what: `${what} of ${name.text}`, packages, place: member.place });
    }
  }
  const comment = textAttribute(element, 'comment').text;
  reading.classes.push({ id: idOf(element), name, packages, attributes, comment, place: element.place });
}

function attribute(element: XmlElement): UmlAttribute {
  const name = textAttribute(element, 'name');
  return element.attributes.has('initialValue') ? { name, value: textAttribute(element, 'initialValue') } : { name };
}

function association(element: XmlElement, packages: readonly string[]): UmlAssociation {
  const ends = elementsOf(element).flatMap((child) =>
    child.local === 'Association.connection' ? elementsOf(child) : [child],
  );
  return {
    name: textAttribute(element, 'name'),
    packages,
    ends: ends.filter((end) => kindOf(end) === 'AssociationEnd').map(associationEnd),
    place: element.place,
  };
}

function associationEnd(element: XmlElement): UmlEnd {
  const multiplicity = textAttribute(element, 'multiplicity');
  return {
    type: textAttribute(element, 'type'),
    multiplicity: { ...multiplicity, text: multiplicity.text.trim() || '1' },
    navigable: textAttribute(element, 'isNavigable').text !== 'false',
  };
}

/** Umbrello's numbers for the type of a diagram and of a link, which are part of its file format. */
const STATE_DIAGRAM = '5';
const TRANSITION = '514';

/** Umbrello's numbers for the type of a state, likewise. */
const STATE_TYPES: readonly (readonly [kind: VertexKind, what?: string])[] = [
  ['initial'],
  ['state'],
  ['final'],
  ['fork'],
  ['join'],
  ['other', 'junction'],
  ['other', 'deepHistory'],
  ['other', 'shallowHistory'],
  ['other', 'choice'],
  ['state', 'states of its own'],
];

function machine(diagram: XmlElement): UmlStateMachine {
  const widgets = elementsOf(diagram, 'widgets').flatMap((group) => elementsOf(group));
  const links = elementsOf(diagram, 'associations').flatMap((group) => elementsOf(group, 'assocwidget'));
  return {
    name: textAttribute(diagram, 'name'),
    comments: [
      textAttribute(diagram, 'documentation'),
      ...widgets.filter(({ local }) => local === 'notewidget').map((note) => textAttribute(note, 'text')),
    ].filter(({ text }) => text.trim() !== ''),
    vertices: widgets.filter(({ local }) => local === 'statewidget').map(vertex),
    transitions: links.filter((link) => textAttribute(link, 'type').text === TRANSITION).map(transition),
    place: diagram.place,
  };
}

function vertex(element: XmlElement): UmlVertex {
  const number = textAttribute(element, 'statetype').text;
  const [kind, what] = STATE_TYPES[Number(number)] ?? ['other', `state type ${number}`];
  const activities = elementsOf(element, 'Activities').flatMap((group) => elementsOf(group, 'Activity'));
  const unsupported = what ?? (activities.length > 0 ? 'activities' : undefined);
  return {
    id: idOf(element),
    kind: kind,
    name: textAttribute(element, 'statename'),
    ...(unsupported === undefined ? {} : { unsupported }),
    place: element.place,
  };
}

function transition(element: XmlElement): UmlTransition {
  return {
    source: textAttribute(element, 'widgetaid'),
    target: textAttribute(element, 'widgetbid'),
    place: element.place,
  };
}
