import type { Item, Link } from '../scene.js';
import type { Tree } from './tree.js';

/**
 * The order in which the children of a box follow each other from top to bottom: a depth-first walk along the links,
 * from where the box starts. A link against this order leads back up; without those, nothing runs in a circle.
 */
export function flowOrder(tree: Tree, home: Item, links: readonly Link[]): ReadonlyMap<Item, number> {
  const next = new Map<Item, Item[]>();
  for (const { from, to } of links) {
    const source = tree.descent(home, from)[0];
    if (!source) continue;
    const targets = to.flatMap((item) => tree.descent(home, item).slice(0, 1));
    next.set(source, [...(next.get(source) ?? []), ...targets]);
  }
  const seen = new Set<Item>();
  const postorder: Item[] = [];
  const visit = (item: Item) => {
    if (seen.has(item)) return;
    seen.add(item);
    // later links first: what is written first comes first in the reversed order
    for (const target of [...(next.get(item) ?? [])].reverse()) visit(target);
    postorder.push(item);
  };
  const starts = home.children.filter(({ shape }) => shape === 'dot');
  const rest = home.children.filter((child) => !starts.includes(child));
  for (const child of starts) visit(child);
  const fromStart = postorder.splice(0).reverse();
  // what no link leads to stands at the top, in the order of the document
  const unreached = rest.filter((child) => !seen.has(child));
  for (const child of [...unreached].reverse()) visit(child);
  return new Map([...postorder.reverse(), ...fromStart].map((item, index) => [item, index]));
}
