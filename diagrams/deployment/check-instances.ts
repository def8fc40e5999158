import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { attributeOf, childrenOf, placeOf, suggest, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';

/** Instances with names of their own: where they begin, and that there are not more of them than `initial` says. */
export function checkInstances(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  childrenOf(root, 'component').forEach((element, index) => {
    const description = deployment.classes[index];
    const named = childrenOf(element, 'instance');
    const [first] = named;
    if (!description || !first) return;
    const { name, inside, initial = 0 } = description;
    if (inside !== undefined) {
      const message = `instances of ${name} are made with their ${inside}, and have no names of their own. Take <instance> out.`;
      collector.add('xml-element', message, first.place);
      return;
    }
    if (named.length > initial) {
      const message = `${named.length} instances of ${name} are named, and there are ${initial} at start. Raise initial, or leave it out.`;
      collector.add('value', message, placeOf(element, 'initial'));
    }
    const family = deployment.hostFamilies.find((candidate) => candidate.name === description.hosts);
    if (!family) return;
    const hosts = family.hosts.map((host) => host.name);
    for (const instance of named) {
      const on = attributeOf(instance, 'on');
      if (on === undefined || hosts.includes(on)) continue;
      const message = `the family ${family.name} has no host "${on}".${suggest(on, hosts)}`;
      collector.add('unknown-host', message, placeOf(instance, 'on'));
    }
  });
}
