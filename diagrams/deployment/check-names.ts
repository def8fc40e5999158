import type { SourcePlace } from '../../core/model/errors.js';
import { attributeOf, childrenOf, placeOf, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { told } from './told.js';

/** A name and where it stands; `undefined` where it lacks, which the grammar tells. */
type Named = readonly [string | undefined, SourcePlace];

/** Words of paths and of events, which no component may be called. */
const WORDS: ReadonlySet<string> = new Set(['this', 'arg', 'new', 'node', 'param']);

/** Names that are used twice, and names that paths would understand otherwise. */
export function checkNames(root: XmlElement, collector: Collector): void {
  const families = childrenOf(root, 'hosts');
  const classes = childrenOf(root, 'component');
  // hosts, families and classes share one space of names, for paths name any of them
  const components = [
    ...families.flatMap((family) => [
      nameOf(family, 'family'),
      ...childrenOf(family, 'host').map((host) => nameOf(host)),
    ]),
    ...classes.flatMap((component) => [
      nameOf(component, 'class'),
      ...childrenOf(component, 'instance').map((instance) => nameOf(instance)),
    ]),
  ];
  unique(components, 'a host, family, class or instance', collector);
  uniqueAtTheirEnds(childrenOf(root, 'association'), collector);
  unique(children(root, 'probe'), 'a probe', collector);
  for (const family of families) {
    unique(
      children(family, 'attribute'),
      `an attribute of ${attributeOf(family, 'family') ?? 'this family'}`,
      collector,
    );
    for (const host of childrenOf(family, 'host'))
      unique(children(host, 'attribute'), `an attribute of ${attributeOf(host, 'name') ?? 'this host'}`, collector);
  }
  for (const component of classes)
    unique(
      children(component, 'attribute'),
      `an attribute of ${attributeOf(component, 'class') ?? 'this class'}`,
      collector,
    );
  const peers = childrenOf(root, 'peers').flatMap((element) => childrenOf(element, 'peer'));
  for (const use of [...childrenOf(root, 'diagram'), ...childrenOf(root, 'policy'), ...peers])
    unique(children(use, 'param'), 'a parameter of this diagram', collector);
  for (const [name, place] of components) {
    if (name !== undefined && WORDS.has(name))
      collector.add('value', `"${name}" is a word of paths and cannot be a name. Choose another.`, place);
  }
}

function nameOf(element: XmlElement, attribute = 'name'): Named {
  return [attributeOf(element, attribute), placeOf(element, attribute)];
}

function children(element: XmlElement, local: string): readonly Named[] {
  return childrenOf(element, local).map((child) => nameOf(child));
}

/** An association without a name has that of its ends. */
function associationName(element: XmlElement): Named {
  const [name, place] = nameOf(element);
  return [name ?? `${attributeOf(element, 'from') ?? ''}-${attributeOf(element, 'to') ?? ''}`, place];
}

/** An association's name is that of an interface of both its ends, so classes that have nothing to do with them may use it too. */
function uniqueAtTheirEnds(associations: readonly XmlElement[], collector: Collector): void {
  const seen = new Map<string, { readonly place: SourcePlace; readonly ends: ReadonlySet<string> }[]>();
  for (const element of associations) {
    const [name = '', place] = associationName(element);
    const ends = new Set([attributeOf(element, 'from') ?? '', attributeOf(element, 'to') ?? '']);
    const alike = seen.get(name) ?? [];
    const former = alike.find((other) => [...ends].some((end) => other.ends.has(end)));
    if (former)
      collector.add(
        'duplicate-name',
        `"${name}" is the name of an association ${told(former.place, place)} already. Choose another.`,
        place,
      );
    else seen.set(name, [...alike, { place, ends }]);
  }
}

function unique(names: readonly Named[], what: string, collector: Collector): void {
  const seen = new Map<string, SourcePlace>();
  for (const [name, place] of names) {
    if (name === undefined) continue;
    const former = seen.get(name);
    if (!former) seen.set(name, place);
    else
      collector.add(
        'duplicate-name',
        `"${name}" is the name of ${what} ${told(former, place)} already. Choose another.`,
        place,
      );
  }
}
