import { wattsAt, type PowerCurve } from '../../model/power.js';
import type { HostCpu } from './host-load.js';

/** When hosts were switched, by host, in the order of time; every host is on at the beginning. */
export type PowerChanges = Readonly<Record<string, readonly { readonly at: number; readonly on: boolean }[]>>;

/** What is known of the power of a run. */
export interface PowerRun {
  /** By host; those without a curve count nothing. */
  readonly curves: Readonly<Record<string, PowerCurve>>;
  readonly changes: PowerChanges;
  readonly cpu: HostCpu;
  readonly from: number;
  readonly to: number;
}

export interface EnergyFigures {
  readonly kWh: number;
  /** With the same load and every host on all the time: those that were off would have idled. */
  readonly allOnKWh: number;
  readonly hostsOn: number;
  readonly leastHostsOn: number;
  readonly switchedOff: number;
  readonly woken: number;
}

const MS_AND_WATTS_PER_KWH = 3.6e9;

/** A reading stands for the time until the next one; a host that boots draws what an idle one does. Energies are `NaN` without curves or readings. */
export function energyFigures(run: PowerRun): EnergyFigures {
  const { curves, changes, cpu, from, to } = run;
  const hosts = Object.keys(changes);
  const metered = hosts.filter((host) => curves[host] && (cpu[host]?.length ?? 0) > 0);
  let [drawn, allOn] = [0, 0];
  for (const host of metered) {
    const curve = curves[host] as PowerCurve;
    for (const { ms, use } of stretches(cpu[host] ?? [], changes[host] ?? [], from, to)) {
      drawn += ms * (use === undefined ? (curve.offWatts ?? 0) : wattsAt(curve, use));
      allOn += ms * wattsAt(curve, use ?? 0);
    }
  }
  const switches = hosts.flatMap((host) => (changes[host] ?? []).map((change) => ({ host, ...change })));
  const off = new Set<string>();
  let most = 0;
  for (const { host, on } of switches.sort((a, b) => a.at - b.at || Number(b.on) - Number(a.on))) {
    if (on) off.delete(host);
    else off.add(host);
    most = Math.max(most, off.size);
  }
  const known = metered.length > 0;
  return {
    kWh: known ? drawn / MS_AND_WATTS_PER_KWH : NaN,
    allOnKWh: known ? allOn / MS_AND_WATTS_PER_KWH : NaN,
    hostsOn: hosts.length - off.size,
    leastHostsOn: hosts.length - most,
    switchedOff: switches.filter(({ on }) => !on).length,
    woken: switches.filter(({ on }) => on).length,
  };
}

/** Times of one load each; without one the host was off. */
function stretches(
  readings: HostCpu[string],
  changes: PowerChanges[string],
  from: number,
  to: number,
): readonly { readonly ms: number; readonly use: number | undefined }[] {
  const marks = [
    ...readings.map(({ at, value }) => ({ at, use: value, on: undefined as boolean | undefined })),
    ...changes.map(({ at, on }) => ({ at, use: 0, on })),
  ].sort((a, b) => a.at - b.at);
  const result: { ms: number; use: number | undefined }[] = [];
  let [since, on, use] = [from, true, readings[0]?.value ?? 0];
  for (const mark of [...marks.filter(({ at }) => at > from && at < to), { at: to, use: 0, on: undefined }]) {
    result.push({ ms: mark.at - since, use: on ? use : undefined });
    since = mark.at;
    on = mark.on ?? on;
    use = mark.use;
  }
  return result;
}
