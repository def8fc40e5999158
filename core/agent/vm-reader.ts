import type { Clock } from '../model/clock.js';
import type { Hypervisor } from '../model/hypervisor.js';
import type { VmSummary } from '../model/messages.js';

interface CpuTime {
  readonly at: number;
  readonly seconds: number;
}

/** The VMs of a hypervisor, with what they used since they were read before: one call for all of them. */
export class VmReader {
  #former = new Map<string, CpuTime>();

  constructor(
    private readonly hypervisor: Hypervisor,
    private readonly clock: Clock,
  ) {}

  async read(signal: AbortSignal): Promise<readonly VmSummary[]> {
    const askedAt = this.clock.now();
    const statistics = await this.hypervisor.statistics();
    // an answer that came too late must not become what the next one is compared with
    signal.throwIfAborted();
    const at = (askedAt + this.clock.now()) / 2;
    const former = this.#former;
    this.#former = new Map(statistics.map(({ uuid, cpuSeconds }) => [uuid, { at, seconds: cpuSeconds }]));
    return statistics.map(({ name, uuid, state, memoryMiB, vcpus, cpuSeconds }) => {
      const cpus = rate(former.get(uuid), { at, seconds: cpuSeconds });
      return { name, state, memoryMiB, vcpus, ...(cpus === undefined ? {} : { cpus }) };
    });
  }
}

/** CPUs in use between two readings; none where the counter began anew, as after a migration. */
function rate(former: CpuTime | undefined, latter: CpuTime): number | undefined {
  if (!former || latter.at <= former.at || latter.seconds < former.seconds) return undefined;
  return (latter.seconds - former.seconds) / ((latter.at - former.at) / 1000);
}
