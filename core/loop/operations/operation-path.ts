import { AttituneError } from '../../model/errors.js';

/** What the `src` of an `<invoke type="attitune">` asks for. */
export type Operation =
  | { readonly kind: 'grow'; readonly className: string }
  | { readonly kind: 'shrink-class'; readonly className: string }
  | { readonly kind: 'shrink'; readonly path: readonly string[] }
  | { readonly kind: 'plan'; readonly goal: string }
  | {
      readonly kind: 'call';
      readonly path: readonly string[];
      readonly operation: string;
      /** `PATH?.OPERATION`: passes over components whose wrapper lacks it, and may reach none. */
      readonly optional?: true;
    };

/** Names of a session's scope: the component of the event, its argument, and what `Class++` made last. */
export const SCOPE_NAMES = ['this', 'arg', 'new'] as const;
export type ScopeName = (typeof SCOPE_NAMES)[number];

export function isScopeName(name: string | undefined): name is ScopeName {
  return name !== undefined && (SCOPE_NAMES as readonly string[]).includes(name);
}

const VARIABLE = /\$([A-Za-z_]\w*)/g;

/** The names of the variables in an `src`. */
export function variablesIn(src: string): readonly string[] {
  return [...src.matchAll(VARIABLE)].map(([, name = '']) => name);
}

/** Puts the session's variables into an `src`: `$of.start` is `Tomcat.start` where `of` is `Tomcat`. Throws `unknown-variable`. */
export function fillVariables(src: string, variables: Readonly<Record<string, string>>): string {
  return src.replace(VARIABLE, (_, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined && value.trim() !== '') return value;
    throw new AttituneError(
      'unknown-variable',
      `"${src}" needs a value for "${name}": add <param name="${name}" value="…"/> where the diagram is used.`,
    );
  });
}

/** Reads `Tomcat++`, `Tomcat--`, `this--`, `plan:relieve`, `this.Apache.restart`, `new.inside?.warm`. Throws `unknown-operation`. */
export function parseOperation(src: string): Operation {
  const text = src.trim();
  if (text.startsWith('plan:')) return { kind: 'plan', goal: text.slice('plan:'.length).trim() };
  const optional = /\?\.[^.]+$/.test(text);
  const path = text
    .replace(/(\+\+|--)$/, '')
    .replace(/\?\.([^.]+)$/, '.$1')
    .split('.')
    .map((segment) => segment.trim());
  if (path.some((segment) => segment === '')) throw malformed(src);
  if (text.endsWith('++')) {
    if (path.length !== 1 || isScopeName(path[0])) throw malformed(src);
    return { kind: 'grow', className: path[0] as string };
  }
  if (text.endsWith('--')) {
    return path.length === 1 && !isScopeName(path[0])
      ? { kind: 'shrink-class', className: path[0] as string }
      : { kind: 'shrink', path };
  }
  const operation = path.at(-1);
  if (path.length < 2 || operation === undefined) throw malformed(src);
  return { kind: 'call', path: path.slice(0, -1), operation, ...(optional ? { optional } : {}) };
}

function malformed(src: string): AttituneError {
  return new AttituneError(
    'unknown-operation',
    `"${src}" is no operation: write PATH.OPERATION (such as Tomcat.start, this.Apache.reload or new.inside?.warm), CLASS++, CLASS--, this-- or plan:GOAL.`,
  );
}
