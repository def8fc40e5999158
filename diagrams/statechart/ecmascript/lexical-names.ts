import { parse } from 'acorn';
import vm from 'node:vm';
import type { Program } from './program.js';

/** Names that global scripts declare with `let`, `const` or `class`, and the way to their values. */
export interface LexicalNames {
  readonly constants: ReadonlySet<string>;
  readonly names: readonly string[];
  /** Evaluates to `{name: {get, set}}`. */
  readonly access: vm.Script;
}

const known = new WeakMap<Program, LexicalNames>();

/** What the scripts of `<scxml>` declare beyond the properties of the global object. Found once per program. */
export function lexicalNames(program: Program): LexicalNames {
  const former = known.get(program);
  if (former) return former;
  const constants = new Set<string>();
  const names = new Set<string>();
  for (const index of program.globals.keys()) {
    const { text } = program.chart.expressions[index] as { readonly text: string };
    for (const { name, constant } of declarations(text)) {
      names.add(name);
      if (constant) constants.add(name);
    }
  }
  const entries = [...names].map((name) => {
    const set = constants.has(name) ? 'undefined' : `($v)=>{${name}=$v}`;
    return `${JSON.stringify(name)}:{get:()=>{try{return ${name}}catch($e){return undefined}},set:${set}}`;
  });
  const found = { constants, names: [...names], access: new vm.Script(`({${entries.join(',')}})`) };
  known.set(program, found);
  return found;
}

function declarations(script: string): { readonly name: string; readonly constant: boolean }[] {
  try {
    const { body } = parse(script, { ecmaVersion: 'latest' });
    return body.flatMap((statement) => {
      if (statement.type === 'ClassDeclaration') return [{ name: statement.id.name, constant: true }];
      if (statement.type !== 'VariableDeclaration' || statement.kind === 'var') return [];
      const constant = statement.kind === 'const';
      return statement.declarations.flatMap(({ id }) => namesIn(id).map((name) => ({ name, constant })));
    });
  } catch {
    // a script that cannot be parsed declares nothing
    return [];
  }
}

/** The names that a pattern binds. */
function namesIn(pattern: unknown): string[] {
  if (pattern === null || typeof pattern !== 'object') return [];
  const { type, name, ...parts } = pattern as { readonly type?: string; readonly name?: string };
  if (type === 'Identifier' && name !== undefined) return [name];
  const inner: Readonly<Record<string, readonly string[]>> = {
    ObjectPattern: ['properties'],
    ArrayPattern: ['elements'],
    Property: ['value'],
    AssignmentPattern: ['left'],
    RestElement: ['argument'],
  };
  return (inner[type ?? ''] ?? []).flatMap((key) =>
    [(parts as Readonly<Record<string, unknown>>)[key]].flat().flatMap(namesIn),
  );
}
