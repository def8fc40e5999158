import type { VmHost } from '../../../wrappers/hosts/index.js';
import { migrateVm, type VmMigrationResult } from '../../../wrappers/vm/migrate-vm.js';
import { AttituneError } from '../../model/errors.js';
import { withSettings, type MigrationSettings } from '../../model/migration-settings.js';
import { findVm } from './find-vm.js';
import { hostNamed, type Fleet, type Task } from './fleet.js';
import { choose } from './place.js';

/** A virtual machine and the host that it shall go to. */
export interface Move {
  readonly name: string;
  readonly from: VmHost;
  readonly to: VmHost;
  /** Memory that it will need there, where that is more than it has. */
  readonly memoryMiB?: number;
}

export interface MoveOutcome {
  readonly name: string;
  readonly result?: VmMigrationResult;
  readonly error?: AttituneError;
}

/**
 * Where each of some virtual machines shall go: to `to`, or, without it, each to the host with most free memory, what was
 * chosen for those before it counted. Rejects where one is on no host, or there is no room for it.
 */
export async function planMoves(
  fleet: Fleet,
  names: readonly string[],
  to: string | undefined,
  task: Task,
): Promise<readonly Move[]> {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new AttituneError('usage', `${repeated} is named twice.`);
  const target = to === undefined ? undefined : hostNamed(fleet, to);
  const moves: Move[] = [];
  for (const name of names) {
    const { host: from } = await findVm(fleet, name);
    if (target) {
      moves.push({ name, from, to: target });
      continue;
    }
    const { description } = await from.hypervisor.describe(name);
    const others = fleet.hosts.filter((host) => host !== from);
    if (others.length === 0)
      throw new AttituneError('no-capacity', `There is no other host than ${from.name} for ${name}.`);
    const { host, why } = await choose({ ...fleet, hosts: others }, description, await promisedMiB(moves));
    task.say(`${name} goes to ${host.name}: ${why.join('; ')}.`);
    moves.push({ name, from, to: host });
  }
  return moves;
}

/** Memory that the moves so far will take, by host. */
async function promisedMiB(moves: readonly Move[]): Promise<ReadonlyMap<string, number>> {
  const promised = new Map<string, number>();
  for (const { name, from, to } of moves) {
    const { description } = await from.hypervisor.describe(name);
    promised.set(to.name, (promised.get(to.name) ?? 0) + description.memoryMiB);
  }
  return promised;
}

/** A pool that is made where it is missing may never have been asked for on this host. */
async function havePool(host: VmHost): Promise<void> {
  if (host.settings.poolPath !== undefined) await host.pool();
}

/**
 * Migrates virtual machines side by side, as many at a time as the queue lets. One that fails stops no other one; the
 * signal aborts those that go on and those that wait.
 */
export async function moveVms(
  fleet: Fleet,
  moves: readonly Move[],
  own: MigrationSettings,
  task: Task,
): Promise<readonly MoveOutcome[]> {
  const settings = withSettings(fleet.migration, own);
  const parts = new Map(moves.map(({ name }) => [name, 0]));
  const tell = (text: string) => {
    const mean = [...parts.values()].reduce((sum, part) => sum + part, 0) / parts.size;
    task.onProgress(moves.length === 1 ? text.replace(/: \d+ %$/, '') : `${moves.length} migrations`, mean);
  };
  return Promise.all(
    moves.map(async ({ name, from, to, memoryMiB }): Promise<MoveOutcome> => {
      const report = (text: string, data: Readonly<Record<string, unknown>> = {}) => {
        const { fraction } = data;
        if (typeof fraction !== 'number') {
          task.say(text);
          return;
        }
        parts.set(name, fraction);
        tell(text);
      };
      try {
        const { hosts, migrations: queue, clock } = fleet;
        const { signal } = task;
        await havePool(to);
        const how = { hosts, queue, clock, settings, signal, report };
        const result = await migrateVm({ domain: name, from, to, ...(memoryMiB && { memoryMiB }), ...how });
        return { name, result };
      } catch (error) {
        return { name, error: AttituneError.from(error, 'migration-failed') };
      } finally {
        parts.set(name, 1);
      }
    }),
  );
}
