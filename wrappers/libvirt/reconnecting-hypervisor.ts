import type {
  ConnectionChange,
  CpuComparison,
  Domain,
  DomainDescription,
  DomainDetails,
  DomainEvent,
  DomainSize,
  DomainStatistics,
  HostCapabilities,
  HostNetwork,
  Hypervisor,
  MigrationOptions,
  MigrationOutcome,
  MigrationProgress,
  MigrationTarget,
  Subscription,
} from '../../core/model/hypervisor.js';
import type { Storage, StoragePool, TransferOptions, Volume, VolumeDescription } from '../../core/model/storage.js';
import { ConnectionKeeper, type ReconnectOptions } from './connection-keeper.js';

export type { ReconnectOptions } from './connection-keeper.js';

/**
 * A hypervisor whose connection is made again whenever it is lost, with growing pauses, until it is closed. Subscriptions
 * last. While there is no connection every call rejects at once with `host-unreachable`, which says since when and when it
 * is tried again. When it is back the domains are read again, and what changed meanwhile is told as events of the detail
 * `missed` before `onConnection` tells that it is connected: who follows the events knows what `list` would tell.
 */
export class ReconnectingHypervisor implements Hypervisor {
  readonly host: string;
  readonly uri: string;
  readonly storage: Storage;
  readonly #keeper: ConnectionKeeper;

  private constructor({ host, uri }: ReconnectOptions, keeper: ConnectionKeeper) {
    this.host = host;
    this.uri = uri;
    this.#keeper = keeper;
    this.storage = new ForwardedStorage(keeper);
  }

  /** Rejects with what the first connection fails with; with `startLost` it begins lost instead. */
  static async open(options: ReconnectOptions, signal?: AbortSignal): Promise<ReconnectingHypervisor> {
    const keeper = new ConnectionKeeper(options);
    await keeper.open(signal);
    return new ReconnectingHypervisor(options, keeper);
  }

  /** Whether calls can be made now. */
  get connected(): boolean {
    return this.#keeper.connected;
  }

  capabilities(): Promise<HostCapabilities> {
    return this.#keeper.call((hypervisor) => hypervisor.capabilities());
  }
  nodeCpu(): Promise<{ readonly busySeconds: number; readonly totalSeconds: number; readonly cpus: number }> {
    return this.#keeper.call((hypervisor) => hypervisor.nodeCpu());
  }
  nodeMemory(): Promise<{ readonly totalMiB: number; readonly freeMiB: number }> {
    return this.#keeper.call((hypervisor) => hypervisor.nodeMemory());
  }
  networks(): Promise<readonly HostNetwork[]> {
    return this.#keeper.call((hypervisor) => hypervisor.networks());
  }

  list(): Promise<readonly Domain[]> {
    return this.#keeper.call((hypervisor) => hypervisor.list());
  }
  describe(name: string): Promise<DomainDetails> {
    return this.#keeper.call((hypervisor) => hypervisor.describe(name));
  }
  statistics(): Promise<readonly DomainStatistics[]> {
    return this.#keeper.call((hypervisor) => hypervisor.statistics());
  }
  addresses(name: string): Promise<readonly string[]> {
    return this.#keeper.call((hypervisor) => hypervisor.addresses(name));
  }

  create(description: DomainDescription): Promise<Domain> {
    return this.#keeper.call((hypervisor) => hypervisor.create(description));
  }
  define(description: DomainDescription): Promise<Domain> {
    return this.#keeper.call((hypervisor) => hypervisor.define(description));
  }
  start(name: string): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.start(name));
  }
  undefine(name: string): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.undefine(name));
  }
  setAutostart(name: string, autostart: boolean): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.setAutostart(name, autostart));
  }
  shutdown(name: string): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.shutdown(name));
  }
  reboot(name: string): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.reboot(name));
  }
  destroy(name: string): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.destroy(name));
  }
  suspend(name: string): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.suspend(name));
  }
  resume(name: string): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.resume(name));
  }
  scale(name: string, size: Partial<DomainSize>): Promise<DomainSize> {
    return this.#keeper.call((hypervisor) => hypervisor.scale(name, size));
  }
  setCpuWeight(name: string, weight: number): Promise<void> {
    return this.#keeper.call((hypervisor) => hypervisor.setCpuWeight(name, weight));
  }

  cpuOf(name: string): Promise<string | undefined> {
    return this.#keeper.call((hypervisor) => hypervisor.cpuOf(name));
  }
  compareCpu(cpu: string): Promise<CpuComparison> {
    return this.#keeper.call((hypervisor) => hypervisor.compareCpu(cpu));
  }
  migrate(name: string, target: MigrationTarget, options?: MigrationOptions): Promise<MigrationOutcome> {
    return this.#keeper.call((hypervisor) => hypervisor.migrate(name, target, options));
  }
  migrationOf(name: string): Promise<MigrationProgress | undefined> {
    return this.#keeper.call((hypervisor) => hypervisor.migrationOf?.(name) ?? Promise.resolve(undefined));
  }
  guestAgent(
    name: string,
    command: { readonly execute: string; readonly arguments?: unknown },
    timeoutMs?: number,
  ): Promise<unknown> {
    return this.#keeper.call((hypervisor) => hypervisor.guestAgent(name, command, timeoutMs));
  }

  /** Lasts over losses; also made while there is no connection. */
  onDomainEvent(listener: (event: DomainEvent) => void): Promise<Subscription> {
    return Promise.resolve(this.#keeper.onDomainEvent(listener));
  }
  onConnection(listener: (change: ConnectionChange) => void): Subscription {
    return this.#keeper.onConnection(listener);
  }
  close(): Promise<void> {
    return this.#keeper.close();
  }
}

/** The storage of whatever connection there is. */
class ForwardedStorage implements Storage {
  constructor(private readonly keeper: ConnectionKeeper) {}

  pools(): Promise<readonly StoragePool[]> {
    return this.keeper.call(({ storage }) => storage.pools());
  }
  ensureFolderPool(name: string, path: string): Promise<StoragePool> {
    return this.keeper.call(({ storage }) => storage.ensureFolderPool(name, path));
  }
  volumes(pool: string): Promise<readonly Volume[]> {
    return this.keeper.call(({ storage }) => storage.volumes(pool));
  }
  createVolume(pool: string, description: VolumeDescription): Promise<Volume> {
    return this.keeper.call(({ storage }) => storage.createVolume(pool, description));
  }
  copyVolume(pool: string, from: string, description: VolumeDescription, options?: TransferOptions): Promise<Volume> {
    return this.keeper.call(({ storage }) => storage.copyVolume(pool, from, description, options));
  }
  upload(pool: string, name: string, file: string, options?: TransferOptions): Promise<void> {
    return this.keeper.call(({ storage }) => storage.upload(pool, name, file, options));
  }
  resizeVolume(pool: string, name: string, capacityBytes: number): Promise<void> {
    return this.keeper.call(({ storage }) => storage.resizeVolume(pool, name, capacityBytes));
  }
  deleteVolume(pool: string, name: string): Promise<void> {
    return this.keeper.call(({ storage }) => storage.deleteVolume(pool, name));
  }
}
