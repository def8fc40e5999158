import { delay } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { MigrationOptions, MigrationOutcome, MigrationTarget } from '../../core/model/hypervisor.js';
import { LiveMigration } from './live-migration.js';
import { migrationAborted, receiver } from './migration-target.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { SimulatedHost } from './simulated-host.js';

/** Migrates a domain: live where it runs, else its definition alone. See `Hypervisor.migrate`. */
export async function migrate(
  cluster: SimulatedCluster,
  source: SimulatedHost,
  name: string,
  target: MigrationTarget,
  options: MigrationOptions = {},
): Promise<MigrationOutcome> {
  checkOptions(name, options);
  const { clock } = cluster.world.kernel;
  const destination = cluster.hostByUri(target.uri);
  if (source.list().some((domain) => domain.name === name) && destination && !cluster.linked(source, destination)) {
    // who cannot be heard is waited for, as long as a connection takes to fail
    await delay(clock, cluster.world.settings.migration.keepaliveMs);
    source.assertConnected();
  }
  if (options.signal?.aborted) throw migrationAborted(name, source.name, target.host, options.signal);
  const offline = source.definitions.has(name) && !source.active(name);
  if (offline) return migrateDefinition(cluster, source, name, target);
  const domain = source.domain(name);
  if (domain.migration) throw new AttituneError('domain-state', `${name} migrates already.`);
  const { uuid, description, cpuModel } = domain;
  const live = { memoryMiB: domain.size.memoryMiB, cpuModel };
  const receiving = receiver(cluster, source, { name, uuid, description, live }, target);
  return new LiveMigration(cluster, domain, source, receiving, options).run();
}

async function migrateDefinition(
  cluster: SimulatedCluster,
  source: SimulatedHost,
  name: string,
  target: MigrationTarget,
): Promise<MigrationOutcome> {
  const elapsedMs = cluster.world.settings.hypervisorCallMs;
  await delay(cluster.world.kernel.clock, elapsedMs);
  source.assertConnected();
  const definition = source.definition(name, 'migrated');
  if (source.domains.has(name))
    throw new AttituneError('domain-state', `${name} was started on ${source.name} meanwhile.`);
  const { uuid, description } = definition;
  const receiving = receiver(cluster, source, { name, uuid, description }, target);
  // whether it starts with its host is a setting of the host, which libvirt does not take along
  receiving.definitions.set(name, { ...definition, autostart: false });
  source.definitions.delete(name);
  receiving.emit({ domain: name, uuid, kind: 'defined', detail: 'added' });
  source.emit({ domain: name, uuid, kind: 'undefined', detail: 'removed' });
  return { mode: 'offline', elapsedMs, downtimeMs: 0, transferredBytes: 0 };
}

/** Throws `value`. */
function checkOptions(name: string, options: MigrationOptions): void {
  const { bandwidthMiBps, maxDowntimeMs, timeoutMs, postCopyAfterMs } = options;
  const figures = [
    { value: bandwidthMiBps, what: 'a bandwidth in MiB/s', above: 0 },
    { value: maxDowntimeMs, what: 'a downtime in ms', above: 0 },
    { value: timeoutMs, what: 'a time-out in ms', above: 0 },
    { value: postCopyAfterMs, what: 'a time of post-copy in ms', above: -1 },
  ];
  for (const { value, what, above } of figures) {
    if (value === undefined || (value > above && value !== Infinity)) continue;
    throw new AttituneError('value', `The migration of ${name} cannot have ${value} as ${what}.`);
  }
}
