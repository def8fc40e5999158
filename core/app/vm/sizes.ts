import { AttituneError } from '../../model/errors.js';
import { parseMemoryMiB } from '../../model/quantity.js';

export interface Sizes {
  readonly memoryMiB: number;
  readonly maxMemoryMiB?: number;
  readonly vcpus: number;
  readonly maxVcpus?: number;
  readonly diskMiB?: number;
  readonly swapMiB?: number;
}

/** No machine of today is larger, and a number that is would only be cut somewhere on its way. */
const LARGEST_MIB = 64 * 1024 * 1024;
const MOST_VCPUS = 4096;

/** Throws `value` for what no virtual machine can have. */
export function checkSizes(sizes: Sizes): void {
  const { memoryMiB, maxMemoryMiB, vcpus, maxVcpus, diskMiB, swapMiB } = sizes;
  const mebibytes = { memory: memoryMiB, 'maximum of memory': maxMemoryMiB, disk: diskMiB, 'swap disk': swapMiB };
  for (const [what, value] of Object.entries(mebibytes)) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= LARGEST_MIB))
      throw new AttituneError('value', `A ${what} of ${value} MiB cannot be: use whole MiB, from 1 MiB to 64 TiB.`);
  }
  for (const [what, value] of Object.entries({ vCPUs: vcpus, 'vCPUs at most': maxVcpus })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= MOST_VCPUS))
      throw new AttituneError('value', `${value} ${what} cannot be: use a whole number from 1 to ${MOST_VCPUS}.`);
  }
  if (maxMemoryMiB !== undefined && maxMemoryMiB < memoryMiB)
    throw new AttituneError(
      'value',
      `The maximum of memory (${maxMemoryMiB} MiB) is below the memory (${memoryMiB} MiB).`,
    );
  if (maxVcpus !== undefined && maxVcpus < vcpus)
    throw new AttituneError('value', `The maximum of vCPUs (${maxVcpus}) is below the vCPUs (${vcpus}).`);
}

/** Whole MiB of a size such as `512 MiB`; what is below one, or no whole number of them, is refused. Throws `value`. */
export function parseSizeMiB(text: string): number {
  const value = parseMemoryMiB(text);
  if (Number.isInteger(value) && value >= 1 && value <= LARGEST_MIB) return value;
  throw new AttituneError('value', `"${text}" cannot be a size here: use whole MiB, from 1 MiB to 64 TiB.`);
}
