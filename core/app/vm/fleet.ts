import type { VmHost } from '../../../wrappers/hosts/index.js';
import type { Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { MigrationSettings } from '../../model/migration-settings.js';
import type { MigrationQueue } from '../../model/migration-queue.js';
import { suggest } from '../../xml/index.js';

/** The hosts that a command works on. */
export interface Fleet {
  /** Those that answered. */
  readonly hosts: readonly VmHost[];
  /** Those that did not, and why. */
  readonly silent: readonly SilentHost[];
  readonly migrations: MigrationQueue;
  /** What the deployment that names the hosts says of migrations. */
  readonly migration?: MigrationSettings;
  readonly clock: Clock;
}

export interface SilentHost {
  readonly name: string;
  readonly uri: string;
  readonly error: AttituneError;
}

/** What a command that takes its time gets and tells. */
export interface Task {
  readonly signal: AbortSignal;
  /** A step that may take long; `fraction` in [0, 1] where it is known. */
  readonly onProgress: (step: string, fraction?: number) => void;
  /** A line of talk. */
  readonly say: (text: string) => void;
}

/** A host by its name. Throws `host-unreachable` for one that is silent, else `unknown-host`. */
export function hostNamed(fleet: Fleet, name: string): VmHost {
  const found = fleet.hosts.find((host) => host.name === name);
  if (found) return found;
  const silent = fleet.silent.find((host) => host.name === name);
  if (silent) throw silent.error;
  const names = [...fleet.hosts, ...fleet.silent].map((host) => host.name);
  throw new AttituneError(
    'unknown-host',
    `There is no host "${name}" (there are ${names.join(', ')}).${suggest(name, names)}`,
  );
}

/** Throws `host-unreachable` where a host is silent: `why` says what could be hidden there. */
export function requireAll({ silent }: Fleet, why: string, ignoreUnreachable: boolean): void {
  const [first] = silent;
  if (!first || ignoreUnreachable) return;
  const names = silent.map(({ name }) => name).join(', ');
  throw new AttituneError(
    'host-unreachable',
    `${names} ${silent.length === 1 ? 'does' : 'do'} not answer, and ${why}: ${first.error.message} If that cannot be, call again with --ignore-unreachable.`,
    { cause: first.error },
  );
}

/** Tells which hosts do not answer and are passed over. */
export function sayTheSilent({ silent }: Pick<Fleet, 'silent'>, { say }: Pick<Task, 'say'>): void {
  for (const { name, error } of silent) say(`${name} is passed over: ${error.message}`);
}
