import type { Random } from '../../core/model/random.js';
import type { SimulationKernel } from './kernel.js';
import type { SimulatedNetwork } from './network.js';
import type { SimulationSettings } from './options.js';
import type { ProgramTable } from './software.js';

/** What every part of one simulation shares. */
export interface World {
  readonly kernel: SimulationKernel;
  readonly random: Random;
  readonly network: SimulatedNetwork;
  readonly programs: ProgramTable;
  readonly settings: SimulationSettings;
}

/** A version 4 UUID (RFC 9562) from injected randomness. */
export function randomUuid(random: Random): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    const digit = Math.floor(random.next() * 16);
    if (index === 12) return '4';
    return (index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
