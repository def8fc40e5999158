import { AttituneError } from '../../core/model/errors.js';

/** Files of `/proc`, as text. Source: proc(5). */

/** `/proc/loadavg`: the load averages over 1, 5 and 15 minutes. */
export function parseLoadavg(text: string): readonly [number, number, number] {
  const [one, five, fifteen] = text.trim().split(/\s+/).map(Number);
  if (!isLoad(one) || !isLoad(five) || !isLoad(fifteen)) throw unreadable('/proc/loadavg', text);
  return [one, five, fifteen];
}

export interface Meminfo {
  readonly totalMiB: number;
  /** What can be given to programs without swapping. */
  readonly availableMiB: number;
}

/** `/proc/meminfo`; its `kB` are KiB. */
export function parseMeminfo(text: string): Meminfo {
  return { totalMiB: kibibytes(text, 'MemTotal') / 1024, availableMiB: kibibytes(text, 'MemAvailable') / 1024 };
}

function kibibytes(text: string, key: string): number {
  const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (!match) throw unreadable('/proc/meminfo', text);
  return Number(match[1]);
}

function isLoad(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

function unreadable(file: string, text: string): AttituneError {
  const shown = text.trim().slice(0, 60) || 'nothing';
  return new AttituneError('protocol', `${file} holds "${shown}", which is not what the kernel writes there.`);
}
