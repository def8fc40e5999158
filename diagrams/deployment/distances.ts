import type { Distances, HostFamily } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import {
  attributeOf,
  childrenOf,
  placeOf,
  suggest,
  type AttributeRule,
  type ElementRule,
  type XmlElement,
} from '../../core/xml/index.js';
import type { Collector } from '../collect.js';

const NUMBER = { pattern: /^\s*[0-9]+(\.[0-9]+)?\s*$/, form: 'a number such as 0.5 or 12' } as const;

/** Where a host stands; of `<hosts>`: all of the family. */
export const LOCATION_ATTRIBUTES: readonly AttributeRule[] = [
  { name: 'site', description: 'The site where it stands, for distances.' },
  { name: 'rack', description: 'The rack, or the switch, within its site, for distances.' },
];

/** Distances of hosts of one rack, of one site, and of all others, where nothing is told: hops of an ordinary network. */
const DEFAULTS = { rack: 1, site: 2, otherwise: 10 } as const;

export const DISTANCE_ELEMENTS: Readonly<Record<'distances' | 'distance', ElementRule>> = {
  distances: {
    description: 'How far hosts are from each other, in any one unit: milliseconds, hops. One at most.',
    attributes: [
      { name: 'rack', description: `Of hosts of one rack; ${DEFAULTS.rack} unless told.`, ...NUMBER },
      { name: 'site', description: `Of hosts of one site; ${DEFAULTS.site} unless told.`, ...NUMBER },
      { name: 'otherwise', description: `Of all others; ${DEFAULTS.otherwise} unless told.`, ...NUMBER },
    ],
    children: [{ name: 'distance' }],
  },
  distance: {
    description: 'The distance of two sites, two racks, or two hosts; of hosts it goes before that of their sites.',
    attributes: [
      {
        name: 'between',
        description: 'Two names of sites, racks or hosts, with a space between them.',
        required: true,
      },
      { name: 'value', description: 'Their distance.', required: true, ...NUMBER },
    ],
  },
};

/** Reads `<distances>` and where hosts stand; `undefined` where neither is told. What is wrong goes to the collector. */
export function distancesOf(
  root: XmlElement,
  families: readonly HostFamily[],
  collector: Collector,
): Distances | undefined {
  const hosts = families.flatMap((family) => family.hosts);
  const [element, second] = childrenOf(root, 'distances');
  if (second) collector.add('xml-element', 'there is more than one <distances>. Put them into one.', second.place);
  const placed = hosts.some(({ site, rack }) => site !== undefined || rack !== undefined);
  if (!element) return placed ? { ...DEFAULTS, between: [] } : undefined;
  const number = (attribute: keyof typeof DEFAULTS) => Number(attributeOf(element, attribute) ?? DEFAULTS[attribute]);
  const names = new Set(hosts.flatMap(({ name, site, rack }) => [name, site, rack].filter((one) => one !== undefined)));
  const between = childrenOf(element, 'distance').map((child) => ({
    names: collector.parsed<readonly [string, string]>(
      child,
      'between',
      (text, place) => {
        const [one, other, ...rest] = text.trim().split(/\s+/);
        if (one === undefined || other === undefined || rest.length > 0)
          throw new AttituneError('value', `between="${text}" must be two names with a space between them.`, { place });
        for (const name of [one, other])
          if (!names.has(name)) {
            const message = `there is no site, rack or host "${name}".${suggest(name, names)}`;
            throw new AttituneError('unknown-host', message, { place: placeOf(child, 'between') });
          }
        return [one, other];
      },
      ['', ''],
    ),
    distance: Number(attributeOf(child, 'value')),
  }));
  return { rack: number('rack'), site: number('site'), otherwise: number('otherwise'), between };
}
