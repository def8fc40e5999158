import { AttituneError } from '../model/errors.js';
import { SeededRandom } from '../model/random.js';
import { Demand, INTERVAL_SECONDS, shuffled, TICKS, WORKLOAD_STARTS } from './demand.js';
import { EnergyMeter } from './energy-meter.js';
import { Fleet } from './fleet.js';
import type { FleetMove, FleetPolicy } from './fleet-policy.js';
import { planetLabHardware } from './hardware.js';
import { LowerBound } from './lower-bound.js';
import { Meter, type ServiceLevels } from './meter.js';
import { startPolicy } from './policies.js';
import { parsePolicy, type PolicySpec } from './policy-name.js';

/**
 * `as-is`: the model with which the literature's figures were made, with its two gifts: a VM that asks for nothing is gone
 * for good, and whether a host must be woken is not weighed. `full`: neither.
 */
export type SimulationMode = 'as-is' | 'full';

export interface SimulationOptions {
  /** A name for the result. */
  readonly day?: string;
  readonly mode?: SimulationMode;
  /** Memory is promised once only, all day. As published it counts at the first placement only. */
  readonly memory?: boolean;
  /** Gives the traces to VMs of other types than their order does. */
  readonly shuffle?: number;
  /** Of policies that choose at random. */
  readonly seed?: number;
  readonly hosts?: number;
  /** Wall clock in ms. Absent: not measured. */
  readonly now?: () => number;
  /** Also returns what each decision saw and did. */
  readonly series?: boolean;
}

export interface DayResult extends ServiceLevels {
  readonly day: string;
  readonly policy: string;
  readonly mode: SimulationMode;
  readonly vms: number;
  readonly vmsAtEnd: number;
  readonly energyKWh: number;
  /** What no policy can do without: the demand of each interval on the most efficient hosts, all of them filled. */
  readonly lowerBoundKWh: number;
  readonly migrations: number;
  /** Energy × SLAV, in kWh. */
  readonly esv: number;
  readonly elapsedMs: number;
  readonly series?: readonly TickResult[];
}

/** At one decision, after it. */
export interface TickResult {
  readonly seconds: number;
  /** MIPS that all VMs ask for. */
  readonly demand: number;
  /** MIPS that the hosts that are on have. */
  readonly capacity: number;
  readonly hostsOn: number;
  /** Hosts whose VMs ask for more than there is. */
  readonly hostsShort: number;
  readonly watts: number;
  readonly migrations: number;
}

/** A policy of one's own: places the VMs (`fleet.place`), and returns what is asked at each decision from then on. */
export type PolicyMaker = (fleet: Fleet) => FleetPolicy;

/**
 * Simulates a day: recorded demand, one trace for each VM (see `readTraces` of core/app/consolidation), on the benchmark's
 * hosts. Pure: the same result for the same arguments, but for `elapsedMs`.
 *
 * @throws `value` where there is no such policy, `no-capacity` where the hosts do not hold all VMs at the start.
 */
export function simulateDay(
  traces: readonly Uint8Array[],
  policy: string | PolicySpec | PolicyMaker,
  options: SimulationOptions = {},
): DayResult {
  const { mode = 'as-is', memory = false, shuffle, seed = 1, now = () => 0 } = options;
  const spec = typeof policy === 'string' ? parsePolicy(policy) : policy;
  const kind = typeof spec === 'function' ? 'own' : spec.kind;
  const began = now();
  const demand = new Demand(shuffle === undefined ? traces : shuffled(traces, shuffle));
  const hardware = planetLabHardware(demand.vms, options.hosts);
  const meter = new Meter(hardware.hosts.length, demand.vms);
  const fleet = new Fleet(hardware, meter);
  const energy = new EnergyMeter(fleet);
  const bound = new LowerBound(hardware, memory);
  const deciding =
    typeof spec === 'function'
      ? spec(fleet)
      : startPolicy(fleet, spec, { mode, memory, random: new SeededRandom(seed) });
  const homeless = fleet.hostOf.indexOf(-1);
  if (homeless >= 0) {
    throw new AttituneError(
      'no-capacity',
      `${fleet.hosts} hosts do not hold ${fleet.vms} VMs by their full size: there is none for number ${homeless + 1}; give fewer traces`,
    );
  }
  const series: TickResult[] = [];
  let migrations = 0;
  let last = 0;

  const look = (seconds: number) => {
    demand.at(seconds, fleet.fraction);
    for (let vm = 0; vm < fleet.vms; vm += 1) if (fleet.alive[vm] === 0) fleet.fraction[vm] = 0;
    fleet.share(seconds);
    energy.add(seconds - last);
    last = seconds;
  };

  for (let tick = 1, seconds = WORKLOAD_STARTS; tick <= TICKS; tick += 1) {
    seconds += INTERVAL_SECONDS;
    look(seconds);
    fleet.remember();
    if (mode === 'as-is') fleet.removeIdle();
    bound.add(fleet);
    const moves = deciding.decide();
    for (const { vm, to } of moves) fleet.startMigration(vm, to, seconds);
    migrations += moves.length;
    if (options.series) series.push(tickResult(fleet, seconds, moves.length));
    for (const [transfer, arriving] of byTransfer(fleet, moves)) {
      look(seconds + transfer);
      for (const { vm, to } of arriving) fleet.endMigration(vm, to);
      fleet.share(seconds + transfer);
    }
  }

  const levels = meter.levels();
  const energyKWh = kind === 'npa' ? energy.atFullPower() : energy.kWh;
  return {
    day: options.day ?? '',
    policy: typeof policy === 'string' ? policy : kind,
    mode,
    vms: fleet.vms,
    vmsAtEnd: fleet.alive.reduce((sum, is) => sum + is, 0),
    energyKWh,
    lowerBoundKWh: bound.kWh,
    migrations,
    ...levels,
    esv: energyKWh * levels.slav,
    elapsedMs: now() - began,
    ...(options.series ? { series } : {}),
  };
}

/** Migrations in the order in which they end; those that take equally long end together, in the order of their start. */
function byTransfer(fleet: Fleet, moves: readonly FleetMove[]): readonly (readonly [number, readonly FleetMove[]])[] {
  const groups = new Map<number, FleetMove[]>();
  for (const move of moves) {
    const transfer = fleet.transferSeconds(move.vm);
    const group = groups.get(transfer);
    if (group) group.push(move);
    else groups.set(transfer, [move]);
  }
  return [...groups].sort(([a], [b]) => a - b);
}

function tickResult(fleet: Fleet, seconds: number, migrations: number): TickResult {
  let [demand, capacity, hostsOn, hostsShort, watts] = [0, 0, 0, 0, 0];
  for (let vm = 0; vm < fleet.vms; vm += 1) demand += fleet.request[vm]!;
  for (let host = 0; host < fleet.hosts; host += 1) {
    if (fleet.used[host] === 0) continue;
    hostsOn += 1;
    capacity += fleet.capacity[host]!;
    watts += fleet.wattsOf(host);
    if (fleet.used[host]! < fleet.requested[host]!) hostsShort += 1;
  }
  return { seconds, demand, capacity, hostsOn, hostsShort, watts, migrations };
}
