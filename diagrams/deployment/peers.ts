import type { PeersUse, PeerUse } from '../../core/model/deployment.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import { attributeOf, childrenOf, placeOf, suggest, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { diagramFile } from './diagram-file.js';
import { namedValues } from './named-values.js';
import { told } from './told.js';

const EVERY_MS = 60_000;
/** More often than this a host would not have settled from what it did before. */
const SHORTEST_MS = 1000;

/** The `<peers>` of a deployment and of what it includes: one at most. What is wrong goes to the collector. */
export function peersUse(root: XmlElement, collector: Collector): PeersUse | undefined {
  const [element, ...others] = childrenOf(root, 'peers');
  if (!element) return undefined;
  for (const { place } of others)
    collector.add(
      'duplicate-name',
      `there are <peers> ${told(element.place, place)} already. Make one of them.`,
      place,
    );
  const everyMs = collector.parsed(element, 'every', parseDurationMs, EVERY_MS);
  if (everyMs < SHORTEST_MS)
    collector.add(
      'value',
      'a host looks at itself at most once a second: give every="1 s" or more.',
      placeOf(element, 'every'),
    );
  return {
    everyMs,
    choice: attributeOf(element, 'choice') === 'random' ? 'random' : 'simulated',
    trading: attributeOf(element, 'trading') === 'true',
    adapting: attributeOf(element, 'adapting') === 'true',
    peers: childrenOf(element, 'peer').map((peer) => peerUse(peer, familiesOf(root))),
    place: element.place,
  };
}

function peerUse(element: XmlElement, families: ReadonlyMap<string, readonly string[]>): PeerUse {
  const cell = attributeOf(element, 'cell');
  return {
    hosts: namesOf(element).flatMap((name) => families.get(name) ?? [name]),
    file: diagramFile(element, 'policy'),
    ...(cell === undefined ? {} : { cell }),
    parameters: namedValues(element, 'param'),
    place: placeOf(element, 'policy'),
  };
}

/**
 * Peers that are no hosts, hosts with two policies, and hosts that others would count on and that have none: those of a
 * family of which some are peers.
 */
export function checkPeers(root: XmlElement, collector: Collector): void {
  const [element] = childrenOf(root, 'peers');
  if (!element) return;
  const families = familiesOf(root);
  const familyOf = new Map([...families].flatMap(([family, hosts]) => hosts.map((host) => [host, family] as const)));
  const hypervisors = new Map(
    childrenOf(root, 'hosts').map((family) => [attributeOf(family, 'family') ?? '', attributeOf(family, 'hypervisor')]),
  );
  const policies = new Map<string, XmlElement>();
  for (const peer of childrenOf(element, 'peer')) {
    const place = placeOf(peer, 'on');
    for (const name of namesOf(peer)) {
      const hosts = families.get(name) ?? [name];
      if (hosts.some((host) => !familyOf.has(host))) {
        const known = [...familyOf.keys(), ...families.keys()];
        collector.add('unknown-host', `there is no host or family "${name}".${suggest(name, known)}`, place);
        continue;
      }
      for (const host of hosts) {
        const former = policies.get(host);
        if (former)
          collector.add(
            'duplicate-name',
            `${host} has a policy ${told(former.place, place)} already. Keep one of the two.`,
            place,
          );
        else policies.set(host, peer);
        if (hypervisors.get(familyOf.get(host) ?? '') === 'none')
          collector.add('hypervisor', `${host} has no hypervisor: it has nothing to give away. Take it out.`, place);
      }
    }
  }
  const concerned = new Set([...policies.keys()].map((host) => familyOf.get(host)));
  const without = [...familyOf].filter(([host, family]) => concerned.has(family) && !policies.has(host));
  if (without.length === 0) return;
  const names = without.map(([host]) => host);
  const message = `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} no policy, and others of the family have one. Add <peer on="${names.join(' ')}" policy="…"/>.`;
  collector.add('xml-element', message, element.place);
}

function namesOf(peer: XmlElement): readonly string[] {
  return (attributeOf(peer, 'on') ?? '').split(/[\s,]+/).filter((name) => name !== '');
}

/** The hosts of each family. */
function familiesOf(root: XmlElement): ReadonlyMap<string, readonly string[]> {
  return new Map(
    childrenOf(root, 'hosts').map((family) => [
      attributeOf(family, 'family') ?? '',
      childrenOf(family, 'host').map((host) => attributeOf(host, 'name') ?? ''),
    ]),
  );
}
