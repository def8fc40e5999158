import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../core/model/clock.js';
import type { DiskDescription } from '../../../core/model/domain.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Storage, Volume } from '../../../core/model/storage.js';
import type { GuestImage, StepOptions } from '../image/guest-image.js';
import { BaseImages, type PooledImage } from './base-images.js';
import { SMALLEST_SWAP_BYTES, swapHeader } from './swap-header.js';
import { domainVolumes } from './volume-names.js';

const MIB = 2 ** 20;

/** What a VM's disks are to be. */
export interface DiskRequest {
  /** As the guest sees it; by default the image's, and never less. */
  readonly diskMiB?: number | undefined;
  /** By default none. */
  readonly swapMiB?: number | undefined;
  /** A full copy of the image rather than an overlay on it. */
  readonly copy?: boolean | undefined;
}

/** The disks of a VM in the order in which its guest sees them: `vda`, and, with swap, `vdb`. */
export interface DiskSet {
  readonly disks: readonly DiskDescription[];
  /** The device of the swap, for `attitune.swap=` on the guest's kernel command line. */
  readonly swap?: 'vdb';
}

/**
 * The disks of the VMs of one pool of a host: `NAME.qcow2`, an overlay on a base image or a copy of it, and
 * `NAME-swap.img`. All methods reject with what `Storage` does, and with `value`.
 */
export class DomainDisks {
  readonly #bases: BaseImages;

  constructor(
    private readonly storage: Storage,
    readonly pool: string,
    clock: Clock,
  ) {
    this.#bases = new BaseImages(storage, pool, clock);
  }

  /** The image in the pool, brought there if it is not; only a whole one is ever seen. Concurrent callers wait. */
  ensureBase(image: GuestImage, options: StepOptions = {}): Promise<PooledImage> {
    return this.#bases.ensure(image, options);
  }

  /** Takes an image out of the pool; `false` where it is not there. Rejects with `image` while a disk is an overlay on it. */
  removeBase(key: string): Promise<boolean> {
    return this.#bases.remove(key);
  }

  /** The disks of the VM of that name, where there are any. */
  async find(name: string): Promise<DiskSet | undefined> {
    const wanted = domainVolumes(name);
    const volumes = await this.storage.volumes(this.pool);
    const disk = volumes.find((volume) => volume.name === wanted.disk);
    return (
      disk &&
      diskSet(
        disk,
        volumes.find((volume) => volume.name === wanted.swap),
      )
    );
  }

  /**
   * Makes the disks of a new VM; what was made is removed again where that fails. Rejects with `storage-exists` where a VM
   * of that name has disks, and with `value` for a size that is too small.
   */
  async create(
    name: string,
    base: PooledImage,
    request: DiskRequest = {},
    options: StepOptions = {},
  ): Promise<DiskSet> {
    const names = domainVolumes(name);
    const capacityBytes = this.#capacity(base, request.diskMiB);
    const swapBytes = swapCapacity(request.swapMiB);
    const made: string[] = [];
    try {
      options.signal?.throwIfAborted();
      const disk = await this.#disk(names.disk, base, capacityBytes, request, options, made);
      if (swapBytes === undefined) return diskSet(disk);
      const swap = await this.#fresh(names.swap, () =>
        this.storage.createVolume(this.pool, { name: names.swap, format: 'raw', capacityBytes: swapBytes }),
      );
      made.push(names.swap);
      await this.#makeSwap(swap, options);
      return diskSet(disk, swap);
    } catch (error) {
      for (const volume of made) await this.#delete(volume).catch(() => false);
      if (options.signal?.aborted === true)
        throw new AttituneError('cancelled', `Making the disks of ${name} was cancelled.`, { cause: error });
      throw AttituneError.is(error, 'storage-exists')
        ? new AttituneError(
            'storage-exists',
            `The pool ${this.pool} has disks of a VM called ${name} already. Take another name, or remove them first.`,
            { cause: error },
          )
        : error;
    }
  }

  /** Removes the disks of a VM; idempotent, `false` where there were none. */
  async remove(name: string): Promise<boolean> {
    const { disk, swap } = domainVolumes(name);
    const had = await this.#delete(disk);
    return (await this.#delete(swap)) || had;
  }

  #capacity(base: PooledImage, diskMiB: number | undefined): number {
    if (diskMiB === undefined) return base.capacityBytes;
    const least = Math.ceil(base.capacityBytes / MIB);
    if (!Number.isInteger(diskMiB) || diskMiB < least) {
      throw new AttituneError(
        'value',
        `A disk of ${diskMiB} MiB has no room for the image ${base.key}: it needs at least ${least} MiB.`,
      );
    }
    return diskMiB * MIB;
  }

  async #disk(
    name: string,
    base: PooledImage,
    capacityBytes: number,
    request: DiskRequest,
    { signal, onProgress }: StepOptions,
    made: string[],
  ): Promise<Volume> {
    const description = { name, format: 'qcow2', capacityBytes } as const;
    if (request.copy !== true) {
      const backing = { path: base.disk, format: base.format };
      const volume = await this.#fresh(name, () => this.storage.createVolume(this.pool, { ...description, backing }));
      made.push(name);
      return volume;
    }
    const step = `disk ${name}: copy of ${base.key}`;
    onProgress?.(step, 0);
    const onBytes = (done: number) => onProgress?.(step, Math.min(1, done / base.capacityBytes));
    // a copy has the size of what it is a copy of
    const copy = await this.#fresh(name, () =>
      this.storage.copyVolume(
        this.pool,
        base.volume,
        { ...description, capacityBytes: base.capacityBytes },
        { onProgress: onBytes, ...(signal ? { signal } : {}) },
      ),
    );
    made.push(name);
    if (capacityBytes > base.capacityBytes) await this.storage.resizeVolume(this.pool, name, capacityBytes);
    return copy;
  }

  async #makeSwap({ name, capacityBytes }: Volume, { signal }: StepOptions): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'attitune-swap-'));
    try {
      const file = join(folder, name);
      await writeFile(file, swapHeader(capacityBytes, randomUUID()));
      await this.storage.upload(this.pool, name, file, signal ? { signal } : {});
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Hosts that share a folder see what others did there only once they read it anew. */
  async #fresh<T>(name: string, make: () => Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (error) {
      if (!AttituneError.is(error, 'storage-exists') || (await this.#isThere(name))) throw error;
      return make();
    }
  }

  async #delete(name: string): Promise<boolean> {
    for (let looked = false; ; looked = true) {
      try {
        await this.storage.deleteVolume(this.pool, name);
        return true;
      } catch (error) {
        if (!AttituneError.is(error, 'unknown-storage')) throw error;
        if (looked || !(await this.#isThere(name))) return false;
      }
    }
  }

  async #isThere(wanted: string): Promise<boolean> {
    return (await this.storage.volumes(this.pool)).some(({ name }) => name === wanted);
  }
}

function diskSet(disk: Volume, swap?: Volume): DiskSet {
  return {
    disks: [{ path: disk.path, format: 'qcow2' }, ...(swap ? [{ path: swap.path, format: 'raw' } as const] : [])],
    ...(swap ? { swap: 'vdb' } : {}),
  };
}

function swapCapacity(swapMiB: number | undefined): number | undefined {
  if (swapMiB === undefined || swapMiB === 0) return undefined;
  if (!Number.isInteger(swapMiB) || swapMiB * MIB < SMALLEST_SWAP_BYTES)
    throw new AttituneError('value', `A swap disk of ${swapMiB} MiB cannot be made: give whole MiB, at least 1.`);
  return swapMiB * MIB;
}
