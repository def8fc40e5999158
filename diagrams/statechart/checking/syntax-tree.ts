import { parse } from 'acorn';
import type { Node } from 'acorn';
import type { ExpressionUse } from '../chart/content.js';

/** A node of the ESTree specification. Its offsets are those in the text plus one. */
export type Tree = Node & Readonly<Record<string, unknown>>;

/** The tree of an ECMAScript text; `undefined` where it cannot be parsed, which the reader has told already. */
export function treeOf(use: ExpressionUse, text: string): Tree | undefined {
  const wrapped = use === 'value' || use === 'location' ? `(${text}\n)` : ` ${text}`;
  try {
    return parse(wrapped, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: false,
    }) as unknown as Tree;
  } catch {
    return undefined;
  }
}

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: Node): Tree[] {
  return Object.values(node as Tree)
    .flat()
    .filter((value): value is Tree => typeof (value as Partial<Tree> | null)?.type === 'string');
}
