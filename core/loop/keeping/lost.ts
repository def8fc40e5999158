import type { Component } from '../../model/component.js';
import type { LifeCycleState } from '../../model/life-cycle.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { SystemRepresentation } from '../../model/system-representation.js';

/** A component that ran when it was last seen, and does not run any more. */
export interface LostComponent {
  readonly component: Component;
  readonly why: string;
  /** Its state when that was found: if it is another by now, somebody has dealt with it. */
  readonly found: LifeCycleState;
}

/** Software, by what became of its process; what keeps no process id, or cannot be asked, is in neither. */
export interface Processes {
  readonly run: readonly Component[];
  readonly lost: readonly LostComponent[];
}

/**
 * Asks what became of software, after a time in which nobody looked, by the process id that its wrapper keeps in the
 * attribute `pid`. What cannot be asked is taken to be as it was: probes will tell.
 */
export async function findProcesses(
  software: readonly Component[],
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): Promise<Processes> {
  const known = await Promise.all(
    software.map(async (component) => ({ component, runs: await runs(component, system, infrastructure) })),
  );
  const why = 'its process ended while nobody could look';
  return {
    run: known.filter((one) => one.runs === true).map(({ component }) => component),
    lost: known
      .filter((one) => one.runs === false)
      .map(({ component }) => ({ component, why, found: component.lifeCycle.state })),
  };
}

/** `undefined` where it cannot be told. */
async function runs(
  component: Component,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): Promise<boolean | undefined> {
  const pid = Number(component.attributes.get('pid') ?? NaN);
  const node = system.nodeOf(component);
  const host = system.hostOf(component);
  if (!Number.isInteger(pid) || pid <= 1 || !node || !host) return undefined;
  const executor =
    node.kind === 'vm'
      ? infrastructure.guest(node.name, () => infrastructure.host(host.name))
      : infrastructure.host(host.name).executor;
  try {
    if (!(await executor.isRunning(pid))) return false;
    const since = component.attributes.get('pidSince') ?? '';
    return since === '' || startOf(await executor.get(`/proc/${pid}/stat`)) === since;
  } catch {
    // a guest that does not answer is for its VM's probes to tell
    return undefined;
  }
}

/** When a process began, in clock ticks after boot: field 22 of /proc/PID/stat, see proc(5). Another process may have its id by now. */
function startOf(stat: string | undefined): string | undefined {
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
