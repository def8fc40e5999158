import type { Element } from '@xmldom/xmldom';
import { AttituneError } from '../../core/model/errors.js';

const POWERS = ['k', 'm', 'g', 't', 'p', 'e'];

/** What libvirt's unit names stand for, in bytes; it does not tell upper from lower case. */
const BYTES_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ...['b', 'byte', 'bytes'].map((name) => [name, 1] as const),
  ...POWERS.flatMap((letter, index) => [
    [letter, 1024 ** (index + 1)] as const,
    [`${letter}ib`, 1024 ** (index + 1)] as const,
    [`${letter}b`, 1000 ** (index + 1)] as const,
  ]),
]);

/** The size that an element such as `<memory unit="GiB">2</memory>` tells, in KiB; without a unit it counts in KiB. */
export function sizeInKiB(element: Element): number {
  const text = (element.textContent ?? '').trim();
  const unit = element.getAttribute('unit') ?? 'KiB';
  const bytes = BYTES_PER_UNIT.get(unit.toLowerCase());
  const size = (Number(text) * (bytes ?? NaN)) / 1024;
  if (!/^\d+$/.test(text) || !(size <= Number.MAX_SAFE_INTEGER)) {
    const tag = `<${element.tagName} unit="${unit}">${text}</${element.tagName}>`;
    throw new AttituneError('value', `${tag} is no size: write a whole number and a unit such as KiB, MiB or GiB.`);
  }
  return size;
}
