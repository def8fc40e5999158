import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import {
  checkElement,
  childrenOf,
  parseXml,
  placeOf,
  readTextFile,
  type XmlAttribute,
  type XmlElement,
} from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { HOST } from './deployment-grammar.js';
import { HOSTS_GRAMMAR } from './hosts-grammar.js';
import { readNodeFile, type NodeFileValue } from './node-file.js';
import type { Variables } from './variables.js';

/**
 * The hosts of an inventory, and the attributes that it gives to all of them, as elements of the family that names it.
 * A file named `*.xml` is read as a `*.hosts.xml`, any other one as a node file. Nothing where it cannot be read, which
 * is told at the attribute.
 */
export function readInventory(
  file: string,
  family: XmlElement,
  variables: Variables,
  collector: Collector,
): XmlElement[] {
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    collector.add('file-not-found', (error as Error).message, placeOf(family, 'inventory'));
    return [];
  }
  if (file.endsWith('.xml')) return fromXml(text, file, family, variables, collector);
  const own = new Set(HOST.attributes?.map(({ name }) => name));
  return readNodeFile(text, file, collector).map(({ name, uri, attributes, place }) =>
    variables.substitute(
      made(
        family,
        'host',
        place,
        [
          ['name', name],
          ...(uri ? [['uri', uri] as const] : []),
          ...attributes.flatMap(([key, value]) => (own.has(key.text) ? [[key.text, value] as const] : [])),
        ],
        attributes.flatMap(([key, value]) =>
          own.has(key.text)
            ? []
            : made(family, 'attribute', key.place, [
                ['name', key],
                ['value', value],
              ]),
        ),
      ),
    ),
  );
}

/** Reads a `*.hosts.xml` by itself, for checking it. */
export function checkHostsFile(file: string): readonly AttituneError[] {
  try {
    const root = parseXml(readTextFile(file), file);
    const open = placesOfVariables(root);
    return checkElement(root, HOSTS_GRAMMAR).filter(({ place }) => !open.has(`${place?.line}:${place?.column}`));
  } catch (error) {
    return [AttituneError.from(error)];
  }
}

/** Where values stand that only a deployment can tell. */
function placesOfVariables(element: XmlElement): Set<string> {
  const own = [...element.attributes.values()]
    .filter(({ value }) => value.includes('${'))
    .map(({ valuePlace }) => `${valuePlace.line}:${valuePlace.column}`);
  const inner = element.children.flatMap((child) => (child.kind === 'element' ? [...placesOfVariables(child)] : []));
  return new Set([...own, ...inner]);
}

function fromXml(
  text: string,
  file: string,
  family: XmlElement,
  variables: Variables,
  collector: Collector,
): XmlElement[] {
  const parsed = collector.attempt<XmlElement | undefined>(() => parseXml(text, file), undefined);
  if (!parsed) return [];
  const root = variables.substitute(parsed);
  collector.errors.push(...checkElement(root, HOSTS_GRAMMAR));
  if (root.local !== HOSTS_GRAMMAR.root) return [];
  return childrenOf(root).map((child) => adopted(child, family.namespace));
}

/** The element, and those inside it, in the family's namespace. */
function adopted(element: XmlElement, namespace: string): XmlElement {
  return {
    ...element,
    namespace,
    children: element.children.map((child) =>
      child.kind === 'element' && child.namespace === element.namespace ? adopted(child, namespace) : child,
    ),
  };
}

function made(
  family: XmlElement,
  local: string,
  place: SourcePlace,
  values: readonly (readonly [string, NodeFileValue])[],
  children: readonly XmlElement[] = [],
): XmlElement {
  const attributes = new Map<string, XmlAttribute>(
    values.map(([name, value]) => [
      name,
      { name, prefix: '', local: name, namespace: '', value: value.text, place: value.place, valuePlace: value.place },
    ]),
  );
  const { namespace } = family;
  return { kind: 'element', name: local, prefix: '', local, namespace, attributes, children, place, inner: '' };
}
