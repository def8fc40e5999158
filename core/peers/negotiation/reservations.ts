import type { PeerReadings, PeerVm } from '../../model/peer.js';

/** Memory that is kept free on this host for VMs that may come, by offer. It is in memory only: a new life begins empty. */
export class Reservations {
  #entries: Map<string, PeerVm> | undefined;
  #version = 0;

  /** Grows with each change, so that a decision is known to be based on what still holds. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get reservedMiB(): number {
    let sum = 0;
    for (const { memoryMiB } of this.#entries?.values() ?? []) sum += memoryMiB;
    return sum;
  }

  /** VMs that may come. */
  get expected(): readonly PeerVm[] {
    return [...(this.#entries?.values() ?? [])];
  }

  /** False, and nothing is reserved, where there is no room for it, or it is expected already. */
  reserve(key: string, vm: PeerVm, readings: PeerReadings): boolean {
    if (this.expects(vm.name) || vm.memoryMiB > this.freeMiB(readings)) return false;
    (this.#entries ??= new Map()).set(key, vm);
    this.#version += 1;
    return true;
  }

  /** Idempotent. */
  free(key: string): void {
    if (this.#entries?.delete(key) === true) this.#version += 1;
    if (this.#entries?.size === 0) this.#entries = undefined;
  }

  expects(vm: string): boolean {
    return this.#entries !== undefined && this.expected.some(({ name }) => name === vm);
  }

  /**
   * Memory that can be filled, without what is reserved. VMs use all of theirs in the end, so what they have not touched
   * yet does not count as free.
   */
  freeMiB({ actualFreeMemory, actualUsedMemory, totalVmMemory }: PeerReadings): number {
    const total = actualFreeMemory + actualUsedMemory;
    return Math.min(actualFreeMemory, total - totalVmMemory) - this.reservedMiB;
  }
}
