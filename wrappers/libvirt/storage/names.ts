import { AttituneError } from '../../../core/model/errors.js';

/** Throws `value` for what cannot name a pool or volume: a volume's name is that of a file in its pool's folder. */
export function checkStorageName(kind: 'pool' | 'volume', name: string): void {
  if (!/[/\u0000-\u001f\u007f]/.test(name) && name.trim() === name && !['', '.', '..'].includes(name)) return;
  throw new AttituneError(
    'value',
    `${JSON.stringify(name)} cannot name a storage ${kind}: no "/", no control characters, no spaces at its ends.`,
  );
}

/** Throws `value` for what is no size of a volume. */
export function checkCapacity(name: string, bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0) return;
  throw new AttituneError('value', `The volume ${name} cannot have ${bytes} bytes: give a whole number above 0.`);
}
