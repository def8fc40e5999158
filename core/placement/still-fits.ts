import { checkStep } from './check-step.js';
import { afterMove, type Cluster, type Move } from './cluster.js';

/**
 * Why moves that were planned a while ago cannot all be made on this snapshot any more, or `undefined`: the first reason of
 * the first step that does not fit, each step weighed as if those before it were made. `below`: as of `checkStep`.
 */
export function unfit(cluster: Cluster, moves: readonly Move[], below?: number): string | undefined {
  let at = cluster;
  const steps = [...new Set(moves.map(({ step = 0 }) => step))].sort((a, b) => a - b);
  for (const number of steps) {
    const step = moves.filter(({ step: own = 0 }) => own === number);
    const [skipped] = checkStep(at, step, below).skip;
    if (skipped) return skipped.why;
    for (const { vm: name, to } of step) {
      const vm = at.vms.find((one) => one.name === name);
      if (vm) at = afterMove(at, vm, to);
    }
  }
  return undefined;
}
