import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { formatCardinality } from '../../core/model/quantity.js';
import { initialInside, inDependencyOrder } from '../../core/model/wiring.js';
import { childrenOf, placeOf, suggest, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';

/** What the grammar cannot say: names that are used twice or point nowhere, and cardinalities that cannot be met. */
export function checkDeployment(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  checkNames(root, collector);
  checkReferences(deployment, root, collector);
  if (collector.errors.length === 0) checkCardinalities(deployment, root, collector);
}

function checkNames(root: XmlElement, collector: Collector): void {
  // hosts, families and classes share one space of names, for paths name any of them
  const named = [
    ...childrenOf(root, 'hosts').flatMap((family) => [
      [family, 'family'] as const,
      ...childrenOf(family, 'host').map((host) => [host, 'name'] as const),
    ]),
    ...childrenOf(root, 'component').map((component) => [component, 'class'] as const),
  ];
  unique(named, 'a host, family or class', collector);
  unique(
    childrenOf(root, 'association').map((element) => [element, 'name'] as const),
    'an association',
    collector,
  );
  unique(
    childrenOf(root, 'probe').map((element) => [element, 'name'] as const),
    'a probe',
    collector,
  );
  for (const component of childrenOf(root, 'component')) {
    unique(
      childrenOf(component, 'attribute').map((element) => [element, 'name'] as const),
      `an attribute of ${component.attributes.get('class')?.value ?? 'this class'}`,
      collector,
    );
  }
  const words = new Set(['this', 'arg', 'new', 'node']);
  for (const [element, attribute] of named) {
    const name = element.attributes.get(attribute)?.value ?? '';
    if (words.has(name))
      collector.add(
        'value',
        `"${name}" is a word of paths and cannot be a name. Choose another.`,
        placeOf(element, attribute),
      );
  }
}

function unique(named: readonly (readonly [XmlElement, string])[], what: string, collector: Collector): void {
  const seen = new Map<string, number>();
  for (const [element, attribute] of named) {
    const name = element.attributes.get(attribute)?.value;
    if (name === undefined) continue;
    const line = seen.get(name);
    const place = placeOf(element, attribute);
    if (line === undefined) seen.set(name, place.line);
    else
      collector.add(
        'duplicate-name',
        `"${name}" is the name of ${what} on line ${line} already. Choose another.`,
        place,
      );
  }
}

function checkReferences(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  const classes = deployment.classes.map(({ name }) => name);
  const families = deployment.hostFamilies.map(({ name }) => name);
  const hosts = deployment.hostFamilies.flatMap((family) => family.hosts.map(({ name }) => name));
  const known = (
    element: XmlElement,
    attribute: string,
    names: readonly string[],
    what: string,
    code: 'unknown-class' | 'unknown-host' = 'unknown-class',
  ) => {
    const name = element.attributes.get(attribute)?.value;
    if (name === undefined || names.includes(name)) return;
    collector.add(code, `there is no ${what} "${name}".${suggest(name, names)}`, placeOf(element, attribute));
  };
  for (const element of childrenOf(root, 'component')) {
    known(element, 'hosts', families, 'host family');
    known(element, 'inside', classes, 'component class');
    const on = ['hosts', 'inside'].filter((attribute) => element.attributes.has(attribute));
    const name = element.attributes.get('class')?.value ?? '';
    if (on.length !== 1) {
      const message =
        on.length === 0
          ? 'runs nowhere: give it hosts="FAMILY" or inside="CLASS"'
          : 'has both hosts and inside: keep one of them';
      collector.add('xml-attribute', `the class ${name} ${message}.`, element.place);
    }
  }
  for (const description of deployment.classes) {
    if (description.inside !== undefined && goesRound(deployment, description.name)) {
      collector.add(
        'value',
        `${description.name} is inside itself, by way of ${description.inside}. Break the circle.`,
        description.place,
      );
    }
  }
  for (const element of childrenOf(root, 'association')) {
    known(element, 'from', classes, 'component class');
    known(element, 'to', classes, 'component class');
  }
  for (const element of childrenOf(root, 'probe'))
    known(element, 'of', [...families, ...classes], 'host family or component class');
  for (const element of childrenOf(root, 'policy'))
    known(element, 'for', [...families, ...classes], 'host family or component class');
  for (const element of childrenOf(root, 'constraint')) {
    known(element, 'of', classes, 'component class');
    known(element, 'on', hosts, 'host', 'unknown-host');
    const type = element.attributes.get('type')?.value ?? '';
    if ((type === 'pin' || type === 'ban') && !element.attributes.has('on')) {
      collector.add('xml-attribute', `a constraint of type ${type} needs on="HOST".`, element.place);
    }
  }
  for (const element of childrenOf(root, 'diagram')) {
    if (!element.attributes.has('role') && !element.attributes.has('on')) {
      collector.add(
        'xml-attribute',
        'a diagram needs role="start", role="stop", or on="EVENT": nothing would ever run this one.',
        element.place,
      );
    }
  }
}

function goesRound(deployment: DeploymentDiagram, name: string): boolean {
  let current = deployment.classes.find((candidate) => candidate.name === name)?.inside;
  for (let steps = 0; current !== undefined && steps <= deployment.classes.length; steps += 1) {
    if (current === name) return true;
    current = deployment.classes.find((candidate) => candidate.name === current)?.inside;
  }
  return false;
}

/** Counts instead of instances: whether the initial numbers can satisfy every association at all. */
function checkCardinalities(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  const counts = new Map<string, number>();
  for (const description of inDependencyOrder(deployment.classes)) {
    const containers = counts.get(description.inside ?? '') ?? 0;
    counts.set(
      description.name,
      description.inside === undefined ? (description.initial ?? 1) : initialInside(description, containers),
    );
  }
  const elements = childrenOf(root, 'association');
  deployment.associations.forEach((association, index) => {
    const { name, from, to, fromCardinality, toCardinality } = association;
    const sources = counts.get(from) ?? 0;
    const targets = counts.get(to) ?? 0;
    const element = elements[index];
    const check = (
      attribute: 'fromCardinality' | 'toCardinality',
      subject: string,
      count: number,
      lower: number,
      upper: number,
      needed: number,
      peers: number,
      peer: string,
    ) => {
      if (count === 0 || lower === 0 || !element) return;
      const cardinality = formatCardinality({ lower, upper });
      if (peers < lower) {
        collector.add(
          'cardinality',
          `each ${subject} needs ${cardinality} ${peer} by "${name}", and there are ${peers} at start. Raise initial of ${peer}, or lower the cardinality.`,
          placeOf(element, attribute),
        );
      } else if (needed > peers) {
        collector.add(
          'cardinality',
          `${count} ${subject} need ${count * lower} links by "${name}", and ${peers} ${peer} take only so many that ${needed} would be needed. Raise initial of ${peer}, or an upper bound.`,
          placeOf(element, attribute),
        );
      }
    };
    check(
      'toCardinality',
      from,
      sources,
      toCardinality.lower,
      toCardinality.upper,
      Math.ceil((sources * toCardinality.lower) / fromCardinality.upper),
      targets,
      to,
    );
    check(
      'fromCardinality',
      to,
      targets,
      fromCardinality.lower,
      fromCardinality.upper,
      Math.ceil((targets * fromCardinality.lower) / toCardinality.upper),
      sources,
      from,
    );
  });
}
