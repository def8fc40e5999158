/** Never quite 1, so that a full resource gives a large volume and not an endless one. */
const FULL = 0.99;

/**
 * Sandpiper's volume (Wood et al., NSDI 2007): how loaded something is in several resources at once, from their shares
 * in [0, 1]. One that is full outweighs all that are not.
 */
export function volume(cpu: number, network: number, memory: number): number {
  return 1 / (room(cpu) * room(network) * room(memory));
}

function room(share: number): number {
  return 1 - Math.min(FULL, Math.max(0, share));
}
