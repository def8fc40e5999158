import { HISTORY, type Fleet } from '../fleet.js';

/**
 * Of each VM the samples up to its oldest that is not 0; a host's history reaches as far back as the longest of its VMs'.
 */
export class HistoryLengths {
  readonly ofVm: Uint8Array;
  readonly ofHost: Uint8Array;
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.ofVm = new Uint8Array(fleet.vms);
    this.ofHost = new Uint8Array(fleet.hosts);
  }

  begin(): void {
    const { vms, history, ticks } = this.#fleet;
    for (let vm = 0; vm < vms; vm += 1) {
      let length = Math.min(HISTORY, ticks);
      while (length > 0 && history[(length - 1) * vms + vm] === 0) length -= 1;
      this.ofVm[vm] = length;
    }
  }

  refresh(host: number, vms: readonly number[]): void {
    let length = 0;
    for (const vm of vms) length = Math.max(length, this.ofVm[vm]!);
    this.ofHost[host] = length;
  }

  with(host: number, vm: number): number {
    return Math.max(this.ofHost[host]!, this.ofVm[vm]!);
  }
}
