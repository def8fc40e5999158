import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { delay } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Storage, StoragePool, TransferOptions, Volume, VolumeDescription } from '../../core/model/storage.js';
import type { SimulatedHost } from './simulated-host.js';
import { asPool, asVolume, type SimulatedPool, type StorageModel, type StoredVolume } from './storage-model.js';
import type { World } from './world.js';

const MEBIBYTE = 1024 * 1024;
/** What an empty qcow2 image takes: its header and first tables. */
const EMPTY_QCOW2_BYTES = 196_608;

/** Runs an action as one call to the hypervisor. */
export type Call = <T>(action: () => T | Promise<T>) => Promise<T>;

/** The pools of one simulated host, over one connection. Volumes have sizes and no content. */
export class SimulatedStorage implements Storage {
  readonly #world: World;
  readonly #model: StorageModel;
  readonly #host: SimulatedHost;
  readonly #call: Call;

  constructor(world: World, model: StorageModel, host: SimulatedHost, call: Call) {
    this.#world = world;
    this.#model = model;
    this.#host = host;
    this.#call = call;
  }

  pools(): Promise<readonly StoragePool[]> {
    return this.#call(() => [...this.#host.pools.values()].map(asPool));
  }

  ensureFolderPool(name: string, path: string): Promise<StoragePool> {
    return this.#call(() => {
      checkName(name, 'pool');
      if (!path.startsWith('/'))
        throw new AttituneError('value', `The path of pool ${name} is "${path}": begin it with "/".`);
      const folder = this.#model.folder(this.#host.sharing, path);
      const present = this.#host.pools.get(name);
      const other = [...this.#host.pools.values()].find((pool) => pool.folder === folder && pool.name !== name);
      if (other || (present && present.folder !== folder)) {
        const why = other
          ? `${path} is the folder of the pool ${other.name}`
          : `the pool ${name} is in ${present?.folder.path}`;
        throw new AttituneError('storage-exists', `On ${this.#host.name} ${why} already: use that one.`);
      }
      const pool = present ?? { name, type: 'dir' as const, folder };
      this.#host.pools.set(name, pool);
      return asPool(pool);
    });
  }

  volumes(pool: string): Promise<readonly Volume[]> {
    return this.#call(() => {
      const found = this.#pool(pool);
      return [...found.folder.volumes].map(([name, stored]) => asVolume(found, name, stored));
    });
  }

  createVolume(pool: string, description: VolumeDescription): Promise<Volume> {
    return this.#call(() => {
      const found = this.#pool(pool);
      const stored = this.#stored(found, description);
      return this.#add(found, description.name, stored);
    });
  }

  copyVolume(pool: string, from: string, description: VolumeDescription, options?: TransferOptions): Promise<Volume> {
    return this.#call(async () => {
      const found = this.#pool(pool);
      const original = this.#volume(found, from);
      const stored = this.#stored(found, {
        ...description,
        capacityBytes: Math.max(description.capacityBytes, original.capacityBytes),
      });
      const full = { ...stored, allocationBytes: Math.max(stored.allocationBytes, original.allocationBytes) };
      // it is there from the beginning, half full, as a copy on a real host
      const copy = this.#add(found, description.name, full);
      try {
        await this.#transfer(original.allocationBytes, `The copy of ${from}`, options);
      } catch (error) {
        found.folder.volumes.delete(description.name);
        throw error;
      }
      return copy;
    });
  }

  async upload(pool: string, name: string, file: string, options?: TransferOptions): Promise<void> {
    const { size } = await stat(file).catch((error: unknown) => {
      throw new AttituneError('file-not-found', `${file} cannot be read.`, { cause: error });
    });
    await this.#call(async () => {
      const found = this.#pool(pool);
      const stored = this.#volume(found, name);
      if (stored.format === 'raw' && size > stored.capacityBytes) {
        throw new AttituneError(
          'no-capacity',
          `${file} has ${size} bytes, the volume ${name} only ${stored.capacityBytes}. Make it larger first.`,
        );
      }
      found.folder.reserve(size - stored.allocationBytes, name);
      await this.#transfer(size, `The upload of ${file}`, options);
      found.folder.volumes.set(name, { ...this.#volume(found, name), allocationBytes: size });
    });
  }

  resizeVolume(pool: string, name: string, capacityBytes: number): Promise<void> {
    return this.#call(() => {
      const found = this.#pool(pool);
      const stored = this.#volume(found, name);
      checkCapacity(found, name, capacityBytes);
      if (capacityBytes < stored.capacityBytes) {
        throw new AttituneError(
          'value',
          `${name} has ${stored.capacityBytes} bytes and cannot shrink to ${capacityBytes}: what is in its end would be lost.`,
        );
      }
      found.folder.volumes.set(name, { ...stored, capacityBytes });
    });
  }

  deleteVolume(pool: string, name: string): Promise<void> {
    return this.#call(() => {
      const found = this.#pool(pool);
      this.#volume(found, name);
      found.folder.volumes.delete(name);
    });
  }

  #pool(name: string): SimulatedPool {
    const found = this.#host.pools.get(name);
    if (found) return found;
    const names = [...this.#host.pools.keys()].join(', ') || 'none';
    throw new AttituneError('unknown-storage', `${this.#host.name} has no storage pool "${name}"; there are ${names}.`);
  }

  #volume({ name: pool, folder }: SimulatedPool, name: string): StoredVolume {
    const found = folder.volumes.get(name);
    if (found) return found;
    throw new AttituneError('unknown-storage', `Pool ${pool} of ${this.#host.name} has no volume "${name}".`);
  }

  #stored(pool: SimulatedPool, { name, format, capacityBytes, backing }: VolumeDescription): StoredVolume {
    const { folder } = pool;
    checkName(name, 'volume');
    checkCapacity(pool, name, capacityBytes);
    if (backing) {
      if (format !== 'qcow2')
        throw new AttituneError('value', `Only a volume of format qcow2 can be an overlay; ${name} is ${format}.`);
      const inside = posix.dirname(backing.path) === folder.path;
      if (inside && !folder.volumes.has(posix.basename(backing.path)))
        throw new AttituneError('hypervisor', `${name} cannot be an overlay: there is no ${backing.path}.`);
    }
    const allocationBytes = format === 'qcow2' ? EMPTY_QCOW2_BYTES : 0;
    return { format, capacityBytes, allocationBytes, ...(backing && { backing }) };
  }

  #add(pool: SimulatedPool, name: string, stored: StoredVolume): Volume {
    if (pool.folder.volumes.has(name))
      throw new AttituneError(
        'storage-exists',
        `Pool ${pool.name} of ${this.#host.name} already has a volume "${name}".`,
      );
    pool.folder.reserve(stored.allocationBytes, name);
    pool.folder.volumes.set(name, stored);
    return asVolume(pool, name, stored);
  }

  async #transfer(bytes: number, what: string, { signal, onProgress }: TransferOptions = {}): Promise<void> {
    const { kernel, settings } = this.#world;
    const perSecond = settings.storageMiBps * MEBIBYTE;
    for (let done = 0; done < bytes;) {
      if (signal?.aborted) throw new AttituneError('cancelled', `${what} was cancelled.`, { cause: signal.reason });
      const step = Math.min(bytes - done, perSecond / 5);
      await delay(kernel.clock, (1000 * step) / perSecond);
      this.#host.assertConnected();
      done += step;
      onProgress?.(Math.round(done));
    }
  }
}

function checkName(name: string, what: string): void {
  if (name.trim() !== '' && !/[/\u0000-\u001f\u007f]/.test(name) && name !== '.' && name !== '..') return;
  throw new AttituneError('value', `${JSON.stringify(name)} cannot name a ${what}: use a plain file name.`);
}

/** A volume takes room only as it is filled; one that could never be filled is refused all the same. */
function checkCapacity({ name: pool, folder }: SimulatedPool, name: string, capacityBytes: number): void {
  if (!Number.isSafeInteger(capacityBytes) || capacityBytes < 1)
    throw new AttituneError('value', `Volume ${name} cannot have ${capacityBytes} bytes: give a whole number above 0.`);
  if (capacityBytes <= folder.capacityBytes) return;
  throw new AttituneError(
    'no-capacity',
    `Volume ${name} of ${capacityBytes} bytes is larger than the whole pool ${pool}, which has ${folder.capacityBytes}.`,
  );
}
