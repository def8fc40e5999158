import type { MigrationProgress } from '../../../core/model/hypervisor.js';
import type { FaultLab } from './fault-lab.js';
import type { KillableManager } from './killable-manager.js';

/** When a fault strikes, by how far the migration is. */
export const MOMENTS: Readonly<Record<string, (progress: MigrationProgress) => boolean>> = {
  start: ({ processedBytes }) => processedBytes > 0,
  middle: ({ remainingBytes, totalBytes }) => totalBytes > 0 && remainingBytes < 0.5 * totalBytes,
  end: ({ remainingBytes, totalBytes, iteration = 0 }) =>
    totalBytes > 0 && (iteration > 1 || remainingBytes < 0.06 * totalBytes),
};

/** What strikes while the guest is on its way from host1 to host2. */
export interface Fault {
  readonly strike: (lab: FaultLab, manager: KillableManager) => Promise<unknown>;
  /** The guest cannot survive it. */
  readonly fatal?: true;
  /** Struck only where all cases are asked for. */
  readonly thorough?: true;
  /** A new manager takes over afterwards. */
  readonly managerDies?: true;
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'source daemon killed': { strike: (lab) => lab.killDaemon('host1') },
  'target daemon killed': { strike: (lab) => lab.killDaemon('host2') },
  'QEMU killed': { strike: (lab) => lab.killGuest('host1'), fatal: true },
  'QEMU of the target killed': { strike: (lab) => lab.killGuest('host2'), thorough: true },
  'link cut': { strike: (lab) => lab.cutLink(true) },
  'manager killed': { strike: (_, manager) => manager.kill(), managerDies: true },
  abort: {
    strike: (_, manager) => {
      manager.raise('operator.halt', 'Machine_1');
      return Promise.resolve();
    },
  },
};
