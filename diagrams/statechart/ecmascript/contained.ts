import { parseExpressionAt, type AnyNode } from 'acorn';
import type { Expression } from '../chart/content.js';
import { withoutSemicolon } from './syntax.js';

/** Syntax that can leave something behind in the context that it runs in, or a `this` that is not the session's. */
const CHANGES: ReadonlySet<string> = new Set([
  'AssignmentExpression',
  'UpdateExpression',
  'FunctionExpression',
  'ClassExpression',
  'BlockStatement',
  'ImportExpression',
  'MetaProperty',
]);
/** Names by which what is built in can be reached and changed, as variables or as properties. */
const REACHES: ReadonlySet<string> = new Set([
  ...['globalThis', 'Object', 'Reflect', 'Proxy', 'Symbol', 'Function', 'eval', 'constructor', 'prototype'],
  ...['__proto__', '__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__'],
]);

/**
 * Whether sessions with these expressions can share a context: there are no scripts, what is assigned to belongs to
 * variables of the session, and nothing reaches what all have in common. Where it cannot be told, they cannot.
 */
export function areContained(expressions: readonly Expression[], variables: ReadonlySet<string>): boolean {
  return expressions.every(({ use, text, fault }) => {
    if (fault !== undefined || use === 'script' || use === 'global') return false;
    const tree = parsed(text);
    if (!tree || !isContained(tree)) return false;
    return use !== 'location' || variables.has(rootOf(tree) ?? '');
  });
}

function parsed(text: string): AnyNode | undefined {
  const source = `(${withoutSemicolon(text)}\n)`;
  try {
    return parseExpressionAt(source, 0, { ecmaVersion: 'latest' });
  } catch {
    return undefined;
  }
}

function isContained(node: AnyNode): boolean {
  if (CHANGES.has(node.type)) return false;
  if (node.type === 'UnaryExpression' && node.operator === 'delete') return false;
  if (node.type === 'Identifier' && REACHES.has(node.name)) return false;
  if (node.type === 'Literal' && typeof node.value === 'string' && REACHES.has(node.value)) return false;
  return Object.values(node).every((part: unknown) => [part].flat().every((one) => !isNode(one) || isContained(one)));
}

function isNode(part: unknown): part is AnyNode {
  return typeof part === 'object' && part !== null && typeof (part as { type?: unknown }).type === 'string';
}

/** The variable that a path such as `offer.vm` begins with. */
function rootOf(node: AnyNode): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'ParenthesizedExpression') return rootOf(node.expression);
  return node.type === 'MemberExpression' ? rootOf(node.object) : undefined;
}
