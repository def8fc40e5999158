/** Volumes: finding, making, copying, resizing and deleting them. */
import { delay } from '../../../core/model/clock.js';
import type { Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { TransferOptions, Volume, VolumeDescription } from '../../../core/model/storage.js';
import { virErrorNumber } from '../constants.js';
import { libvirtCode } from '../errors.js';
import type { RpcConnection } from '../rpc/connection.js';
import { storageProcedures } from '../rpc/storage-procedures.js';
import type { RemotePool, RemoteVolume } from '../rpc/storage-procedures.js';
import { checkCapacity, checkStorageName } from './names.js';
import { gone, lookupPool } from './pools.js';
import { readVolumeXml, volumeXml } from './storage-xml.js';

/** How often a copy is asked how far it is. */
const PROGRESS_EVERY_MS = 500;

/** Rejects with `unknown-storage` where the pool or the volume is not there. */
export async function lookupVolume(connection: RpcConnection, pool: string, name: string): Promise<RemoteVolume> {
  const args = { pool: await lookupPool(connection, pool), name };
  return (await connection.call(storageProcedures.storageVolLookupByName, args)).vol;
}

export async function describeVolume(connection: RpcConnection, vol: RemoteVolume): Promise<Volume> {
  const { xml } = await connection.call(storageProcedures.storageVolGetXMLDesc, { vol, flags: 0 });
  return readVolumeXml(vol.pool, xml);
}

/** See `Storage.volumes`. */
export async function listVolumes(connection: RpcConnection, poolName: string): Promise<readonly Volume[]> {
  const pool = await lookupPool(connection, poolName);
  await connection.call(storageProcedures.storagePoolRefresh, { pool, flags: 0 }).catch(unlessBusy);
  const { vols } = await connection.call(storageProcedures.storagePoolListAllVolumes, {
    pool,
    needResults: 1,
    flags: 0,
  });
  const volumes = await Promise.all(
    vols.map((vol) => describeVolume(connection, vol).then((one) => [one], gone<Volume>)),
  );
  return volumes.flat();
}

/** A pool in which a volume is just being made is not read anew; libvirt has no number of its own for that. */
function unlessBusy(error: unknown): void {
  const busy = libvirtCode(error) === virErrorNumber.VIR_ERR_INTERNAL_ERROR;
  if (!busy || !(error as Error).message.includes('asynchronous jobs running')) throw error;
}

/** See `Storage.createVolume`. */
export async function createVolume(
  connection: RpcConnection,
  poolName: string,
  description: VolumeDescription,
): Promise<Volume> {
  const pool = await checkedPool(connection, poolName, description);
  const args = { pool, xml: volumeXml(description), flags: 0 };
  const { vol } = await connection.call(storageProcedures.storageVolCreateXML, args);
  return describeVolume(connection, vol);
}

/**
 * See `Storage.copyVolume`. libvirt cannot be told to stop: a copy that was aborted goes on to its end and is deleted
 * then; only after that does this reject.
 */
export async function copyVolume(
  connection: RpcConnection,
  clock: Clock,
  poolName: string,
  from: string,
  description: VolumeDescription,
  { signal, onProgress }: TransferOptions = {},
): Promise<Volume> {
  const pool = await checkedPool(connection, poolName, description);
  const { vol: clonevol } = await connection.call(storageProcedures.storageVolLookupByName, { pool, name: from });
  const cancelled = () =>
    new AttituneError('cancelled', `The copy of ${from} to ${description.name} was cancelled; nothing is left of it.`, {
      cause: signal?.reason,
    });
  if (signal?.aborted) throw cancelled();
  // libvirt has no number of its own for a copy to a name in use
  if ((await allocationOf(connection, pool, description.name)) !== undefined) {
    throw new AttituneError('storage-exists', `The pool ${poolName} has a volume ${description.name} already.`);
  }
  const ended = new AbortController();
  if (onProgress) void watchCopy(connection, clock, pool, description.name, onProgress, ended.signal);
  try {
    const args = { pool, xml: volumeXml(description), clonevol, flags: 0 };
    const { vol } = await connection.call(storageProcedures.storageVolCreateXMLFrom, args);
    if (signal?.aborted) {
      await connection.call(storageProcedures.storageVolDelete, { vol, flags: 0 });
      throw cancelled();
    }
    const { capacityBytes } = await describeVolume(connection, vol);
    if (capacityBytes < description.capacityBytes) {
      const capacity = BigInt(description.capacityBytes);
      await connection.call(storageProcedures.storageVolResize, { vol, capacity, flags: 0 });
    }
    const copy = await describeVolume(connection, vol);
    onProgress?.(copy.allocationBytes);
    return copy;
  } finally {
    ended.abort(new Error('the copy has ended'));
  }
}

async function watchCopy(
  connection: RpcConnection,
  clock: Clock,
  pool: RemotePool,
  name: string,
  onProgress: (doneBytes: number) => void,
  ended: AbortSignal,
): Promise<void> {
  const isOver = () => ended.aborted;
  while (!isOver()) {
    await delay(clock, PROGRESS_EVERY_MS, ended).catch(() => undefined);
    const done = isOver() ? undefined : await allocationOf(connection, pool, name);
    if (done !== undefined && !isOver()) onProgress(done);
  }
}

/** `undefined` where it is not there yet; why a copy fails, the copy itself tells. */
async function allocationOf(connection: RpcConnection, pool: RemotePool, name: string): Promise<number | undefined> {
  try {
    const { vol } = await connection.call(storageProcedures.storageVolLookupByName, { pool, name });
    return Number((await connection.call(storageProcedures.storageVolGetInfo, { vol })).allocation);
  } catch {
    return undefined;
  }
}

/** See `Storage.resizeVolume`. A volume is never cut off: what is in its end would be lost. */
export async function resizeVolume(
  connection: RpcConnection,
  pool: string,
  name: string,
  capacityBytes: number,
): Promise<void> {
  checkCapacity(name, capacityBytes);
  const vol = await lookupVolume(connection, pool, name);
  const info = await connection.call(storageProcedures.storageVolGetInfo, { vol });
  if (BigInt(capacityBytes) < info.capacity) {
    throw new AttituneError(
      'value',
      `${name} has ${info.capacity} bytes and cannot shrink to ${capacityBytes}: what is in its end would be lost.`,
    );
  }
  await checkRoom(connection, await lookupPool(connection, pool), name, capacityBytes);
  const args = { vol, capacity: BigInt(capacityBytes), flags: 0 };
  if (args.capacity > info.capacity) await connection.call(storageProcedures.storageVolResize, args);
}

/** See `Storage.deleteVolume`. */
export async function deleteVolume(connection: RpcConnection, pool: string, name: string): Promise<void> {
  const vol = await lookupVolume(connection, pool, name);
  await connection.call(storageProcedures.storageVolDelete, { vol, flags: 0 });
}

async function checkedPool(
  connection: RpcConnection,
  poolName: string,
  { name, format, capacityBytes, backing }: VolumeDescription,
): Promise<RemotePool> {
  checkStorageName('volume', name);
  checkCapacity(name, capacityBytes);
  if (backing && format !== 'qcow2') {
    throw new AttituneError('value', `The volume ${name} cannot be an overlay: only one of the format qcow2 can.`);
  }
  const pool = await lookupPool(connection, poolName);
  await checkRoom(connection, pool, name, capacityBytes);
  return pool;
}

/** Volumes take room only as they are filled; one that could never be filled is refused all the same. */
async function checkRoom(connection: RpcConnection, pool: RemotePool, name: string, bytes: number): Promise<void> {
  const { capacity } = await connection.call(storageProcedures.storagePoolGetInfo, { pool });
  if (capacity === 0n || BigInt(bytes) <= capacity) return;
  throw new AttituneError(
    'no-capacity',
    `The volume ${name} of ${bytes} bytes is larger than the whole pool ${pool.name}, which has ${capacity}.`,
  );
}
