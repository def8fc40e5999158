import { NAME } from '../deployment/deployment-grammar.js';
import { parseInteger } from '../../core/model/quantity.js';
import type { Collector } from '../collect.js';
import { suggest } from '../../core/xml/index.js';
import { readAssociations } from './tune-associations.js';
import { readCharts } from './tune-charts.js';
import type { ImportNote, NamedText, TuneClass, TuneFamily, TuneSystem } from './tune-system.js';
import type { UmlClass, UmlModel, UmlText } from './uml-model.js';

const APPLICATION = /^(deploiement|déploiement|deployment)$/i;
const GRID = /^grid$/i;

/**
 * Reads a UML model by TUNe's conventions: classes of the package `deploiement` (or `deployment`) are component
 * classes, those of `grid` host families, associations between component classes bindings, and state machines named
 * `startchart`, `stopchart` and `chart-…` diagrams. What is wrong goes to the collector, what is merely left out is
 * noted.
 */
export function readTuneSystem(model: UmlModel, collector: Collector, notes: ImportNote[]): TuneSystem {
  const inPackage = (pattern: RegExp) => (named: { readonly packages: readonly string[] }) =>
    named.packages.some((name) => pattern.test(name));
  const [isApplication, isGrid] = [inPackage(APPLICATION), inPackage(GRID)];
  requirePackage(model, APPLICATION, 'deploiement" or "deployment', 'the component classes', collector);
  requirePackage(model, GRID, 'grid', 'the classes of hosts', collector);
  const families = model.classes.filter(isGrid).map((found) => family(found, collector, notes));
  const application = model.classes.filter((found) => isApplication(found) && !isGrid(found));
  const classes = application.map((found) => componentClass(found, families, collector, notes));
  // where a package is missing, all its classes seem to be in none
  const misplaced = collector.errors.some(({ place }) => place === model.place) ? [] : model.classes;
  for (const found of misplaced.filter((each) => !isApplication(each) && !isGrid(each))) {
    const message = `the class "${found.name.text}" is left out: it stands in none of the packages "deploiement" and "grid".`;
    notes.push({ message, place: found.place });
  }
  for (const { what, place } of model.others.filter((each) => isApplication(each) || isGrid(each))) {
    notes.push({ message: `${what} is left out: TUNe's conventions have no use for it.`, place });
  }
  return {
    families,
    classes,
    associations: readAssociations(model, application, collector, notes),
    charts: readCharts(model, [...families, ...classes], collector, notes),
  };
}

function requirePackage(model: UmlModel, pattern: RegExp, name: string, what: string, collector: Collector): void {
  if (model.packages.some((each) => pattern.test(each.name))) return;
  const near = suggest(
    'deploiement',
    model.packages.map((each) => each.name),
  );
  const message = `the model has no package named "${name}", in which ${what} stand.${pattern === GRID ? '' : near}`;
  collector.add('xml-element', message, model.place);
}

function family(found: UmlClass, collector: Collector, notes: ImportNote[]): TuneFamily {
  const attributes = namedValues(found, collector, notes);
  const nodefile = attributes.get('nodefile');
  const hypervisor = attributes.get('hypervisor');
  return {
    name: checkedName(found.name, 'a class', found, collector),
    ...(nodefile ? { nodefile } : {}),
    ...(hypervisor ? { hypervisor } : {}),
    attributes: free(attributes, ['nodefile', 'hypervisor']),
    comment: found.comment,
    place: found.place,
  };
}

const CLASS_ATTRIBUTES = ['wrapper', 'initial', 'host-family', 'hostFamily'];

function componentClass(
  found: UmlClass,
  families: readonly TuneFamily[],
  collector: Collector,
  notes: ImportNote[],
): TuneClass {
  const name = checkedName(found.name, 'a class', found, collector);
  const attributes = namedValues(found, collector, notes);
  const wrapper = attributes.get('wrapper');
  if (!wrapper) {
    const message = `the class ${name} has no attribute "wrapper". Give it one, with a wrapper's name or file as its default value.`;
    collector.add('unknown-attribute', message, found.place);
  }
  const initial = attributes.get('initial');
  const count = initial && collector.attempt(() => parseInteger(initial.text, initial.place, { max: 100_000 }), 1);
  const legacy = attributes.get('legacyFile');
  if (legacy) {
    const message = `legacyFile of ${name} is kept as an attribute, but nothing unpacks "${legacy.text}" by itself: let a method of its wrapper do it.`;
    notes.push({ message, place: legacy.namePlace });
  }
  return {
    name,
    wrapper: wrapper ?? { text: '', place: found.place },
    family: hostFamily(found, name, attributes, families, collector),
    ...(count === undefined ? {} : { initial: count }),
    attributes: free(attributes, CLASS_ATTRIBUTES),
    unset: found.attributes
      .map((each) => each.name.text.trim())
      .filter((each) => !attributes.has(each) && !CLASS_ATTRIBUTES.includes(each)),
    comment: found.comment,
    place: found.place,
  };
}

/** The family that is named, or the only one there is. */
function hostFamily(
  found: UmlClass,
  name: string,
  attributes: ReadonlyMap<string, NamedText>,
  families: readonly TuneFamily[],
  collector: Collector,
): string {
  const named = attributes.get('host-family') ?? attributes.get('hostFamily');
  const names = families.map((each) => each.name);
  if (!named) {
    if (names.length !== 1 && names.length > 0) {
      const message = `the class ${name} has no attribute "host-family", and there are several: ${names.join(', ')}. Tell which.`;
      collector.add('unknown-attribute', message, found.place);
    }
    return names[0] ?? '';
  }
  if (!names.includes(named.text)) {
    const message = `there is no class "${named.text}" in the package grid.${suggest(named.text, names)}`;
    collector.add('unknown-class', message, named.place);
  }
  return named.text;
}

/** Attributes by name. One without a value is left to be set while the system runs. */
function namedValues(found: UmlClass, collector: Collector, notes: ImportNote[]): ReadonlyMap<string, NamedText> {
  const values = new Map<string, NamedText>();
  for (const { name, value } of found.attributes) {
    const checked = checkedName(name, `an attribute of ${found.name.text}`, found, collector);
    if (values.has(checked)) {
      const message = `${found.name.text} has an attribute "${checked}" already. Keep one of them.`;
      collector.add('duplicate-name', message, name.place);
    } else if (value && value.text.trim() !== '') {
      values.set(checked, { name: checked, namePlace: name.place, text: unquoted(value.text), place: value.place });
    } else {
      const message = `the attribute "${checked}" of ${found.name.text} is left out: it has no default value.`;
      notes.push({ message, place: name.place });
    }
  }
  return values;
}

/** Some editors ask for a string as an expression, with its quotes. */
function unquoted(text: string): string {
  const value = text.trim();
  return /^"[^"]*"$|^'[^']*'$/.test(value) ? value.slice(1, -1) : value;
}

function free(attributes: ReadonlyMap<string, NamedText>, known: readonly string[]): readonly NamedText[] {
  return [...attributes.values()].filter(({ name }) => !known.includes(name));
}

/** A name that can stand in a deployment and in paths. */
export function checkedName(
  { text, place }: UmlText,
  what: string,
  owner: { readonly place: UmlText['place'] },
  collector: Collector,
): string {
  const name = text.trim();
  if (!NAME.test(name)) {
    const message =
      name === ''
        ? `${what} has no name. Give it one.`
        : `"${name}" cannot be the name of ${what}: paths need a letter, then letters, digits, "-" or "_".`;
    collector.add('value', message, name === '' ? owner.place : place);
  }
  return name;
}
