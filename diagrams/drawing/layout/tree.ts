import type { Item } from '../scene.js';

/** Parents and depths of a scene's items. */
export class Tree {
  readonly #parents = new Map<Item, Item>();
  readonly items: Item[] = [];

  constructor(readonly root: Item) {
    const walk = (item: Item) => {
      this.items.push(item);
      for (const child of item.children) {
        this.#parents.set(child, item);
        walk(child);
      }
    };
    walk(root);
  }

  /** From the item up to the root, both included. */
  ancestry(item: Item): Item[] {
    const parent = this.#parents.get(item);
    return parent ? [item, ...this.ancestry(parent)] : [item];
  }

  /** The deepest item that is each of these or around it. */
  common(items: readonly Item[]): Item {
    const lines = items.map((item) => this.ancestry(item));
    return lines[0]?.find((candidate) => lines.every((line) => line.includes(candidate))) ?? this.root;
  }

  /** The items from the child of `container` down to `item`; empty where they are the same. */
  descent(container: Item, item: Item): Item[] {
    const line = this.ancestry(item);
    return line.slice(0, line.indexOf(container)).reverse();
  }
}
