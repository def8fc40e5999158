import { posix } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import type { StoragePool, Volume, VolumeDescription } from '../../core/model/storage.js';

export interface StoredVolume {
  readonly format: VolumeDescription['format'];
  readonly capacityBytes: number;
  readonly allocationBytes: number;
  readonly backing?: NonNullable<VolumeDescription['backing']>;
}

/** A folder of volumes: of one host, or, as on NFS, of all hosts that share their storage. */
export class SimulatedFolder {
  readonly path: string;
  readonly capacityBytes: number;
  readonly volumes = new Map<string, StoredVolume>();
  /** A fault: something else has taken all the room. */
  full = false;

  constructor(path: string, capacityBytes: number) {
    this.path = path;
    this.capacityBytes = capacityBytes;
  }

  get availableBytes(): number {
    if (this.full) return 0;
    let taken = 0;
    for (const { allocationBytes } of this.volumes.values()) taken += allocationBytes;
    return Math.max(0, this.capacityBytes - taken);
  }
  /** Throws `no-capacity` unless so much more fits. */
  reserve(bytes: number, what: string): void {
    if (bytes <= this.availableBytes) return;
    throw new AttituneError(
      'no-capacity',
      `${this.path} has ${this.availableBytes} bytes left, and ${what} needs ${bytes}: delete what is not used, or choose another pool.`,
    );
  }
}

/** The folders of a simulation, by who shares them. */
export class StorageModel {
  readonly #folders = new Map<string, SimulatedFolder>();
  readonly #capacityBytes: number;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** The folder at that path, for those who share it under the name `sharing`. */
  folder(sharing: string, path: string): SimulatedFolder {
    const place = posix.normalize(path).replace(/(.)\/$/, '$1');
    const key = `${sharing} ${place}`;
    const found = this.#folders.get(key) ?? new SimulatedFolder(place, this.#capacityBytes);
    this.#folders.set(key, found);
    return found;
  }
}

/** A pool as a host has defined it. */
export interface SimulatedPool {
  readonly name: string;
  readonly type: 'dir' | 'netfs';
  readonly folder: SimulatedFolder;
}

export function asPool({ name, type, folder }: SimulatedPool): StoragePool {
  const { path, capacityBytes, availableBytes } = folder;
  return { name, type, active: true, path, capacityBytes, availableBytes };
}

export function asVolume({ name: pool, folder }: SimulatedPool, name: string, stored: StoredVolume): Volume {
  return { name, pool, path: posix.join(folder.path, name), ...stored };
}
