import { createHash } from 'node:crypto';
import type { DeploymentDiagram } from '../../model/deployment.js';

/** Where something stands in its file is no part of what it says. */
const PLACES = new Set(['place', 'attributePlaces', 'files']);

/**
 * SHA-256, in hexadecimal, of what a deployment says: of its includes, inventories and variables too, but not of its
 * comments and layout. A system is only taken up with the deployment that it was made from.
 */
export function deploymentHash(deployment: DeploymentDiagram): string {
  const text = JSON.stringify(deployment, (key, value: unknown) => {
    if (PLACES.has(key)) return undefined;
    return value === Infinity ? '*' : value;
  });
  return createHash('sha256').update(text).digest('hex');
}
