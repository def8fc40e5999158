import { readFile } from 'node:fs/promises';
import { AttituneError } from '../../core/model/errors.js';
import type { Storage, StoragePool, TransferOptions, Volume, VolumeDescription } from '../../core/model/storage.js';

type Method = Exclude<keyof Storage, 'pools' | 'ensureFolderPool'>;

/** One pool in memory, whose volumes have content. What is called can be watched, delayed and made to fail. */
export class MemoryStorage implements Storage {
  contents = new Map<string, Volume & { content: Buffer }>();
  readonly calls: string[] = [];
  /** Called before each call is done; what it throws is the call's outcome. */
  before: (method: Method, volume: string) => Promise<void> | void = () => undefined;
  availableBytes = 2 ** 40;

  constructor(
    readonly pool = 'attitune',
    readonly path = '/no-such-folder/pool',
  ) {}

  pools(): Promise<readonly StoragePool[]> {
    const { pool: name, path, availableBytes } = this;
    return Promise.resolve([{ name, type: 'dir', active: true, path, capacityBytes: 2 ** 40, availableBytes }]);
  }

  async ensureFolderPool(): Promise<StoragePool> {
    return (await this.pools())[0] as StoragePool;
  }

  async volumes(pool: string): Promise<readonly Volume[]> {
    await this.#call('volumes', pool);
    return [...this.contents.values()];
  }

  async createVolume(pool: string, description: VolumeDescription): Promise<Volume> {
    const { name, format, capacityBytes, backing } = description;
    await this.#call('createVolume', name);
    if (this.contents.has(name)) throw new AttituneError('storage-exists', `${name} is there.`);
    const volume = { name, pool, path: `${this.path}/${name}`, format, capacityBytes, allocationBytes: 0 };
    const made = { ...volume, ...(backing ? { backing } : {}), content: Buffer.alloc(0) };
    this.contents.set(name, made);
    return made;
  }

  async copyVolume(pool: string, from: string, description: VolumeDescription): Promise<Volume> {
    await this.#call('copyVolume', description.name);
    const { content } = this.#volume(from);
    await this.createVolume(pool, description);
    const made = { ...this.#volume(description.name), content };
    this.contents.set(description.name, made);
    return made;
  }

  async upload(_pool: string, name: string, file: string, options: TransferOptions = {}): Promise<void> {
    const content = await readFile(file);
    // there in parts first
    this.contents.set(name, { ...this.#volume(name), content: content.subarray(0, content.length / 2) });
    await this.#call('upload', name);
    options.signal?.throwIfAborted();
    this.contents.set(name, { ...this.#volume(name), content, allocationBytes: content.length });
    options.onProgress?.(content.length);
  }

  async resizeVolume(_pool: string, name: string, capacityBytes: number): Promise<void> {
    await this.#call('resizeVolume', name);
    this.contents.set(name, { ...this.#volume(name), capacityBytes });
  }

  async deleteVolume(_pool: string, name: string): Promise<void> {
    await this.#call('deleteVolume', name);
    this.#volume(name);
    this.contents.delete(name);
  }

  names(): readonly string[] {
    return [...this.contents.keys()].sort();
  }

  async #call(method: Method, volume: string): Promise<void> {
    this.calls.push(`${method} ${volume}`);
    await this.before(method, volume);
  }

  #volume(name: string) {
    const volume = this.contents.get(name);
    if (!volume) throw new AttituneError('unknown-storage', `There is no volume ${name}.`);
    return volume;
  }
}
