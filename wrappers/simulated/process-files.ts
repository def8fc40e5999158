import type { SimulatedMachine } from './machine.js';
import type { SimulatedProcess } from './process.js';

/** Clock ticks of Linux, in milliseconds. */
const TICK_MS = 10;

/** What stands in `/proc/PID` and `/proc/PID/task/TID`: see proc(5). */
const ENTRIES: Readonly<Record<string, (process: SimulatedProcess) => string>> = {
  cmdline: ({ argv }) => argv.map((arg) => `${arg}\0`).join(''),
  children: ({ pid, machine }) =>
    machine.processes
      .filter(({ parent }) => parent === pid)
      .map((child) => `${child.pid} `)
      .join(''),
  stat: ({ pid, parent, group, argv, startedAt }) => {
    const zeros = Array<number>(16).fill(0).join(' ');
    return `${pid} (${argv[0]?.split('/').at(-1) ?? ''}) S ${parent} ${group} ${zeros} ${Math.floor(startedAt / TICK_MS)} 0`;
  },
};

/** A file of the process table, or `undefined` where there is none. */
export function readProcess(machine: SimulatedMachine, path: string): string | undefined {
  const [, pid, name = ''] = /^\/proc\/(\d+)(?:\/task\/\d+)?\/(\w+)$/.exec(path) ?? [];
  const process = machine.process(Number(pid));
  return process && Object.hasOwn(ENTRIES, name) ? ENTRIES[name]?.(process) : undefined;
}
