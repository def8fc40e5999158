import type { Item, Link, Scene } from '../scene.js';
import { planRoutes } from '../layout/routes.js';
import type { Route } from '../layout/routes.js';
import { Tree } from '../layout/tree.js';
import { mermaidLines, MermaidNames, mermaidText } from './mermaid-text.js';

/**
 * A statechart as Mermaid's `stateDiagram-v2`. Mermaid draws no line between states inside different composite states,
 * between a composite state and one inside it, or between regions: the first are drawn between the composite states and
 * say in their label where they start and end, the others are lines of text in the state that they leave.
 */
export function writeMermaidStates(scene: Scene): string {
  return new StateWriter(scene).write();
}

class StateWriter {
  readonly #tree: Tree;
  readonly #routes: readonly Route[];
  readonly #names = new MermaidNames<Item | Link>();

  constructor(private readonly scene: Scene) {
    this.#tree = new Tree(scene.root);
    this.#routes = planRoutes(this.#tree, scene.links).routes;
  }

  write(): string {
    return ['stateDiagram-v2', ...this.#inside(this.scene.root, '    '), ''].join('\n');
  }

  #inside(home: Item, indent: string): string[] {
    const columns = home.arrangement === 'columns';
    const states = home.children.filter(({ shape }) => shape !== 'dot').map((child) => this.#state(child, indent));
    const split = columns
      ? states.flatMap((lines, index) => (index > 0 ? [`${indent}--`, ...lines] : lines))
      : states.flat();
    const drawn = this.#routes.filter((route) => route.home === home && !isText(route));
    return [
      ...split,
      ...[...new Set(drawn.map(({ link }) => link))].flatMap((link) => this.#lines(link, drawn, indent)),
    ];
  }

  #state(item: Item, indent: string): string[] {
    const name = this.#nameOf(item);
    const extra = [...item.lines.map(({ text }) => text), ...this.#texts(item)];
    if (item.children.length > 0) {
      const note = item.note === undefined ? [] : [`(${item.note})`];
      const title = mermaidLines([[item.title, ...note].join(' '), ...extra]);
      return [
        `${indent}state "${title}" as ${name}`,
        `${indent}state ${name} {`,
        ...this.#inside(item, `${indent}    `),
        `${indent}}`,
      ];
    }
    const noteLines = extra.map((text) => `${indent}    ${mermaidText(text)}`);
    return [
      `${indent}state "${mermaidText(item.title)}" as ${name}`,
      ...(item.shape === 'final' ? [`${indent}${name} --> [*]`] : []),
      ...(extra.length > 0 ? [`${indent}note right of ${name}`, ...noteLines, `${indent}end note`] : []),
    ];
  }

  /** Transitions that Mermaid has no line for. */
  #texts(item: Item): string[] {
    return this.#routes
      .filter((route) => route.link.from === item && isText(route))
      .map(({ link, target }) => `${link.label.map(({ text }) => text).join(' ')} → ${target.title}`.trim());
  }

  #lines(link: Link, routes: readonly Route[], indent: string): string[] {
    const own = routes.filter((route) => route.link === link);
    const [first] = own;
    if (!first) return [];
    const from = this.#raised(first.home, link.from);
    const label = link.label.map(({ text }) => text);
    const write = (source: string, target: string, texts: readonly string[]) => {
      const text = mermaidLines(texts);
      return `${indent}${source} --> ${target}${text === '' ? '' : ` : ${text}`}`;
    };
    const heads = own.map(({ target }) => this.#raised(first.home, target));
    const starts = from.inner === undefined ? [] : [`(from ${from.inner})`];
    const ends = (inner: string | undefined) => (inner === undefined ? [] : [`(to ${inner})`]);
    if (heads.length === 1)
      return heads.map(({ name, inner }) => write(from.name, name, [...label, ...starts, ...ends(inner)]));
    const fork = this.#names.of(link, `fork_${link.key}`);
    return [
      `${indent}state ${fork} <<fork>>`,
      write(from.name, fork, [...label, ...starts]),
      ...heads.map(({ name, inner }) => write(fork, name, ends(inner))),
    ];
  }

  /** The state itself, or the one around it that is a child of `home`, and then which is meant. */
  #raised(home: Item, item: Item): { name: string; inner?: string } {
    if (item.shape === 'dot') return { name: '[*]' };
    const outer = this.#tree.descent(home, item)[0] ?? item;
    return outer === item ? { name: this.#nameOf(item) } : { name: this.#nameOf(outer), inner: item.title };
  }

  #nameOf(item: Item): string {
    return this.#names.of(item, item.attributes['data-state'] ?? item.key);
  }
}

function isText({ home, link, target }: Route): boolean {
  return home === link.from || home === target || home.arrangement === 'columns';
}
