import type { Item, Link, Scene } from '../scene.js';
import { Tree } from '../layout/tree.js';
import { mermaidLines, MermaidNames, mermaidText } from './mermaid-text.js';

/** A deployment as Mermaid's `flowchart`: boxes as subgraphs, cardinalities in the labels of lines. */
export function writeMermaidFlowchart(scene: Scene): string {
  const tree = new Tree(scene.root);
  const names = new MermaidNames<Item>();
  const nameOf = (item: Item) => names.of(item, item.attributes['id'] ?? item.key);
  // Mermaid draws no line between a subgraph and what is inside it
  const isText = ({ from, to: [to] }: Link) =>
    to !== undefined && (tree.ancestry(from).includes(to) || tree.ancestry(to).includes(from));
  const write = (item: Item, indent: string): string[] => {
    const lines = scene.links.filter((link) => link.from === item && isText(link)).map(({ tooltip }) => tooltip);
    const title = [item.title, item.note ?? ''].join('  ');
    const text = mermaidLines([title, ...item.lines.map((line) => line.text), ...lines]);
    if (item.children.length === 0) return [`${indent}${nameOf(item)}["${text}"]`];
    return [
      `${indent}subgraph ${nameOf(item)}["${text}"]`,
      ...item.children.flatMap((child) => write(child, `${indent}    `)),
      `${indent}end`,
    ];
  };
  const line = (link: Link): string[] =>
    link.to.map((to) => {
      const ends = [link.fromText, link.toText].some((text) => text !== undefined);
      const counts = ends ? ` (${link.fromText ?? ''} to ${link.toText ?? ''})` : '';
      const text = mermaidText(`${link.label.map((one) => one.text).join(' ')}${counts}`);
      const arrow = link.dashed ? '-.->' : '-->';
      return `    ${nameOf(link.from)} ${arrow}${text === '' ? '' : `|"${text}"|`} ${nameOf(to)}`;
    });
  return [
    'flowchart TB',
    ...scene.root.children.flatMap((child) => write(child, '    ')),
    ...scene.links.filter((link) => !isText(link)).flatMap(line),
    '',
  ].join('\n');
}
