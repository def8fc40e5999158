import { INTERVAL_SECONDS } from './demand.js';
import { JOULES_PER_KWH } from './energy-meter.js';
import type { Fleet } from './fleet.js';
import type { Hardware, HostType } from './hardware.js';
import { packingWeights, type PackingWeights } from './packing-weights.js';

/** How a host can be used: at so many watts it has so many MIPS, and room for what weighs 1 by `packingWeights`. */
interface Column {
  readonly mips: number;
  readonly room: number;
  readonly watts: number;
}

interface Kind {
  readonly hosts: number;
  readonly columns: readonly Column[];
}

/**
 * The energy that no placement can go below: at each decision the demand of all VMs, divided at will over hosts that may
 * also be divided, at the most efficient mix of hosts; migrations cost nothing. Linear between decisions. Where memory
 * counts, there must also be as many hosts as the memory of all VMs needs, which cannot be divided.
 */
export class LowerBound {
  readonly #kinds: readonly Kind[];
  readonly #weights: readonly PackingWeights[];
  #watts: number | undefined;
  #joules = 0;

  constructor(hardware: Hardware, memory: boolean) {
    const types = new Map<HostType, number>();
    for (const type of hardware.hosts) types.set(type, (types.get(type) ?? 0) + 1);
    this.#kinds = [...types].map(([type, hosts]) => ({ hosts, columns: columnsOf(type) }));
    const largest = hardware.hosts.reduce((most, { memoryMB }) => Math.max(most, memoryMB), 0);
    const sizes = hardware.vms.map(({ memoryMB }) => memoryMB);
    this.#weights = memory ? packingWeights(sizes, largest) : [];
  }

  /** Called at each decision. */
  add(fleet: Fleet): void {
    let mips = 0;
    const weights = this.#weights.map(() => 0);
    for (let vm = 0; vm < fleet.vms; vm += 1) {
      if (fleet.alive[vm] === 0) continue;
      mips += fleet.request[vm]!;
      for (const [index, of] of this.#weights.entries()) weights[index]! += of.get(fleet.memory[vm]!)!;
    }
    const watts = leastWatts(this.#kinds, mips, Math.max(0, ...weights));
    if (this.#watts !== undefined) this.#joules += ((this.#watts + watts) / 2) * INTERVAL_SECONDS;
    this.#watts = watts;
  }

  get kWh(): number {
    return this.#joules / JOULES_PER_KWH;
  }
}

function columnsOf({ cores, mipsPerCore, watts }: HostType): readonly Column[] {
  return watts.map((draws, tenth) => ({
    mips: (cores * mipsPerCore * tenth) / (watts.length - 1),
    room: 1,
    watts: draws,
  }));
}

/**
 * The linear programme "least watts for so many MIPS and so many hosts", by its dual: at prices for a MIPS and for a host, what the
 * demand is worth less what the hosts would gain by selling; the greatest such value is the least power. It is concave in
 * both prices, so each is found by narrowing down.
 */
export function leastWatts(kinds: readonly Kind[], mips: number, room: number): number {
  const worth = (perMips: number, perHost: number) =>
    kinds.reduce(
      (sum, { hosts, columns }) =>
        sum - hosts * columns.reduce((most, of) => Math.max(most, perMips * of.mips + perHost * of.room - of.watts), 0),
      perMips * mips + perHost * room,
    );
  const columns = kinds.flatMap((kind) => kind.columns);
  const dearest = Math.max(...columns.map(({ watts }) => watts));
  const mostPerMips = dearest / Math.min(...columns.map((of) => of.mips).filter((of) => of > 0));
  if (room === 0) return highest(mostPerMips, (perMips) => worth(perMips, 0));
  const mostPerHost = dearest / Math.min(...columns.map((of) => of.room));
  return highest(mostPerHost, (perHost) => highest(mostPerMips, (perMips) => worth(perMips, perHost)));
}

/** The highest value of a concave function on [0, to]. */
function highest(to: number, value: (at: number) => number): number {
  let [low, high] = [0, to];
  for (let step = 0; step < 60; step += 1) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (value(left) < value(right)) low = left;
    else high = right;
  }
  return value((low + high) / 2);
}
