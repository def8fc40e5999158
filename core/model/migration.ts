/** Migrations of virtual machines from one host to another. */

export interface MigrationProgress {
  readonly domain: string;
  readonly elapsedMs: number;
  readonly processedBytes: number;
  readonly remainingBytes: number;
  readonly totalBytes: number;
  /** Pre-copy rounds so far, where known. */
  readonly iteration?: number;
  /** Pages dirtied per second times the page size, in bytes per second, where known. */
  readonly dirtyBytesPerSecond?: number;
  /** How much the guest's CPUs are slowed down so that copying keeps up, in [0, 1]. */
  readonly throttle?: number;
  /** True once the guest runs on the target and fetches what is missing: such a migration cannot be aborted. */
  readonly postCopy?: boolean;
}

export interface MigrationOptions {
  readonly onProgress?: (progress: MigrationProgress) => void;
  /** Aborts the migration; the domain stays on its source, and `migrate` rejects with `migration-aborted`. */
  readonly signal?: AbortSignal;
  /** Copies no faster than this; default: as fast as it goes. */
  readonly bandwidthMiBps?: number;
  /** How long the guest may stand still, as the hypervisor predicts it; default: the hypervisor's own (300 ms for QEMU). */
  readonly maxDowntimeMs?: number;
  /** A migration that takes longer is aborted, and rejects with `migration-timeout`; default: no limit. */
  readonly timeoutMs?: number;
  /** Slows the guest's CPUs down where it dirties memory faster than that is copied. Default true. */
  readonly autoConverge?: boolean;
  /**
   * From when on the guest may be switched to post-copy, in ms after the begin, if the copy does not converge; absent:
   * never. During post-copy the guest depends on both hosts and the link: where one dies, the guest is lost.
   */
  readonly postCopyAfterMs?: number;
}

/** Where to migrate to: how the *source* daemon reaches the target's, peer to peer. */
export interface MigrationTarget {
  readonly host: string;
  readonly uri: string;
}

export interface MigrationOutcome {
  /** `offline`: the definition of a domain that does not run was moved. */
  readonly mode: 'live' | 'post-copy' | 'offline';
  readonly elapsedMs: number;
  /** How long the guest stood still, by the hypervisor's own measure. */
  readonly downtimeMs: number;
  readonly transferredBytes: number;
  readonly iterations?: number;
}
