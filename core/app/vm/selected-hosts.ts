import type { HostEntry } from '../../model/deployment.js';
import type { MigrationPolicy } from '../../model/migration-settings.js';

/** Hosts to work on, and how they share their disks. */
export interface SelectedHosts {
  readonly entries: readonly HostEntry[];
  /** Where they come from, for people: `the file x.hosts.xml`. */
  readonly source: string;
  /** libvirt cannot see that their disks are shared, but they are: migrate all the same. */
  readonly unsafe: boolean;
  /** How a deployment says that its machines are migrated. */
  readonly migration?: MigrationPolicy;
}
