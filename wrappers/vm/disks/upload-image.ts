import { randomInt } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { delay, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Storage, Volume } from '../../../core/model/storage.js';
import type { GuestImage, StepOptions } from '../image/guest-image.js';
import { imageVolumes, type ImageVolumes } from './volume-names.js';

const POLL_MS = 1000;
/** Volumes that have not grown for so long are of an upload that has died. */
const STALLED_MS = 60_000;
const SECTOR = 512;

interface Place {
  readonly storage: Storage;
  readonly pool: string;
  readonly clock: Clock;
}

/**
 * Uploads an image into a pool. Volumes can be made only once and cannot be renamed, so who uploads first claims the image
 * by a volume whose size tells who it is; others wait for it, and take over where it does not go on. The marker is made
 * last, and only by who still has the claim.
 */
export async function uploadImage(place: Place, image: GuestImage, options: StepOptions): Promise<void> {
  const { storage, pool, clock } = place;
  const names = imageVolumes(image.key);
  const step = `image ${image.key}: upload to the pool ${pool}`;
  let seen = '';
  let since = clock.now();
  for (;;) {
    options.signal?.throwIfAborted();
    const volumes = await storage.volumes(pool);
    if (volumes.some(({ name }) => name === names.complete)) return;
    const claim = volumes.find(({ name }) => name === names.claim);
    if (claim) {
      const state = stateOf(volumes, names);
      if (state !== seen) {
        seen = state;
        since = clock.now();
      }
      if (clock.now() - since < STALLED_MS) {
        options.onProgress?.(`${step}: waiting for another one to end`);
        await delay(clock, POLL_MS, options.signal);
        continue;
      }
      await remove(place, names.claim);
    }
    const token = await claimImage(place, names);
    if (token === undefined) continue;
    await uploadClaimed(place, image, names, token, options, step);
    return;
  }
}

/** What changes while an upload goes on. */
function stateOf(volumes: readonly Volume[], names: ImageVolumes): string {
  const parts = [names.claim, names.disk, names.kernel, names.initrd].map((wanted) => {
    const volume = volumes.find(({ name }) => name === wanted);
    return volume ? `${volume.capacityBytes}/${volume.allocationBytes}` : '-';
  });
  return parts.join(' ');
}

/** The size of the claim, or `undefined` where another one was first. */
async function claimImage({ storage, pool }: Place, { claim }: ImageVolumes): Promise<number | undefined> {
  const token = SECTOR * randomInt(1, 2 ** 16);
  try {
    await storage.createVolume(pool, { name: claim, format: 'raw', capacityBytes: token });
    return token;
  } catch (error) {
    if (AttituneError.is(error, 'storage-exists')) return undefined;
    throw error;
  }
}

async function uploadClaimed(
  place: Place,
  image: GuestImage,
  names: ImageVolumes,
  token: number,
  { signal, onProgress }: StepOptions,
  step: string,
): Promise<void> {
  const { storage, pool } = place;
  const files = [
    [image.kernel, names.kernel],
    [image.initrd, names.initrd],
    [image.disk, names.disk],
  ] as const;
  try {
    const sizes = await Promise.all(files.map(async ([file]) => (await stat(file)).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let before = 0;
    onProgress?.(step, 0);
    for (const [index, [file, name]] of files.entries()) {
      const size = sizes[index] as number;
      // one that is there already is of an upload that has died
      await remove(place, name);
      await storage.createVolume(pool, { name, format: 'raw', capacityBytes: size });
      const onBytes = (done: number) => onProgress?.(step, Math.min(1, (before + done) / total));
      await storage.upload(pool, name, file, { onProgress: onBytes, ...(signal ? { signal } : {}) });
      before += size;
    }
    if (!(await holds(place, names, token))) throw lostClaim(image, pool);
    await storage.createVolume(pool, { name: names.complete, format: 'raw', capacityBytes: SECTOR });
    await remove(place, names.claim);
  } catch (error) {
    // what another one has taken over is its own by now
    if (await holds(place, names, token).catch(() => false)) {
      for (const name of [names.disk, names.kernel, names.initrd, names.claim])
        await remove(place, name).catch(() => undefined);
    }
    if (signal?.aborted === true)
      throw new AttituneError('cancelled', `The upload of the image ${image.key} was cancelled.`, { cause: error });
    throw error;
  }
}

async function holds({ storage, pool }: Place, names: ImageVolumes, token: number): Promise<boolean> {
  const volumes = await storage.volumes(pool);
  return volumes.some(({ name, capacityBytes }) => name === names.claim && capacityBytes === token);
}

async function remove({ storage, pool }: Place, name: string): Promise<void> {
  await storage.deleteVolume(pool, name).catch((error: unknown) => {
    if (!AttituneError.is(error, 'unknown-storage')) throw error;
  });
}

function lostClaim(image: GuestImage, pool: string): AttituneError {
  return new AttituneError(
    'operation-failed',
    `The upload of the image ${image.key} to the pool ${pool} stood still for so long that another one took it over. Try again.`,
  );
}
