import type { Watching } from '../loop/control/control.js';

/** How what is kept of a deployment, and its socket, are called: those of a shadow are beside the manager's own. */
export function keptName(deployment: string, watching?: Watching): string {
  return watching ? `${deployment}-${watching}` : deployment;
}
