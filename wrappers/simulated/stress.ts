import { posix } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import type { SimulatedSoftware } from './software.js';

/**
 * `stress-ng --cpu 2 --cpu-load 30 --timeout 60s`, Debian's program that loads a machine: so many CPUs, each to so many
 * per cent (100), until it has run its time, or is signalled. Its other stressors have no effect.
 */
export const STRESS: SimulatedSoftware = {
  name: 'stress-ng',
  matches: ([program = '']) => posix.basename(program) === 'stress-ng',
  execute: ({ process, argv, err }) => {
    const option = (...names: readonly string[]) => {
      const at = argv.findIndex((arg) => names.includes(arg));
      const inline = argv.find((arg) => names.some((name) => arg.startsWith(`${name}=`)));
      return inline?.slice(inline.indexOf('=') + 1) ?? (at < 0 ? undefined : argv[at + 1]);
    };
    const cpus = Number(option('--cpu', '-c') ?? 1);
    const load = Number(option('--cpu-load', '-l') ?? 100);
    const timeoutMs = durationOf(option('--timeout', '-t') ?? '0');
    if (!(cpus >= 0) || !(load >= 0 && load <= 100) || timeoutMs === undefined) {
      err(`stress-ng: ${argv.slice(1).join(' ')}: invalid option\n`);
      process.exit(1);
      return;
    }
    if (cpus * load > 0) process.demand((cpus * load) / 100);
    if (timeoutMs > 0) process.after(timeoutMs, () => process.exit(0));
  },
};

/** `60`, `60s`, `2m`, `1h`; `undefined` for what is none. */
function durationOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  try {
    return parseDurationMs(`${number} ${unit === 'm' ? 'min' : unit || 's'}`);
  } catch (error) {
    if (AttituneError.is(error, 'value')) return undefined;
    throw error;
  }
}
