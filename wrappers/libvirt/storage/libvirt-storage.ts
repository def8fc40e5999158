import type { Clock } from '../../../core/model/clock.js';
import type { Storage, StoragePool, TransferOptions, Volume, VolumeDescription } from '../../../core/model/storage.js';
import type { RpcConnection } from '../rpc/connection.js';
import { ensureFolderPool, listPools } from './pools.js';
import { uploadFile } from './upload.js';
import { copyVolume, createVolume, deleteVolume, listVolumes, resizeVolume } from './volumes.js';

/** The storage of a host with libvirt, over the connection of its hypervisor. */
export class LibvirtStorage implements Storage {
  readonly #connection: RpcConnection;
  readonly #clock: Clock;

  constructor(connection: RpcConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  pools(): Promise<readonly StoragePool[]> {
    return listPools(this.#connection);
  }

  ensureFolderPool(name: string, path: string): Promise<StoragePool> {
    return ensureFolderPool(this.#connection, name, path);
  }

  volumes(pool: string): Promise<readonly Volume[]> {
    return listVolumes(this.#connection, pool);
  }

  createVolume(pool: string, description: VolumeDescription): Promise<Volume> {
    return createVolume(this.#connection, pool, description);
  }

  copyVolume(pool: string, from: string, description: VolumeDescription, options?: TransferOptions): Promise<Volume> {
    return copyVolume(this.#connection, this.#clock, pool, from, description, options);
  }

  upload(pool: string, name: string, file: string, options?: TransferOptions): Promise<void> {
    return uploadFile(this.#connection, pool, name, file, options);
  }

  resizeVolume(pool: string, name: string, capacityBytes: number): Promise<void> {
    return resizeVolume(this.#connection, pool, name, capacityBytes);
  }

  deleteVolume(pool: string, name: string): Promise<void> {
    return deleteVolume(this.#connection, pool, name);
  }
}
