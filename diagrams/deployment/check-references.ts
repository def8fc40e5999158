import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { childrenOf, placeOf, suggest, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { checkConstraintNames } from './constraints.js';

/** Names that point nowhere, and elements that say too little or too much to mean anything. */
export function checkReferences(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  const classes = deployment.classes.map(({ name }) => name);
  const families = deployment.hostFamilies.map(({ name }) => name);
  const known = (
    element: XmlElement,
    attribute: string,
    names: readonly string[],
    what: string,
    code: 'unknown-class' | 'unknown-measure' = 'unknown-class',
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
  const containerOf = new Map(deployment.classes.map(({ name, inside }) => [name, inside]));
  for (const description of deployment.classes) {
    if (description.inside !== undefined && goesRound(containerOf, description.name)) {
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
    const from = element.attributes.get('from')?.value;
    const probes = deployment.probes.filter(({ of }) => of === from).map(({ name }) => name);
    known(element, 'trafficProbe', probes, `probe of ${from ?? ''}`, 'unknown-measure');
  }
  for (const element of childrenOf(root, 'probe'))
    known(element, 'of', [...families, ...classes], 'host family or component class');
  for (const element of childrenOf(root, 'event'))
    known(element, 'of', [...families, ...classes], 'host family or component class');
  for (const element of childrenOf(root, 'policy'))
    known(element, 'for', [...families, ...classes], 'host family or component class');
  checkConstraintNames(deployment, root, collector);
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

function goesRound(containerOf: ReadonlyMap<string, string | undefined>, name: string): boolean {
  let current = containerOf.get(name);
  for (let steps = 0; current !== undefined && steps <= containerOf.size; steps += 1) {
    if (current === name) return true;
    current = containerOf.get(current);
  }
  return false;
}
