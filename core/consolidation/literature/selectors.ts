import type { Random } from '../../model/random.js';
import { HISTORY, type Fleet } from '../fleet.js';
import type { SelectorName } from '../policy-name.js';
import { determination } from './statistics.js';

/** Which VM leaves an overloaded host first; the list is not empty. */
export type Selector = (vms: readonly number[]) => number;

export function createSelector(fleet: Fleet, name: SelectorName, random: Random): Selector {
  const smallest = (of: Float64Array): Selector => {
    return (vms) => vms.reduce((best, vm) => (of[vm]! < of[best]! ? vm : best));
  };
  const fraction = (vm: number) => fleet.request[vm]! / fleet.mips[vm]!;
  // the time of a migration is its memory by a bandwidth that is always the same
  const minimumMigrationTime = smallest(fleet.memory);
  const selectors: Readonly<Record<SelectorName, Selector>> = {
    mmt: minimumMigrationTime,
    mu: (vms) => vms.reduce((best, vm) => (fraction(vm) < fraction(best) ? vm : best)),
    rs: (vms) => vms[Math.floor(random.next() * vms.length)]!,
    mc: (vms) => maximumCorrelation(fleet, vms) ?? minimumMigrationTime(vms),
  };
  return selectors[name];
}

/** The VM whose demand the others' foretells best. */
function maximumCorrelation(fleet: Fleet, vms: readonly number[]): number | undefined {
  const samples = Math.min(HISTORY, fleet.ticks);
  const histories = vms.map((vm) =>
    Float64Array.from({ length: samples }, (_, age) => fleet.history[age * fleet.vms + vm]!),
  );
  let best = vms[0];
  let most = 0;
  for (const [index, own] of histories.entries()) {
    const others = histories.filter((_, other) => other !== index);
    const correlation = determination(own, others);
    if (correlation === undefined) return undefined;
    if (correlation > most) {
      most = correlation;
      best = vms[index];
    }
  }
  return best;
}
