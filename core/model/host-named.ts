import { AttituneError } from './errors.js';

/** The host of that name. Throws `unknown-host`, naming those that there are. */
export function hostNamed<Host extends { readonly name: string }>(hosts: Iterable<Host>, name: string): Host {
  const all = [...hosts];
  const found = all.find((host) => host.name === name);
  if (found) return found;
  const known = all.map((host) => host.name).join(', ') || 'none: they are not up';
  throw new AttituneError('unknown-host', `There is no host "${name}" (there are ${known}).`);
}
