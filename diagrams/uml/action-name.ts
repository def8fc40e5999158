import { AttituneError } from '../../core/model/errors.js';
import { NAME } from '../deployment/deployment-grammar.js';
import type { UmlText } from './uml-model.js';

/** Names that a diagram starts paths from besides classes. */
const SCOPE_NAMES: readonly string[] = ['this', 'arg', 'new'];

/** What the name of a state of TUNe's tells to do. */
export type Action =
  /** `Tomcat.start`, `this.Apache.restart`. */
  | { readonly kind: 'call'; readonly path: readonly string[]; readonly operation: string }
  /** `Tomcat++`. */
  | { readonly kind: 'grow'; readonly path: readonly [string] }
  /** `Tomcat--`, `this--`. */
  | { readonly kind: 'shrink'; readonly path: readonly string[] }
  /** `this.pid=$arg`; `expression` is ECMAScript. */
  | { readonly kind: 'set'; readonly path: readonly string[]; readonly attribute: string; readonly expression: string };

/** Reads the name of a state. Throws `unknown-operation` or `value`, at the name. */
export function parseAction({ text, place }: UmlText): Action {
  const name = text.replace(/\s+/g, ' ').trim();
  if (name === '') {
    const message = 'a state has no name, and what a state does is its name. Write an action such as Tomcat.start.';
    throw new AttituneError('unknown-operation', message, { place });
  }
  const refuse = (reason: string): AttituneError =>
    new AttituneError(
      'unknown-operation',
      `the state "${name}" is no action: ${reason}. Write PATH.OPERATION (such as Tomcat.start), CLASS++, CLASS--, this-- or this.ATTRIBUTE=$arg.`,
      { place },
    );
  const segments = (path: string): string[] => {
    const parts = path.split('.').map((part) => part.trim());
    const wrong = parts.find((part) => !NAME.test(part));
    if (wrong !== undefined) throw refuse(wrong === '' ? 'a name is missing in it' : `"${wrong}" is no name`);
    return parts;
  };
  const equals = name.indexOf('=');
  if (equals >= 0) {
    const path = segments(name.slice(0, equals));
    const attribute = path.at(-1) as string;
    if (path.length !== 2 || !SCOPE_NAMES.includes(path[0] as string)) {
      throw refuse('only an attribute of this, arg or new can be set');
    }
    return { kind: 'set', path: path.slice(0, 1), attribute, expression: expressionOf(name.slice(equals + 1), refuse) };
  }
  if (name.endsWith('++')) {
    const [className = '', ...more] = segments(name.slice(0, -2));
    if (more.length > 0 || SCOPE_NAMES.includes(className)) throw refuse('only a class can grow');
    return { kind: 'grow', path: [className] };
  }
  if (name.endsWith('--')) return { kind: 'shrink', path: segments(name.slice(0, -2)) };
  const path = segments(name);
  if (path.length < 2) throw refuse('no operation is named');
  return { kind: 'call', path: path.slice(0, -1), operation: path.at(-1) as string };
}

/** `$arg` is the third field of the event, as text; `$this.x` an attribute; anything else stands for itself. */
function expressionOf(value: string, refuse: (reason: string) => AttituneError): string {
  const text = value.trim();
  if (text === '$arg') return 'event.arg';
  const attribute = /^\$(this|arg)\.([A-Za-z_][\w-]*)$/.exec(text);
  if (attribute) {
    const [, name = '', key = ''] = attribute;
    return key.includes('-') ? `${name}['${key}']` : `${name}.${key}`;
  }
  if (text.includes('$')) throw refuse(`"${text}" is none of $arg, $this.ATTRIBUTE and $arg.ATTRIBUTE`);
  if (text === '') throw refuse('there is no value behind the =');
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** The `src` of an `<invoke>`; empty for an action that sets an attribute. */
export function sourceOf(action: Action): string {
  switch (action.kind) {
    case 'call':
      return [...action.path, action.operation].join('.');
    case 'grow':
      return `${action.path.join('.')}++`;
    case 'shrink':
      return `${action.path.join('.')}--`;
    case 'set':
      return '';
  }
}
