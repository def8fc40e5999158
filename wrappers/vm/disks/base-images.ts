import { stat } from 'node:fs/promises';
import type { Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Storage, Volume } from '../../../core/model/storage.js';
import type { GuestImage, StepOptions } from '../image/guest-image.js';
import { seesFolder } from './pool-folder.js';
import { placeImage } from './place-image.js';
import { uploadImage } from './upload-image.js';
import { imageVolumes } from './volume-names.js';

/** A base image in a pool of a host. Paths are of that host. */
export interface PooledImage {
  readonly key: string;
  /** Name of the volume of its disk. */
  readonly volume: string;
  readonly disk: string;
  readonly format: 'raw' | 'qcow2';
  readonly kernel: string;
  readonly initrd: string;
  /** Size of the disk as a guest sees it. */
  readonly capacityBytes: number;
}

/** Makes each image's volumes once, with the one that says `complete` last. */
export class BaseImages {
  /** By key; what several ask for at once is done once. */
  readonly #known = new Map<string, Promise<PooledImage>>();

  constructor(
    private readonly storage: Storage,
    private readonly pool: string,
    private readonly clock: Clock,
  ) {}

  async ensure(image: GuestImage, options: StepOptions): Promise<PooledImage> {
    for (;;) {
      options.signal?.throwIfAborted();
      const others = this.#known.get(image.key);
      if (!others) {
        const mine = this.#bring(image, options);
        this.#known.set(image.key, mine);
        mine.catch(() => this.#forget(image.key, mine));
        return mine;
      }
      try {
        return await others;
      } catch (error) {
        this.#forget(image.key, others);
        // what another caller gave up is no failure of this one
        if (!AttituneError.is(error, 'cancelled')) throw error;
      }
    }
  }

  async remove(key: string): Promise<boolean> {
    const names = imageVolumes(key);
    const volumes = await this.storage.volumes(this.pool);
    const disk = volumes.find(({ name }) => name === names.disk);
    const overlays = volumes.filter(({ backing }) => disk !== undefined && backing?.path === disk.path);
    if (overlays.length > 0) {
      const list = overlays.map(({ name }) => name).join(', ');
      throw new AttituneError(
        'image',
        `The image ${key} is in use in the pool ${this.pool}: ${list} ${overlays.length === 1 ? 'is an overlay' : 'are overlays'} on it. Remove those first.`,
        { details: { overlays: overlays.map(({ name }) => name) } },
      );
    }
    this.#known.delete(key);
    const there = new Set(volumes.map(({ name }) => name));
    // the marker first, so that nobody takes what is half gone
    const gone = [names.complete, names.disk, names.kernel, names.initrd].filter((name) => there.has(name));
    for (const name of gone) await this.storage.deleteVolume(this.pool, name);
    return gone.length > 0;
  }

  #forget(key: string, attempt: Promise<PooledImage>): void {
    if (this.#known.get(key) === attempt) this.#known.delete(key);
  }

  async #bring(image: GuestImage, options: StepOptions): Promise<PooledImage> {
    const known = pooledImage(image.key, await this.storage.volumes(this.pool));
    if (known) return known;
    const pool = await this.#activePool(image);
    if (pool.path !== undefined && (await seesFolder(this.storage, this.pool, pool.path))) {
      await placeImage(image, pool.path, options);
    } else {
      await uploadImage({ storage: this.storage, pool: this.pool, clock: this.clock }, image, options);
    }
    const brought = pooledImage(image.key, await this.storage.volumes(this.pool));
    if (brought) return brought;
    throw new AttituneError(
      'hypervisor',
      `The pool ${this.pool} does not show the image ${image.key} that was put there.`,
    );
  }

  async #activePool(image: GuestImage) {
    const pool = (await this.storage.pools()).find(({ name }) => name === this.pool);
    if (!pool) throw new AttituneError('unknown-storage', `The host has no storage pool ${this.pool}.`);
    const needed = (await stat(image.disk)).blocks * 512;
    if (pool.availableBytes < needed) {
      const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
      throw new AttituneError(
        'no-capacity',
        `The pool ${this.pool} has ${mib(pool.availableBytes)} left, and the image ${image.key} takes ${mib(needed)}. Free some space there.`,
      );
    }
    return pool;
  }
}

/** The image of that key, if it is whole in a pool that has these volumes. */
export function pooledImage(key: string, volumes: readonly Volume[]): PooledImage | undefined {
  const names = imageVolumes(key);
  const find = (wanted: string) => volumes.find(({ name }) => name === wanted);
  const [complete, disk, kernel, initrd] = [names.complete, names.disk, names.kernel, names.initrd].map(find);
  if (!complete || !disk || !kernel || !initrd) return undefined;
  return {
    key,
    volume: disk.name,
    disk: disk.path,
    format: disk.format === 'qcow2' ? 'qcow2' : 'raw',
    kernel: kernel.path,
    initrd: initrd.path,
    capacityBytes: disk.capacityBytes,
  };
}
