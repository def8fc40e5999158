import { GROUPS_ATTRIBUTE, type Constraint, type DeploymentDiagram } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import { parseInteger, parseMemoryMiB, parseRatio } from '../../core/model/quantity.js';
import { attributeOf, childrenOf, placeOf, suggest, type ElementRule, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';

type Kind = Constraint['type'];

/** What each kind of constraint says besides what it is about, and what of that it must say: one of `needs`. */
export const CONSTRAINT_KINDS: Readonly<
  Record<Kind, { readonly about: 'vms' | 'hosts'; readonly may: readonly string[]; readonly needs: readonly string[] }>
> = {
  spread: { about: 'vms', may: ['most'], needs: [] },
  gather: { about: 'vms', may: [], needs: [] },
  pin: { about: 'vms', may: ['on'], needs: ['on'] },
  ban: { about: 'vms', may: ['on'], needs: ['on'] },
  reserve: { about: 'hosts', may: ['cpu', 'memory'], needs: ['cpu', 'memory'] },
  online: { about: 'hosts', may: ['least', 'most'], needs: ['least', 'most'] },
};

/** `<constraint>` */
export const CONSTRAINT: ElementRule = {
  description: 'Where instances may be, what hosts keep free, and how many hosts are on.',
  attributes: [
    {
      name: 'type',
      description:
        'spread: few of them on one host; gather: all on one host; pin: only on those hosts; ban: on none of them; ' +
        'reserve: something of each host is left free; online: so many hosts are on.',
      required: true,
      values: Object.keys(CONSTRAINT_KINDS),
    },
    {
      name: 'of',
      description:
        'The class, the instance or the group (a word of the attribute groups) that it is about; of reserve and online, the host or the family of hosts.',
      required: true,
    },
    { name: 'on', description: 'The hosts of pin and ban, separated by spaces.' },
    {
      name: 'most',
      description: 'Of spread: how many may be on one host, 1 unless told. Of online: how many hosts may be on.',
      type: 'integer',
    },
    { name: 'least', description: 'Of online: how many hosts are on at least.', type: 'integer' },
    { name: 'cpu', description: 'Of reserve: the part of the CPU that is left free, such as "10 %".', type: 'ratio' },
    { name: 'memory', description: 'Of reserve: the memory that is left free, such as "2 GiB".', type: 'memory' },
    {
      name: 'strength',
      description: 'hard, unless told: never broken; soft: broken where nothing else is possible.',
      values: ['hard', 'soft'],
    },
  ],
};

export function constraintOf(element: XmlElement, collector: Collector): Constraint {
  const type = attributeOf(element, 'type') as Kind;
  const on = attributeOf(element, 'on');
  const parsed = (attribute: string, parse: (text: string, place: XmlElement['place']) => number) =>
    collector.parsed<number | undefined>(element, attribute, parse, undefined);
  const least = parsed('least', (text, place) => parseInteger(text, place));
  const most = parsed('most', (text, place) => parseInteger(text, place, { min: type === 'spread' ? 1 : 0 }));
  const cpu = parsed('cpu', parsePart);
  const memoryMiB = parsed('memory', parseMemoryMiB);
  return {
    type,
    of: attributeOf(element, 'of') ?? '',
    ...(on === undefined ? {} : { on }),
    ...(least === undefined ? {} : { least }),
    ...(most === undefined ? {} : { most }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    strength: (attributeOf(element, 'strength') ?? 'hard') as Constraint['strength'],
    place: element.place,
  };
}

/** A ratio of at most 1. */
function parsePart(text: string, place: XmlElement['place']): number {
  const ratio = parseRatio(text, place);
  if (ratio <= 1) return ratio;
  throw new AttituneError('value', `"${text}" is more than a host has. Write at most "100 %".`, { place });
}

/** Words of the attribute `groups`, by which constraints can name instances of several classes. */
export function groupsOf({ attributes }: { readonly attributes: Readonly<Record<string, string>> }): readonly string[] {
  return (attributes[GROUPS_ATTRIBUTE] ?? '').split(/\s+/).filter((group) => group !== '');
}

/** Constraints about what there is not, and those that say too little or what their kind does not have. */
export function checkConstraintNames(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  const hosts = deployment.hostFamilies.flatMap((family) => family.hosts.map(({ name }) => name));
  const families = deployment.hostFamilies.map(({ name }) => name);
  const classes = deployment.classes.map(({ name }) => name);
  const named = deployment.classes.flatMap(({ instances = [] }) => instances.map(({ name }) => name));
  const groups = deployment.classes.flatMap(groupsOf);
  const isInstance = (name: string) =>
    classes.some((one) => name.startsWith(`${one}_`) && /^\d+$/.test(name.slice(one.length + 1)));
  for (const element of childrenOf(root, 'constraint')) {
    const type = element.attributes.get('type')?.value ?? '';
    const kind = Object.entries(CONSTRAINT_KINDS).find(([name]) => name === type)?.[1];
    if (!kind) continue;
    const of = attributeOf(element, 'of');
    if (of !== undefined && kind.about === 'hosts' && ![...hosts, ...families].includes(of)) {
      const message = `there is no host and no host family "${of}".${suggest(of, [...hosts, ...families])}`;
      collector.add('unknown-host', message, placeOf(element, 'of'));
    }
    const names = [...classes, ...named, ...groups];
    if (of !== undefined && kind.about === 'vms' && !names.includes(of) && !isInstance(of)) {
      const message = `there is no component class, instance or group "${of}".${suggest(of, names)}`;
      collector.add('unknown-class', message, placeOf(element, 'of'));
    }
    for (const host of attributeOf(element, 'on')?.split(/\s+/) ?? []) {
      if (host === '' || hosts.includes(host)) continue;
      collector.add('unknown-host', `there is no host "${host}".${suggest(host, hosts)}`, placeOf(element, 'on'));
    }
    if (
      kind.needs.length > 0 &&
      !kind.needs.some((attribute) => (attributeOf(element, attribute) ?? '').trim() !== '')
    ) {
      const needs = kind.needs.map((attribute) => `${attribute}="…"`).join(' or ');
      collector.add('xml-attribute', `a constraint of type ${type} needs ${needs}.`, element.place);
    }
    for (const attribute of ['on', 'least', 'most', 'cpu', 'memory']) {
      if (kind.may.includes(attribute) || !element.attributes.has(attribute)) continue;
      const owners = Object.entries(CONSTRAINT_KINDS).filter(([, { may }]) => may.includes(attribute));
      const message = `a constraint of type ${type} has no ${attribute}: that is for ${owners.map(([name]) => name).join(' and ')}. Remove it, or change the type.`;
      collector.add('xml-attribute', message, placeOf(element, attribute));
    }
  }
}
