import type { HostEntry } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import { parseMemoryMiB } from '../../core/model/quantity.js';

type Entry = Pick<HostEntry, 'name' | 'attributes' | 'place'>;

/** A host's attribute `cpus`, such as `0.8` or `4`. Throws `value`. */
export function cpusOf(entry: Entry): number | undefined {
  const text = entry.attributes['cpus'];
  if (text === undefined) return undefined;
  const cpus = Number(text);
  if (!(cpus > 0) || cpus === Infinity) {
    const message = `Attribute cpus of host ${entry.name} is "${text}"; give a number of CPUs such as 0.8 or 4.`;
    throw new AttituneError('value', message, { place: entry.place });
  }
  return cpus;
}

/** A host's attribute `memory` in MiB, such as `4 GiB`. Throws `value`. */
export function memoryMiBOf(entry: Entry): number | undefined {
  const text = entry.attributes['memory'];
  return text === undefined ? undefined : parseMemoryMiB(text, entry.place);
}
