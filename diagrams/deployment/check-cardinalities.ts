import type { Association, ComponentClass, DeploymentDiagram } from '../../core/model/deployment.js';
import { formatCardinality } from '../../core/model/quantity.js';
import { initialInside, inDependencyOrder } from '../../core/model/wiring.js';
import { childrenOf, placeOf, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';

/** How many instances of each class there are at start. */
export function initialCounts(classes: readonly ComponentClass[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const description of inDependencyOrder(classes)) {
    const containers = counts.get(description.inside ?? '') ?? 0;
    counts.set(
      description.name,
      description.inside === undefined ? (description.initial ?? 1) : initialInside(description, containers),
    );
  }
  return counts;
}

/** Counts instead of instances: whether the initial numbers can satisfy every association, in both directions. */
export function checkCardinalities(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  const counts = initialCounts(deployment.classes);
  const components = childrenOf(root, 'component');
  deployment.classes.forEach(({ name, inside, initial = 0 }, index) => {
    const element = components[index];
    if (inside === undefined || initial === 0 || (counts.get(inside) ?? 0) > 0 || !element) return;
    const message = `${initial} ${name} shall be inside ${inside} at start, and there is none then. Raise initial of ${inside}.`;
    collector.add('cardinality', message, placeOf(element, 'initial'));
  });
  const elements = childrenOf(root, 'association');
  deployment.associations.forEach((association, index) => {
    const element = elements[index];
    if (!element) return;
    for (const side of sidesOf(association, counts)) {
      const message = unmet(association, side);
      if (message !== undefined) collector.add('cardinality', message, placeOf(element, side.attribute));
    }
  });
}

/** One direction of an association: what each `subject` needs of its peers. */
interface Side {
  readonly attribute: 'fromCardinality' | 'toCardinality';
  readonly subject: string;
  readonly count: number;
  readonly bounds: Association['fromCardinality'];
  readonly peer: string;
  readonly peers: number;
  /** How many subjects one peer takes at most. */
  readonly room: number;
}

function sidesOf(association: Association, counts: ReadonlyMap<string, number>): readonly Side[] {
  const { from, to, fromCardinality, toCardinality } = association;
  const sources = counts.get(from) ?? 0;
  const targets = counts.get(to) ?? 0;
  return [
    {
      attribute: 'toCardinality',
      subject: from,
      count: sources,
      bounds: toCardinality,
      peer: to,
      peers: targets,
      room: fromCardinality.upper,
    },
    {
      attribute: 'fromCardinality',
      subject: to,
      count: targets,
      bounds: fromCardinality,
      peer: from,
      peers: sources,
      room: toCardinality.upper,
    },
  ];
}

function unmet({ name }: Association, side: Side): string | undefined {
  const { subject, count, bounds, peer, peers, room } = side;
  if (count === 0 || bounds.lower === 0) return undefined;
  // nothing is linked to itself
  const others = subject === peer ? peers - 1 : peers;
  if (others < bounds.lower) {
    const there = subject === peer ? `${others} others` : `${others}`;
    return `each ${subject} needs ${formatCardinality(bounds)} ${peer} by "${name}", and there are ${there} at start. Raise initial of ${peer}, or lower the cardinality.`;
  }
  const needed = Math.ceil((count * bounds.lower) / room);
  if (needed <= peers) return undefined;
  return `${count} ${subject} need ${count * bounds.lower} links by "${name}", and ${peers} ${peer} take only so many that ${needed} would be needed. Raise initial of ${peer}, or an upper bound.`;
}
