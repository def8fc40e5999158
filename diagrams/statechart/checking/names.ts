import type { ExpressionUse } from '../chart/content.js';
import { childrenOf, treeOf } from './syntax-tree.js';
import type { Tree } from './syntax-tree.js';

/** A name that a text reads, writes or calls without declaring it, and where it stands in the text. */
export interface FreeName {
  readonly name: string;
  readonly offset: number;
  /** `write`: only assigned to, as in `x = 1`; `probe`: only in `typeof x`, which may be undeclared. */
  readonly access: 'read' | 'write' | 'probe';
}

export interface Names {
  readonly free: readonly FreeName[];
  /** What it declares at its top level. */
  readonly declared: readonly string[];
  /** State ids in `In('id')`. */
  readonly states: readonly { readonly id: string; readonly offset: number }[];
  /** True where names may come from elsewhere: `with`, `eval`, or members of `globalThis`. */
  readonly dynamic: boolean;
}

/** Reads the names of an ECMAScript text; `undefined` where it cannot be parsed, which the reader has told already. */
export function namesOf(use: ExpressionUse, text: string): Names | undefined {
  const tree = treeOf(use, text);
  if (!tree) return undefined;
  const walker = new NameWalker();
  const top = new Scope(undefined, true);
  walker.block((tree['body'] as Tree[] | undefined) ?? [], top);
  return {
    free: walker.free.map((name) => ({ ...name, offset: name.offset - 1 })),
    declared: [...top.names],
    states: walker.states.map((state) => ({ ...state, offset: state.offset - 1 })),
    dynamic: walker.dynamic,
  };
}

/** Names declared by one block or function. */
class Scope {
  readonly names = new Set<string>();

  constructor(
    readonly outer: Scope | undefined,
    readonly isFunction: boolean,
  ) {}

  has(name: string): boolean {
    return this.names.has(name) || (this.outer?.has(name) ?? false);
  }

  /** Where `var` declares. */
  get nearestFunction(): Scope {
    return this.isFunction || !this.outer ? this : this.outer.nearestFunction;
  }
}

class NameWalker {
  readonly free: FreeName[] = [];
  readonly states: { id: string; offset: number }[] = [];
  dynamic = false;

  block(statements: readonly Tree[], scope: Scope): void {
    for (const statement of statements) this.#hoist(statement, scope);
    for (const statement of statements) this.#visit(statement, scope);
  }

