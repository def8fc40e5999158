/** The storage of a host, as libvirt names it: pools of volumes. */

export interface StoragePool {
  readonly name: string;
  /** `dir`, `netfs`, `logical` … */
  readonly type: string;
  readonly active: boolean;
  /** The folder that its volumes are in, where it is one. */
  readonly path?: string;
  readonly capacityBytes: number;
  readonly availableBytes: number;
}

export interface Volume {
  readonly name: string;
  readonly pool: string;
  readonly path: string;
  readonly format: string;
  /** Size as a guest sees it. */
  readonly capacityBytes: number;
  /** What it takes of the pool now. */
  readonly allocationBytes: number;
  /** The volume that it is an overlay on. */
  readonly backing?: { readonly path: string; readonly format: string };
}

export interface VolumeDescription {
  readonly name: string;
  readonly format: 'raw' | 'qcow2';
  readonly capacityBytes: number;
  /** Makes it an overlay on another volume; only for `qcow2`. */
  readonly backing?: { readonly path: string; readonly format: 'raw' | 'qcow2' };
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * All methods reject with `AttituneError`: `unknown-storage` for a pool or volume that is not there, `storage-exists`,
 * `no-capacity` where the pool has no room, `host-unreachable`, or `hypervisor`.
 */
export interface Storage {
  pools(): Promise<readonly StoragePool[]>;
  /** Defines a pool that is a folder of the host, makes the folder where it is missing, and starts the pool. Idempotent. */
  ensureFolderPool(name: string, path: string): Promise<StoragePool>;
  /** Reads the pool's folder anew first, so that what others wrote there is seen. */
  volumes(pool: string): Promise<readonly Volume[]>;
  createVolume(pool: string, description: VolumeDescription): Promise<Volume>;
  /** A full copy of another volume of the pool. */
  copyVolume(pool: string, from: string, description: VolumeDescription, options?: TransferOptions): Promise<Volume>;
  /** Fills a volume with the content of a local file, from its beginning. Where it fails the volume's content is undefined. */
  upload(pool: string, name: string, file: string, options?: TransferOptions): Promise<void>;
  resizeVolume(pool: string, name: string, capacityBytes: number): Promise<void>;
  deleteVolume(pool: string, name: string): Promise<void>;
}
