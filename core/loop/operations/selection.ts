import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';

/** The parameter of every call that takes only some of what its path reaches: names, with commas between them. */
export const ONLY = 'only';

/**
 * What the parameter `only` leaves of the components that a path reaches, in its order, and the parameters without it.
 * Throws `unknown-component` for a name that the path does not reach.
 */
export function selected(
  reached: readonly Component[],
  parameters: Readonly<Record<string, string>>,
): { readonly components: readonly Component[]; readonly parameters: Readonly<Record<string, string>> } {
  const { [ONLY]: only, ...others } = parameters;
  if (only === undefined) return { components: reached, parameters };
  const components = namesIn(only).map((name) => {
    const found = reached.find((component) => component.name === name);
    if (found) return found;
    throw new AttituneError(
      'unknown-component',
      `The path reaches no "${name}", which the parameter "${ONLY}" asks for; it reaches ${reached.map((component) => component.name).join(', ') || 'none'}.`,
    );
  });
  return { components, parameters: others };
}

/** An array comes as its JSON. */
function namesIn(text: string): readonly string[] {
  return text
    .replace(/[[\]"]/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
