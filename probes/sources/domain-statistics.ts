import { injectable } from 'inversify';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainStatistics, Hypervisor } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';

/** One answer of a hypervisor about all its domains. */
interface StatisticsRound {
  /** The middle of the time that the answer took, in milliseconds since the epoch. */
  readonly at: number;
  readonly domains: readonly DomainStatistics[];
}

interface Asked {
  readonly startedAt: number;
  readonly answer: Promise<StatisticsRound>;
  open: boolean;
}

/** An answer serves everybody who asks this soon after: all probes of one round. */
const FRESH_MS = 100;
/** A call that is still open after this long is given up: the next one who asks starts a new one. */
const PATIENCE_MS = 5000;

/** Asks each host once for all its domains, however many of them are measured in the same round. */
@injectable()
export class DomainStatisticsSource {
  readonly #asked = new WeakMap<Hypervisor, Asked>();

  /** Rejects with `domain-not-found` where the domain does not run on that host, as for a moment during its migration. */
  async read(
    host: HostAccess,
    domain: string,
    clock: Clock,
  ): Promise<{ readonly at: number; readonly statistics: DomainStatistics }> {
    const { at, domains } = await this.#ask(host.hypervisor, clock);
    const statistics = domains.find((candidate) => candidate.name === domain);
    if (!statistics) throw new AttituneError('domain-not-found', `${domain} does not run on ${host.name} now.`);
    return { at, statistics };
  }

  #ask(hypervisor: Hypervisor, clock: Clock): Promise<StatisticsRound> {
    const now = clock.now();
    const former = this.#asked.get(hypervisor);
    const age = former ? now - former.startedAt : Infinity;
    if (former && age >= 0 && age < (former.open ? PATIENCE_MS : FRESH_MS)) return former.answer;
    const asked: Asked = { startedAt: now, open: true, answer: askHypervisor(hypervisor, clock, now) };
    const close = () => {
      asked.open = false;
    };
    asked.answer.then(close, close);
    this.#asked.set(hypervisor, asked);
    return asked.answer;
  }
}

async function askHypervisor(hypervisor: Hypervisor, clock: Clock, startedAt: number): Promise<StatisticsRound> {
  const domains = await hypervisor.statistics();
  return { at: (startedAt + clock.now()) / 2, domains };
}