  #visit(node: Tree, scope: Scope): void {
    const special = this.#special[node.type];
    if (special) special(node, scope);
    else for (const child of childrenOf(node)) this.#visit(child, scope);
  }

  readonly #special: Readonly<Record<string, (node: Tree, scope: Scope) => void>> = {
    Identifier: (node, scope) => this.#use(node, scope, 'read'),
    MemberExpression: (node, scope) => {
      if ((node['object'] as Tree)['name'] === 'globalThis') this.dynamic = true;
      this.#visit(node['object'] as Tree, scope);
      if (node['computed'] === true) this.#visit(node['property'] as Tree, scope);
    },
    Property: (node, scope) => {
      if (node['computed'] === true) this.#visit(node['key'] as Tree, scope);
      this.#visit(node['value'] as Tree, scope);
    },
    MethodDefinition: (node, scope) => this.#member(node, scope),
    PropertyDefinition: (node, scope) => this.#member(node, scope),
    LabeledStatement: (node, scope) => this.#visit(node['body'] as Tree, scope),
    BreakStatement: () => undefined,
    ContinueStatement: () => undefined,
    MetaProperty: () => undefined,
    WithStatement: () => {
      this.dynamic = true;
    },
    UnaryExpression: (node, scope) => {
      const argument = node['argument'] as Tree;
      const probes = node['operator'] === 'typeof' && argument.type === 'Identifier';
      if (probes) this.#use(argument, scope, 'probe');
      else this.#visit(argument, scope);
    },
    AssignmentExpression: (node, scope) => {
      const left = node['left'] as Tree;
      if (node['operator'] === '=' && left.type === 'Identifier') this.#use(left, scope, 'write');
      else this.#visit(left, scope);
      this.#visit(node['right'] as Tree, scope);
    },
    CallExpression: (node, scope) => {
      const callee = node['callee'] as Tree;
      if (callee['name'] === 'eval') this.dynamic = true;
      const [first] = node['arguments'] as Tree[];
      if (callee['name'] === 'In' && !scope.has('In') && typeof first?.['value'] === 'string') {
        this.states.push({ id: first['value'], offset: first.start + 1 });
      }
      for (const child of childrenOf(node)) this.#visit(child, scope);
    },
    BlockStatement: (node, scope) => this.block(node['body'] as Tree[], new Scope(scope, false)),
    CatchClause: (node, scope) => {
      const inner = new Scope(scope, false);
      if (node['param']) this.#bind(node['param'] as Tree, inner);
      this.#visit(node['body'] as Tree, inner);
    },
    ForStatement: (node, scope) => this.#loop(node, scope),
    ForInStatement: (node, scope) => this.#loop(node, scope),
    ForOfStatement: (node, scope) => this.#loop(node, scope),
    SwitchStatement: (node, scope) => {
      this.#visit(node['discriminant'] as Tree, scope);
      const cases = node['cases'] as Tree[];
      const inner = new Scope(scope, false);
      for (const each of cases) for (const child of each['consequent'] as Tree[]) this.#hoist(child, inner);
      for (const each of cases) this.#visit(each, inner);
    },
    FunctionDeclaration: (node, scope) => this.#function(node, scope),
    FunctionExpression: (node, scope) => this.#function(node, scope),
    ArrowFunctionExpression: (node, scope) => this.#function(node, scope),
    ClassDeclaration: (node, scope) => this.#class(node, scope),
    ClassExpression: (node, scope) => this.#class(node, scope),
    VariableDeclarator: (node, scope) => {
      this.#defaults(node['id'] as Tree, scope);
      if (node['init']) this.#visit(node['init'] as Tree, scope);
    },
  };

  #use(node: Tree, scope: Scope, access: FreeName['access']): void {
    const name = node['name'] as string;
    if (!scope.has(name)) this.free.push({ name, offset: node.start, access });
  }

  #member(node: Tree, scope: Scope): void {
    if (node['computed'] === true) this.#visit(node['key'] as Tree, scope);
    if (node['value']) this.#visit(node['value'] as Tree, scope);
  }

  #loop(node: Tree, scope: Scope): void {
    const inner = new Scope(scope, false);
    const head = (node['init'] ?? node['left']) as Tree | null;
    if (head) this.#hoist(head, inner);
    for (const child of childrenOf(node)) this.#visit(child, inner);
  }

  #function(node: Tree, scope: Scope): void {
    const inner = new Scope(scope, true);
    inner.names.add('arguments');
    const id = node['id'] as Tree | null | undefined;
    if (id && node.type === 'FunctionExpression') inner.names.add(id['name'] as string);
    for (const parameter of node['params'] as Tree[]) {
      this.#bind(parameter, inner);
      this.#defaults(parameter, inner);
    }
    this.#visit(node['body'] as Tree, inner);
  }

  #class(node: Tree, scope: Scope): void {
    const inner = new Scope(scope, false);
    const id = node['id'] as Tree | null | undefined;
    if (id) inner.names.add(id['name'] as string);
    if (node['superClass']) this.#visit(node['superClass'] as Tree, scope);
    this.#visit(node['body'] as Tree, inner);
  }

  /** Declares what a statement declares, `var` through all blocks up to the function. */
  #hoist(node: Tree, scope: Scope): void {
    if (node.type === 'VariableDeclaration') {
      const target = node['kind'] === 'var' ? scope.nearestFunction : scope;
      for (const declarator of node['declarations'] as Tree[]) this.#bind(declarator['id'] as Tree, target);
    } else if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') {
      scope.names.add((node['id'] as Tree)['name'] as string);
    } else if (/Statement$|SwitchCase|CatchClause/.test(node.type)) {
      for (const child of childrenOf(node)) this.#hoistVar(child, scope);
    }
  }

  #hoistVar(node: Tree, scope: Scope): void {
    if (node.type === 'VariableDeclaration' && node['kind'] === 'var') this.#hoist(node, scope);
    else if (/Statement$|SwitchCase|CatchClause/.test(node.type)) {
      for (const child of childrenOf(node)) this.#hoistVar(child, scope);
    }
  }

  /** The names in a pattern such as `{a, b: [c]}`. */
  #bind(pattern: Tree, scope: Scope): void {
    if (pattern.type === 'Identifier') scope.names.add(pattern['name'] as string);
    else if (pattern.type === 'Property') this.#bind(pattern['value'] as Tree, scope);
    else if (pattern.type === 'AssignmentPattern') this.#bind(pattern['left'] as Tree, scope);
    else if (/Pattern$|RestElement/.test(pattern.type)) {
      for (const child of childrenOf(pattern)) this.#bind(child, scope);
    }
  }

  /** The expressions inside a pattern: defaults and computed keys. */
  #defaults(pattern: Tree, scope: Scope): void {
    if (pattern.type === 'AssignmentPattern') {
      this.#defaults(pattern['left'] as Tree, scope);
      this.#visit(pattern['right'] as Tree, scope);
    } else if (pattern.type === 'Property') {
      if (pattern['computed'] === true) this.#visit(pattern['key'] as Tree, scope);
      this.#defaults(pattern['value'] as Tree, scope);
    } else if (pattern.type !== 'Identifier') {
      for (const child of childrenOf(pattern)) this.#defaults(child, scope);
    }
  }
}
