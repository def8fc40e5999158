import { inject, injectable } from 'inversify';
import { AttituneError } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import type { DomainStatisticsSource } from './sources/domain-statistics.js';
import * as Token from './tokens.js';

const BITS_PER_MEGABIT = 1e6;

/** What the network cards of a VM carried. */
interface Carried {
  readonly host: string;
  readonly at: number;
  readonly bytes: number;
}

/** What the VM that a component is, or is inside, sends and receives together, in Mbit/s, as its hypervisor counts it. */
@injectable()
export class TrafficProbe implements Probe {
  readonly measure = 'traffic';
  readonly description = 'What a VM sent and received since the former reading, together.';
  readonly unit = 'Mbit/s';
  readonly parameters = [];
  readonly metered = true;

  constructor(@inject(Token.DomainStatisticsSource) private readonly domains: DomainStatisticsSource) {}

  attach(target: ProbeTarget): ProbeInstance {
    let former: Carried | undefined;
    return {
      read: async (signal) => {
        const latter = await this.#read(target);
        // an answer that came too late must not become what the next one is compared with
        if (signal.aborted) return undefined;
        const rate = megabitsBetween(former, latter);
        former = latter;
        return rate;
      },
    };
  }

  async #read({ component, domain, host, clock }: ProbeTarget): Promise<Carried> {
    const name = domain();
    if (name === undefined)
      throw new AttituneError(
        'operation-failed',
        `${component.name} is not in a VM, and only VMs have a meter of traffic.`,
      );
    const access = host();
    const { at, statistics } = await this.domains.read(access, name, clock);
    const { network } = statistics;
    if (!network) throw new AttituneError('operation-failed', `The hypervisor does not tell the traffic of ${name}.`);
    return { host: access.name, at, bytes: network.receivedBytes + network.sentBytes };
  }
}

/** Counters begin anew on each host, and with each start. */
function megabitsBetween(former: Carried | undefined, latter: Carried): number | undefined {
  if (!former || former.host !== latter.host || latter.at <= former.at || latter.bytes < former.bytes) return undefined;
  return ((latter.bytes - former.bytes) * 8) / BITS_PER_MEGABIT / ((latter.at - former.at) / 1000);
}
