import type { Chart, TransitionNode } from '../chart/chart.js';
import type { Expression } from '../chart/content.js';
import { stepsOf } from '../chart/walk.js';
import { covers } from './reachability.js';
import { childrenOf, treeOf } from './syntax-tree.js';
import type { Tree } from './syntax-tree.js';

/**
 * What a chart looks at in the data of an event: by path (`answer`, `moves.0.vm`; empty: the data itself), the values that it
 * is compared with. A path without values is only read.
 */
export type OutcomeUses = ReadonlyMap<string, ReadonlySet<string | number | boolean | null>>;

/** What the transitions on an event, and the guards on variables that they fill, look at in its data. */
export function outcomeUses(chart: Chart, event: string): OutcomeUses {
  const uses = new Map<string, Set<string | number | boolean | null>>();
  const reader = (pathOf: PathOf) => (expression: Expression | undefined) => {
    const tree = expression && treeOf(expression.use, expression.text);
    if (tree) collect(tree, pathOf, uses);
  };
  const onData = reader(eventPath);
  const filled = new Map<string, string>();
  for (const transition of chart.transitions) {
    if (!transition.events.some((descriptor) => covers(descriptor, event))) continue;
    for (const expression of expressionsOf(transition)) onData(expression);
    for (const step of stepsOf(transition.content)) {
      if (step.kind !== 'assign' || !step.expr) continue;
      const tree = treeOf(step.expr.use, step.expr.text);
      const path = tree && eventPath(expressionIn(tree));
      if (path !== undefined) filled.set(step.location.text.trim(), path);
    }
  }
  const onVariables = reader((node) => variablePath(node, filled));
  if (filled.size > 0) for (const { cond } of chart.transitions) onVariables(cond);
  return uses;
}

type PathOf = (node: Tree) => string | undefined;

function expressionsOf({ cond, content }: TransitionNode): Expression[] {
  const inside = stepsOf(content).flatMap((step) => {
    if (step.kind === 'if') return step.branches.map((branch) => branch.cond);
    if (step.kind === 'foreach') return [step.array];
    if (step.kind === 'script') return [step.script];
    if (step.kind === 'send') return step.payload.params.map(({ expr }) => expr);
    return 'expr' in step ? [step.expr] : [];
  });
  return [cond, ...inside].filter((expression) => expression !== undefined);
}

function collect(node: Tree, pathOf: PathOf, uses: Map<string, Set<string | number | boolean | null>>): void {
  const note = (path: string, ...values: (string | number | boolean | null)[]) => {
    const known = uses.get(path) ?? new Set();
    for (const value of values) known.add(value);
    uses.set(path, known);
  };
  const path = pathOf(node);
  if (path !== undefined) {
    note(path);
    return;
  }
  const [asked, method] = methodOf(node, pathOf);
  if (asked !== undefined) {
    // what a list is asked for, it must be one for
    note(LIST_METHODS.test(method) ? [asked, 'length'].filter((part) => part !== '').join('.') : asked);
    for (const argument of node['arguments'] as Tree[]) collect(argument, pathOf, uses);
    return;
  }
  for (const [side, literal] of sidesOf(node)) {
    const compared = pathOf(unwrapped(side));
    if (compared !== undefined) note(compared, ...valuesAround(node['operator'] as string, literal));
  }
  for (const truth of truthsOf(node)) {
    const tested = pathOf(truth);
    if (tested !== undefined) note(tested, true, false);
  }
  for (const child of childrenOf(node)) collect(child, pathOf, uses);
}

/** Methods that lists have and texts have not. */
const LIST_METHODS = /^(?:map|filter|some|every|find\w*|forEach|reduce\w*|flat\w*|join|sort|toSorted|reverse|keys)$/;

/** The path and the method of a call such as `_event.data.list.map(…)`. */
function methodOf(node: Tree, pathOf: PathOf): readonly [string | undefined, string] {
  const callee = node['callee'] as Tree | undefined;
  if (node.type !== 'CallExpression' || callee?.type !== 'MemberExpression') return [undefined, ''];
  return [pathOf(callee['object'] as Tree), String((callee['property'] as Tree)['name'])];
}

/** What is inside a conversion: `Number(x)`, `+x`. */
function unwrapped(node: Tree): Tree {
  if (node.type === 'UnaryExpression' && node['operator'] === '+') return node['argument'] as Tree;
  const [argument] = (node['arguments'] as Tree[] | undefined) ?? [];
  const name = (node['callee'] as Tree | undefined)?.['name'];
  return argument && /^(?:Number|String|parseInt|parseFloat)$/.test(String(name)) ? argument : node;
}

/** Both ways round of `x === 'literal'`. */
function sidesOf(node: Tree): (readonly [Tree, string | number | boolean | null])[] {
  if (node.type !== 'BinaryExpression') return [];
  const [left, right] = [node['left'] as Tree, node['right'] as Tree];
  return [
    ...(isLiteral(right) ? [[left, right['value'] as string] as const] : []),
    ...(isLiteral(left) ? [[right, left['value'] as string] as const] : []),
  ];
}

function isLiteral({ type, value }: Tree): boolean {
  return type === 'Literal' && (value === null || ['string', 'number', 'boolean'].includes(typeof value));
}

/** The literal, and one value on each side of it where the order counts. */
function valuesAround(operator: string, literal: string | number | boolean | null) {
  if (typeof literal !== 'number' || !/^[<>]=?$/.test(operator)) return [literal];
  return [literal, literal - 1, literal + 1];
}

/** What is asked for its truth alone. */
function truthsOf(node: Tree): Tree[] {
  if (node.type === 'LogicalExpression') return [node['left'] as Tree, node['right'] as Tree];
  if (node.type === 'UnaryExpression' && node['operator'] === '!') return [node['argument'] as Tree];
  if (node.type === 'ConditionalExpression' || node.type === 'IfStatement') return [node['test'] as Tree];
  return [];
}

/** `_event.data.moves[0]` as `moves.0`; `undefined` for anything else. */
function eventPath(node: Tree): string | undefined {
  const path = memberPath(node);
  if (path?.[0] !== '_event' || path[1] !== 'data') return undefined;
  return path.slice(2).join('.');
}

function variablePath(node: Tree, filled: ReadonlyMap<string, string>): string | undefined {
  const [name, ...rest] = memberPath(node) ?? [];
  const start = name === undefined ? undefined : filled.get(name);
  return start === undefined ? undefined : [start, ...rest].filter((part) => part !== '').join('.');
}

function memberPath(node: Tree): string[] | undefined {
  if (node.type === 'Identifier') return [node['name'] as string];
  if (node.type === 'ChainExpression') return memberPath(node['expression'] as Tree);
  if (node.type !== 'MemberExpression') return undefined;
  const object = memberPath(node['object'] as Tree);
  const property = node['property'] as Tree;
  const name = node['computed'] === true ? property['value'] : property['name'];
  return object && (typeof name === 'string' || typeof name === 'number') ? [...object, `${name}`] : undefined;
}

/** The expression that a text consists of. */
function expressionIn(tree: Tree): Tree {
  const [statement] = tree['body'] as Tree[];
  return (statement?.['expression'] as Tree | undefined) ?? tree;
}
