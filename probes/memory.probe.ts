import { inject, injectable } from 'inversify';
import { AttituneError } from '../core/model/errors.js';
import type { CgroupLocation, HostAccess } from '../core/model/infrastructure.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { CGROUP_MEMORY } from './sources/cgroup.js';
import type { DomainStatisticsSource } from './sources/domain-statistics.js';
import { readHostFiles } from './sources/host-files.js';
import type { LocalMachine } from './sources/local-machine.js';
import { parseMeminfo, type Meminfo } from './sources/proc.js';
import * as Token from './tokens.js';

/**
 * Memory in use as a share of what there is: of a host, what programs cannot get without swapping; of a VM, what the
 * hypervisor holds for it of what it was given (a guest's own free memory shows only once a balloon gives it back).
 */
@injectable()
export class MemoryProbe implements Probe {
  readonly measure = 'memory';
  readonly description = 'Share of its memory that a host or a VM uses.';
  readonly unit = 'ratio';
  readonly parameters = [];
  readonly metered = true;
  readonly #local: LocalMachine;
  readonly #domains: DomainStatisticsSource;

  constructor(
    @inject(Token.LocalMachine) local: LocalMachine,
    @inject(Token.DomainStatisticsSource) domains: DomainStatisticsSource,
  ) {
    this.#local = local;
    this.#domains = domains;
  }

  attach(target: ProbeTarget): ProbeInstance {
    return {
      read: async (signal) => {
        const host = target.host();
        const domain = target.domain();
        return domain === undefined ? this.#ofHost(host, signal) : this.#ofDomain(target, host, domain);
      },
    };
  }

  async #ofDomain(target: ProbeTarget, host: HostAccess, domain: string): Promise<number> {
    const { statistics } = await this.#domains.read(host, domain, target.clock);
    const { residentMiB, memoryMiB } = statistics;
    if (residentMiB === undefined || !(memoryMiB > 0)) {
      throw new AttituneError(
        'hypervisor',
        `The hypervisor of ${host.name} does not tell how much memory ${domain} uses.`,
      );
    }
    // the process around the guest needs some for itself
    return Math.min(1, residentMiB / memoryMiB);
  }

  async #ofHost(host: HostAccess, signal: AbortSignal): Promise<number> {
    const usage = await host.usage?.();
    if (usage?.memoryUsedMiB !== undefined && usage.memoryTotalMiB) return usage.memoryUsedMiB / usage.memoryTotalMiB;
    if (host.cgroup?.memory !== undefined) return this.#ofCgroup(host, host.cgroup, signal);
    return usedShare(await this.#machine(host, signal));
  }

  async #ofCgroup(host: HostAccess, location: CgroupLocation, signal: AbortSignal): Promise<number> {
    const format = CGROUP_MEMORY[location.version];
    const { usedMiB, limitMiB } = format.parse(await readHostFiles(host, this.#local, format.files(location), signal));
    return usedMiB / (limitMiB ?? (await this.#machine(host, signal)).totalMiB);
  }

  async #machine(host: HostAccess, signal: AbortSignal): Promise<Meminfo> {
    if (host.local) return this.#local.memory();
    const [text = ''] = await readHostFiles(host, this.#local, ['/proc/meminfo'], signal);
    return parseMeminfo(text);
  }
}

function usedShare({ totalMiB, availableMiB }: Meminfo): number {
  return Math.max(0, totalMiB - availableMiB) / totalMiB;
}
