import { suggest } from '../../core/xml/suggest.js';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';

/** Types that a property's value can be given as. */
export const RETURN_TYPES = ['int', 'float', 'string', 'bool'] as const;
export type ReturnType = (typeof RETURN_TYPES)[number];

/** Reads a value of a machine. Rejects with `operation-failed`. */
export type PropertyReader = (executor: Executor, signal: AbortSignal) => Promise<number>;

export interface PropertyCommand {
  readonly description: string;
  /** What `parameters` is. */
  readonly parameters: string;
  readonly unit: string;
  /** Types that keep its value; the first is taken where none is told. */
  readonly types: readonly [ReturnType, ...ReturnType[]];
  /** Reads its parameters; `undefined` where they have not the form. */
  readonly read: (parameters: string) => PropertyReader | undefined;
}

/** A file system that does not answer is waited for so long. */
const TIMEOUT_MS = 5000;
const LOADS: Readonly<Record<string, number>> = { '1': 0, '5': 1, '15': 2 };
/** Longer names of processes the kernel cuts off. */
const COMMAND_NAME = 15;

/** What properties can be made of. There is no other way to a machine, and none of them has a shell. */
export const PROPERTY_COMMANDS: Readonly<Record<string, PropertyCommand>> = {
  ram: {
    description: 'Memory, by the kernel.',
    parameters: 'a field of /proc/meminfo, such as MemFree',
    unit: 'KiB',
    types: ['int', 'float', 'string'],
    read: (field) =>
      /^[A-Za-z][A-Za-z0-9_]*(\([a-z_]+\))?$/.test(field) ? (executor) => memoryField(executor, field) : undefined,
  },
  load: {
    description: 'Load average.',
    parameters: '1, 5 or 15 (minutes)',
    unit: 'load',
    types: ['float', 'string'],
    read: (minutes) => {
      const index = Object.hasOwn(LOADS, minutes) ? LOADS[minutes] : undefined;
      return index === undefined ? undefined : (executor) => loadAverage(executor, index);
    },
  },
  disk: {
    description: 'Room of the file system that a path is on.',
    parameters: 'free or used, and a path, such as free /var/lib',
    unit: 'KiB',
    types: ['int', 'float', 'string'],
    read: (text) => {
      const [, what, path] = /^(free|used)\s+(\/\S*)$/.exec(text) ?? [];
      return path === undefined || SHELL_ONLY.test(path)
        ? undefined
        : (executor, signal) => diskRoom(executor, what as 'free' | 'used', path, signal);
    },
  },
  processes: {
    description: 'Processes that run.',
    parameters: 'nothing for all of them, or the name of a program',
    unit: 'processes',
    types: ['int', 'float', 'string', 'bool'],
    read: (name) =>
      /^[A-Za-z0-9_.:@+-]*$/.test(name) ? (executor, signal) => processes(executor, name, signal) : undefined,
  },
};

/** What means something to a shell, and nothing here. */
export const SHELL_ONLY = /[;&|`$<>{}()[\]\\'"*?!~#\n\r\0]/;

/** Throws `value` for a command that there is not, and for parameters of another form. */
export function propertyReader(
  command: string,
  parameters: string,
  places: { readonly command: SourcePlace; readonly parameters: SourcePlace },
): PropertyReader {
  const known = Object.hasOwn(PROPERTY_COMMANDS, command) ? PROPERTY_COMMANDS[command] : undefined;
  if (!known)
    throw new AttituneError(
      'value',
      `There is no command ${JSON.stringify(command)} for properties.${suggest(command, Object.keys(PROPERTY_COMMANDS))}`,
      { place: places.command },
    );
  const reader = known.read(parameters.trim());
  if (reader) return reader;
  const shell = SHELL_ONLY.test(parameters) ? ' No shell reads them, and nothing in them is run.' : '';
  throw new AttituneError(
    'value',
    `The parameters of ${command} are ${known.parameters}; ${JSON.stringify(parameters)} is not.${shell}`,
    { place: places.parameters },
  );
}

async function memoryField(executor: Executor, field: string): Promise<number> {
  const text = await fileOf(executor, '/proc/meminfo');
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^:]+):\s+(\d+)/.exec(line) ?? [];
    if (name === field) return Number(value);
  }
  throw new AttituneError('operation-failed', `/proc/meminfo of ${executor.node} has no field ${field}.`);
}

async function loadAverage(executor: Executor, index: number): Promise<number> {
  const text = await fileOf(executor, '/proc/loadavg');
  const value = Number(text.split(' ')[index]);
  if (Number.isFinite(value)) return value;
  throw new AttituneError('operation-failed', `/proc/loadavg of ${executor.node} has not the form of load averages.`);
}

/** By `df -P` of POSIX: file system, blocks, used, available, share, and where it is mounted. */
async function diskRoom(executor: Executor, what: 'free' | 'used', path: string, signal: AbortSignal): Promise<number> {
  const text = await outputOf(executor, ['df', '-P', '-k', '--', path], signal);
  const [, used, free] = /\s\d+\s+(\d+)\s+(\d+)\s+(?:\d+%|-)\s+\//.exec(text.split('\n')[1] ?? '') ?? [];
  const value = what === 'free' ? free : used;
  if (value !== undefined) return Number(value);
  throw new AttituneError('operation-failed', `df on ${executor.node} said nothing of ${path}.`);
}

async function processes(executor: Executor, name: string, signal: AbortSignal): Promise<number> {
  const running = (await outputOf(executor, ['ps', '-e', '-o', 'comm='], signal)).split('\n').filter(Boolean);
  if (name === '') return running.length;
  const shown = name.slice(0, COMMAND_NAME);
  return running.filter((line) => line.trim() === shown).length;
}

async function fileOf(executor: Executor, path: string): Promise<string> {
  const text = await executor.get(path);
  if (text !== undefined) return text;
  throw new AttituneError('operation-failed', `${executor.node} has no file ${path}.`);
}

async function outputOf(
  executor: Executor,
  argv: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<string> {
  const { exitCode, stdout, stderr } = await executor.run({
    argv,
    env: { LC_ALL: 'C' },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (exitCode === 0) return stdout;
  throw new AttituneError(
    'operation-failed',
    `${argv[0]} on ${executor.node} ended with exit code ${exitCode}: ${stderr.trim().slice(0, 200)}`,
  );
}
