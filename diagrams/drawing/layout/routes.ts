import type { Item, Link } from '../scene.js';
import { flowOrder } from './flow-order.js';
import type { Tree } from './tree.js';

/**
 * Which way each line takes through the boxes, before anything has a place. Every box is laid out by itself, so a line
 * that leaves a box is made of segments that meet at ports on the borders, each segment inside one box.
 */
export interface Plan {
  readonly levels: ReadonlyMap<Item, Level>;
  /** For each link and each of its targets: its segments, from the source to the target. */
  readonly routes: readonly Route[];
  /** The segments that end in an arrow. */
  readonly arrows: ReadonlySet<string>;
}

export interface Level {
  readonly segments: Segment[];
  /** The links whose label or fork is in this box. */
  readonly labels: Link[];
  /** Where lines go through the border of this box. */
  readonly ports: Port[];
}

export interface Port {
  readonly key: string;
  readonly side: 'top' | 'bottom';
}

export interface Segment {
  readonly key: string;
  readonly from: End;
  readonly to: End;
  /** It goes upwards: `to` is above `from`. */
  readonly upwards: boolean;
  /** Texts beside its ends. */
  readonly fromText?: string | undefined;
  readonly toText?: string | undefined;
}

/** A child of the box, at one of its own ports where the line goes on inside it; the box's border; or a label. */
export type End =
  | { readonly kind: 'child'; readonly item: Item; readonly port?: string }
  | { readonly kind: 'border'; readonly port: string }
  | { readonly kind: 'label'; readonly link: Link };

export interface Route {
  readonly link: Link;
  /** The deepest box around both ends, or the one end that is around the other; its label is in there. */
  readonly home: Item;
  readonly target: Item;
  readonly upwards: boolean;
  readonly steps: readonly { readonly level: Item; readonly segment: string }[];
}

export function planRoutes(tree: Tree, links: readonly Link[]): Plan {
  return new Planner(tree, links).plan();
}

/** True where a label, or the bar of a fork, stands between source and targets. */
export function hasJoint(link: Link): boolean {
  return link.label.length > 0 || link.to.length > 1;
}

class Planner {
  readonly #levels = new Map<Item, { -readonly [K in keyof Level]: Level[K] }>();
  readonly #order = new Map<Item, ReadonlyMap<Item, number>>();
  #count = 0;

  constructor(
    private readonly tree: Tree,
    private readonly links: readonly Link[],
  ) {
    for (const item of tree.items) this.#levels.set(item, { segments: [], labels: [], ports: [] });
  }

  plan(): Plan {
    const homes = this.links.map((link) => ({ link, home: this.tree.common([link.from, ...link.to]) }));
    for (const home of new Set(homes.map((one) => one.home))) {
      const inside = homes.filter((one) => one.home === home).map(({ link }) => link);
      this.#order.set(home, flowOrder(this.tree, home, inside));
    }
    const routes = homes.flatMap(({ link, home }) => this.#routes(link, home));
    for (const { link, steps } of routes) {
      if (link.fromText !== undefined) this.#change(steps[0], { fromText: link.fromText });
      if (link.toText !== undefined) this.#change(steps.at(-1), { toText: link.toText });
    }
    const arrows = new Set(routes.flatMap(({ steps }) => steps.slice(-1).map(({ segment }) => segment)));
    return { levels: this.#levels, routes, arrows };
  }

  #change(step: Route['steps'][number] | undefined, texts: Pick<Segment, 'fromText' | 'toText'>): void {
    if (!step) return;
    const level = this.#level(step.level);
    const index = level.segments.findIndex(({ key }) => key === step.segment);
    level.segments[index] = { ...(level.segments[index] as Segment), ...texts };
  }

  #routes(link: Link, home: Item): Route[] {
    const level = this.#level(home);
    const targets = link.to.map((item) => ({ item, upwards: this.#upwards(home, link.from, item) }));
    const first = targets[0]?.upwards === true && !this.#sameChild(home, link.from, targets[0].item);
    const [start, exit] = this.#leave(home, link.from, first);
    const joint: End = { kind: 'label', link };
    let head: Route['steps'] = exit;
    if (hasJoint(link)) {
      level.labels.push(link);
      head = [...exit, this.#segment(home, start, joint, first)];
    }
    return targets.map(({ item, upwards }) => {
      const [end, entry] = this.#enter(home, item, upwards);
      const last = this.#segment(home, hasJoint(link) ? joint : start, end, upwards);
      return { link, home, target: item, upwards, steps: [...head, last, ...entry] };
    });
  }

  #upwards(home: Item, from: Item, to: Item): boolean {
    if (from === home || to === home) return false;
    if (this.#sameChild(home, from, to)) return true;
    const order = this.#order.get(home);
    const at = (item: Item) => order?.get(this.tree.descent(home, item)[0] as Item) ?? 0;
    return at(from) > at(to);
  }

  #sameChild(home: Item, from: Item, to: Item): boolean {
    return from !== home && to !== home && this.tree.descent(home, from)[0] === this.tree.descent(home, to)[0];
  }

  /** The end of the line in its home box, and the steps from the source up to there. */
  #leave(home: Item, from: Item, upwards: boolean): [End, Route['steps']] {
    return this.#through(home, from, 'top', upwards ? 'top' : 'bottom', (owner, inner, port) =>
      this.#segment(owner, inner, { kind: 'border', port }, upwards),
    );
  }

  #enter(home: Item, to: Item, upwards: boolean): [End, Route['steps']] {
    const [end, steps] = this.#through(home, to, 'bottom', upwards ? 'bottom' : 'top', (owner, inner, port) =>
      this.#segment(owner, { kind: 'border', port }, inner, upwards),
    );
    return [end, [...steps].reverse()];
  }

  #through(
    home: Item,
    item: Item,
    ownSide: Port['side'],
    side: Port['side'],
    segment: (owner: Item, inner: End, port: string) => Route['steps'][number],
  ): [End, Route['steps']] {
    if (item === home) return [{ kind: 'border', port: this.#port(home, ownSide) }, []];
    const steps: Route['steps'][number][] = [];
    let end: End = { kind: 'child', item };
    for (const owner of this.tree.descent(home, item).slice(0, -1).reverse()) {
      const port = this.#port(owner, side);
      steps.push(segment(owner, end, port));
      end = { kind: 'child', item: owner, port };
    }
    return [end, steps];
  }

  #port(owner: Item, side: Port['side']): string {
    const key = `p${this.#count++}`;
    this.#level(owner).ports.push({ key, side });
    return key;
  }

  #segment(level: Item, from: End, to: End, upwards: boolean): Route['steps'][number] {
    const key = `e${this.#count++}`;
    this.#level(level).segments.push({ key, from, to, upwards });
    return { level, segment: key };
  }

  #level(item: Item): Level {
    return this.#levels.get(item) as Level;
  }
}
