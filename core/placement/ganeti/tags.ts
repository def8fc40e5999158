import type { Constraint } from '../../model/deployment.js';
import type { GanetiInstance, GanetiNode } from './records.js';
import { placeIn, type Row } from './rows.js';

/** What tags of a cluster mean: which instances exclude each other, and between which nodes migrations work. */

const EXCLUSION = 'htools:iextags:';
const MIGRATION = 'htools:migration:';
const ALLOWED_MIGRATION = 'htools:allowmigration:';

/** Tags of an instance of which no node has two: those that begin with what a cluster tag `htools:iextags:…` names. */
export function exclusionTags(instance: GanetiInstance, clusterTags: readonly Row[]): readonly string[] {
  const prefixes = prefixesOf(clusterTags, EXCLUSION).map(([prefix]) => prefix);
  return [...new Set(instance.tags.filter((tag) => prefixes.some((prefix) => tag.startsWith(prefix))))];
}

/** One constraint for each tag that several instances have, at the cluster tag that makes it one. */
export function exclusions(instances: readonly GanetiInstance[], clusterTags: readonly Row[]): readonly Constraint[] {
  const holders = new Map<string, number>();
  for (const instance of instances)
    for (const tag of exclusionTags(instance, clusterTags)) holders.set(tag, (holders.get(tag) ?? 0) + 1);
  const prefixes = prefixesOf(clusterTags, EXCLUSION);
  return [...holders]
    .filter(([, count]) => count > 1)
    .flatMap(([tag]) => {
      const row = prefixes.find(([prefix]) => tag.startsWith(prefix))?.[1];
      return row ? [{ type: 'spread', of: tag, strength: 'hard', place: placeIn(row) } as const] : [];
    });
}

/**
 * The nodes that instances of each node can migrate to. A node with a tag `X:…` of a cluster tag `htools:migration:X` takes
 * only from nodes whose tags of that kind it has itself, or that it is allowed to take from by
 * `htools:allowmigration:FROM::TO`. Nodes that can reach every other one are left out.
 */
export function migrationReach(
  nodes: readonly GanetiNode[],
  clusterTags: readonly Row[],
): ReadonlyMap<string, readonly string[]> {
  const kinds = prefixesOf(clusterTags, MIGRATION).map(([kind]) => `${kind}:`);
  const allowed = prefixesOf(clusterTags, ALLOWED_MIGRATION).map(([pair]) => pair.split('::'));
  const own = new Map(
    nodes.map(({ name, tags }) => [name, tags.filter((tag) => kinds.some((kind) => tag.startsWith(kind)))]),
  );
  const taken = new Map(
    [...own].map(([name, tags]) => [
      name,
      new Set([
        ...tags,
        ...allowed.flatMap(([from = '', to]) => (to !== undefined && tags.includes(to) ? [from] : [])),
      ]),
    ]),
  );
  const reach = new Map<string, readonly string[]>();
  for (const { name } of nodes) {
    const needs = own.get(name) ?? [];
    const targets = nodes.filter(
      (to) => to.name === name || needs.every((tag) => taken.get(to.name)?.has(tag) === true),
    );
    if (targets.length < nodes.length)
      reach.set(
        name,
        targets.map((to) => to.name),
      );
  }
  return reach;
}

function prefixesOf(clusterTags: readonly Row[], prefix: string): readonly (readonly [rest: string, row: Row])[] {
  return clusterTags.flatMap((row) => {
    const tag = row.fields.join('|');
    const rest = tag.slice(prefix.length);
    return tag.startsWith(prefix) && rest !== '' ? [[rest, row] as const] : [];
  });
}
