import type { Passing } from '../../../core/bus/memory-hub.js';
import type { HelpWorld } from './help-world.js';

/** True for what is told or asked under this name, and, with `answer`, for what is answered to it. */
export function isAbout(name: string, answer = false): (passing: Passing) => boolean {
  return ({ channel, text }) =>
    answer ? channel === 'answer' && text.includes(`"${name}"`) : channel === `t:${name}` || channel === `q:${name}`;
}

/** Loses the first `count` frames for which it is true. */
export function loseFirst(world: HelpWorld, count: number, is: (passing: Passing) => boolean): void {
  let left = count;
  world.hub.lose = (passing) => left > 0 && is(passing) && (left -= 1) >= 0;
}

/** Peers ask, one after the other, until none of them wants anything any more. */
export async function converge(world: HelpWorld, rounds = 12): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const kinds: string[] = [];
    for (const name of world.hosts.keys()) kinds.push((await world.asked(name)).kind);
    await world.rest();
    if (kinds.every((kind) => kind === 'nothing')) return;
  }
}
