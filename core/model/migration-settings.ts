import { AttituneError, type SourcePlace } from './errors.js';
import type { MigrationOptions } from './migration.js';
import type { MigrationLimits } from './migration-queue.js';
import { parseBandwidthMiBps, parseDurationMs, parseInteger } from './quantity.js';

/** How migrations are done: what a deployment says for all of them, and a call for one. */
export type MigrationSettings = Omit<MigrationOptions, 'onProgress' | 'signal'>;

/** The `<migration>` of a deployment: settings of each migration, and how many may go on at a time. */
export type MigrationPolicy = MigrationSettings & MigrationLimits;

type Parser = (text: string, place?: SourcePlace) => number | boolean | undefined;

/** One setting as it is written in files and calls. */
interface Setting {
  readonly key: keyof MigrationSettings;
  readonly description: string;
  readonly form: string;
  /** `undefined` takes back what a wider scope says. */
  readonly parse: Parser;
}

/** The settings of a migration by the names that deployments, diagrams and commands use. */
export const MIGRATION_SETTINGS: Readonly<Record<string, Setting>> = {
  bandwidth: {
    key: 'bandwidthMiBps',
    description: 'Memory is copied no faster than that; as fast as it goes unless told.',
    form: 'such as "100 MiB/s"',
    parse: above0(parseBandwidthMiBps),
  },
  timeout: {
    key: 'timeoutMs',
    description: 'A migration that takes longer is aborted; derived from memory and bandwidth unless told.',
    form: 'such as "5 min"',
    parse: above0(parseDurationMs),
  },
  maxDowntime: {
    key: 'maxDowntimeMs',
    description: "How long a guest may stand still; the hypervisor's own limit unless told.",
    form: 'such as "300 ms"',
    parse: above0(parseDurationMs),
  },
  postCopy: {
    key: 'postCopyAfterMs',
    description:
      'From when on a guest that dirties memory too fast is moved first and its memory fetched after; never.',
    form: '"never", or such as "after 60 s"',
    parse: parsePostCopyMs,
  },
  autoConverge: {
    key: 'autoConverge',
    description: 'true, unless told: the CPUs of a guest that dirties memory too fast are slowed down.',
    form: '"true" or "false"',
    parse: (text, place) => {
      if (text === 'true' || text === 'false') return text === 'true';
      throw new AttituneError('value', `autoConverge is "true" or "false", not "${text}".`, { place });
    },
  },
};

/** The limits of a deployment's migrations, by the names of the file. */
export const MIGRATION_LIMITS: Readonly<Record<keyof MigrationLimits, string>> = {
  perHost: 'How many migrations go on at a time in or out of one host; 2 unless told. The others wait.',
  total: 'How many migrations go on at a time altogether; 4 unless told. The others wait.',
};

/** Settings from the parameters of a call, others than these left aside. Throws `value`. */
export function readMigrationSettings(given: Readonly<Record<string, string | undefined>>): MigrationSettings {
  const entries = Object.entries(MIGRATION_SETTINGS).flatMap(([name, { key, parse }]) => {
    const text = given[name];
    return text === undefined ? [] : [[key, parse(text.trim())] as const];
  });
  return Object.fromEntries(entries);
}

/** The settings of a call over those of its deployment; what a call says to be `undefined` is as if nobody had said it. */
export function withSettings(wider: MigrationSettings | undefined, own: MigrationSettings): MigrationSettings {
  const { bandwidthMiBps, timeoutMs, maxDowntimeMs, postCopyAfterMs, autoConverge } = { ...wider, ...own };
  return {
    ...(bandwidthMiBps !== undefined && { bandwidthMiBps }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxDowntimeMs !== undefined && { maxDowntimeMs }),
    ...(postCopyAfterMs !== undefined && { postCopyAfterMs }),
    ...(autoConverge !== undefined && { autoConverge }),
  };
}

/** Milliseconds of `after 60 s`; `undefined` for `never`. */
export function parsePostCopyMs(text: string, place?: SourcePlace): number | undefined {
  if (text.trim() === 'never') return undefined;
  const [, duration] = /^\s*after\s+(.+)$/.exec(text) ?? [];
  if (duration === undefined)
    throw new AttituneError('value', `postCopy is "never", or a time such as "after 60 s", not "${text}".`, { place });
  return parseDurationMs(duration, place);
}

/** A limit of the queue. */
export function parseMigrationLimit(text: string, place?: SourcePlace): number {
  return parseInteger(text, place, { min: 1, max: 1000 });
}

function above0(parse: (text: string, place?: SourcePlace) => number): Parser {
  return (text, place) => {
    const value = parse(text, place);
    if (value > 0) return value;
    throw new AttituneError('value', `"${text}" must be more than 0.`, { place });
  };
}
