import type { Constraint } from '../../model/deployment.js';
import type { Cluster } from '../cluster.js';
import type { Assignment, HardRule } from '../problem.js';
import { isOf } from './limits.js';
import { constraintName } from './words.js';

/**
 * At most `most` hosts are on: no VM goes to one that is off where as many are on, and none to an empty one where as many
 * are in use. Where more are on at the beginning, moves may empty some, so that they can be switched off.
 * `least` bounds what may be switched off ({@link mayPowerOff}); no move breaks it.
 */
export function onlineRule(assignment: Assignment, constraint: Constraint): HardRule | undefined {
  const { most } = constraint;
  if (most === undefined) return undefined;
  const { cluster } = assignment.problem;
  const concerned = Uint8Array.from(cluster.hosts, (host) => (isOf(host, constraint) ? 1 : 0));
  const vmsOn = new Int32Array(cluster.hosts.length);
  for (const host of assignment.hostOf) if (host >= 0) vmsOn[host] = (vmsOn[host] ?? 0) + 1;
  const off = (host: number) => cluster.hosts[host]?.powered === 'off';
  // software on a host itself keeps it in use, unless it is off with all of it
  const bySoftware = cluster.hosts.map(({ software }, host) => (software?.length ?? 0) > 0 && !off(host));
  const used = (host: number) => (vmsOn[host] ?? 0) > 0 || bySoftware[host] === true;
  let on = 0;
  let inUse = 0;
  // those that are off and get VMs are woken, and count as on from then
  let woken = 0;
  for (let host = 0; host < concerned.length; host += 1) {
    if (concerned[host] === 0) continue;
    if (!off(host)) on += 1;
    if (!used(host)) continue;
    inUse += 1;
    if (off(host)) woken += 1;
  }
  const atBeginning = inUse;
  const count = (host: number, change: number) => {
    if (host < 0) return;
    const before = used(host);
    vmsOn[host] = (vmsOn[host] ?? 0) + change;
    if (concerned[host] === 0 || used(host) === before) return;
    inUse += before ? -1 : 1;
    if (off(host)) woken += before ? -1 : 1;
  };
  return {
    text: constraintName(constraint),
    rule: 'constraint',
    allows: (vm, to) => {
      if (concerned[to] === 0) return true;
      if (assignment.hostOf[vm] === to) return inUse <= Math.max(most, atBeginning) && (!off(to) || on + woken <= most);
      if (used(to)) return true;
      return inUse < most && (!off(to) || on + woken < most);
    },
    why: (_vm, to) => {
      const full = on + woken >= most && off(to) ? `${on + woken} are on` : `${inUse} are in use`;
      return `the constraint ${constraintName(constraint)} forbids ${cluster.hosts[to]?.name}: ${full} already`;
    },
    moved: (_vm, from, to) => {
      count(from, -1);
      count(to, 1);
    },
  };
}

/** Whether one more host may be switched off, those in `off` being so already: hard `online` constraints keep enough on. */
export function mayPowerOff(cluster: Cluster, host: string, off: ReadonlySet<string>): boolean {
  const found = cluster.hosts.find(({ name }) => name === host);
  if (!found) return false;
  return (cluster.constraints ?? []).every((constraint) => {
    const { type, strength, least } = constraint;
    if (type !== 'online' || strength !== 'hard' || least === undefined || !isOf(found, constraint)) return true;
    const on = cluster.hosts.filter(
      (other) => isOf(other, constraint) && other.powered !== 'off' && other.name !== host && !off.has(other.name),
    );
    return on.length >= least;
  });
}
