import type { Transit } from './transit.js';
import type { ScheduledMove } from './types.js';
import type { Unit } from './units.js';

/** How many VMs, and hosts for each, are looked at before a circle counts as not to be broken. */
const LOOKED_AT = 64;

/**
 * Begins migrations that break circles, when none of the pending units can begin: VMs with little memory go to a third
 * host, if with them gone another unit can begin. Marks them in `aside`; no VM steps aside twice.
 */
export function stepAside(state: Transit, pending: readonly Unit[], aside: Set<number>): readonly ScheduledMove[] {
  const { memory, hosts } = state.problem;
  const single = pending
    .flatMap((unit) => (unit.length === 1 ? unit : []))
    .filter(({ vm }) => !aside.has(vm) && (state.hostOf[vm] ?? -1) >= 0)
    .sort((a, b) => (memory[a.vm] ?? 0) - (memory[b.vm] ?? 0))
    .slice(0, LOOKED_AT);
  const step: ScheduledMove[] = [];
  const released = new Set<Unit>();
  for (const { vm, to: wanted } of single) {
    const from = state.hostOf[vm] ?? -1;
    const own = pending.find((unit) => unit[0]?.vm === vm);
    if (own && released.has(own)) continue;
    const free = pending.find((unit) => unit !== own && !released.has(unit) && canBegin(state, unit, vm, from));
    if (!free) continue;
    const to = roomiest(state, vm, [from, wanted], hosts);
    if (to === undefined) continue;
    state.begin(vm, to);
    step.push({ vm, from, to, leg: 'aside' });
    released.add(free);
    aside.add(vm);
  }
  return step;
}

/** Whether a unit could begin if the VM were gone from where it is. */
function canBegin(state: Transit, unit: Unit, vm: number, from: number): boolean {
  state.cancel(vm, from);
  state.hostOf[vm] = -1;
  const begun: Unit[number][] = [];
  const fits = unit.every((move) => {
    if (!state.fits(move.vm, move.to)) return false;
    state.begin(move.vm, move.to);
    begun.push(move);
    return true;
  });
  for (const move of begun) state.cancel(move.vm, move.to);
  state.hostOf[vm] = from;
  state.begin(vm, from);
  return fits;
}

function roomiest(state: Transit, vm: number, not: readonly number[], hosts: number): number | undefined {
  const { memoryLimit, cluster } = state.problem;
  const room = (host: number) => (memoryLimit[host] ?? 0) - (state.memoryOn[host] ?? 0);
  return (
    Array.from({ length: hosts }, (_, host) => host)
      // none is woken for a VM that passes by
      .filter((host) => !not.includes(host) && cluster.hosts[host]?.powered !== 'off')
      .sort((a, b) => room(b) - room(a))
      .slice(0, LOOKED_AT)
      .find((host) => state.fits(vm, host))
  );
}
