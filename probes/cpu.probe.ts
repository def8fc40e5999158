import { inject, injectable } from 'inversify';
import type { Clock } from '../core/model/clock.js';
import { AttituneError } from '../core/model/errors.js';
import type { CgroupLocation, HostAccess } from '../core/model/infrastructure.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { CGROUP_CPU } from './sources/cgroup.js';
import { rateBetween, type CpuCounter } from './sources/counter.js';
import type { DomainStatisticsSource } from './sources/domain-statistics.js';
import { readHostFiles } from './sources/host-files.js';
import type { LocalMachine } from './sources/local-machine.js';
import * as Token from './tokens.js';

/** What a source of a counter may ask. */
interface CpuSourceContext {
  readonly target: ProbeTarget;
  readonly host: HostAccess;
  readonly local: LocalMachine;
  readonly domains: DomainStatisticsSource;
  readonly signal: AbortSignal;
}

/** Starts to read a counter, or does nothing where there is none of its kind. */
type CpuSource = (context: CpuSourceContext) => Promise<CpuCounter> | undefined;

/** Where CPU time is counted; the first that fits is asked. */
const SOURCES: readonly CpuSource[] = [domainCounter, ownMeter, cgroupCounter, localCounter, nodeCounter];

/** The CPU rate of a host, or of the VM that a component is or is inside, as a share of the CPUs it can use. */
@injectable()
export class CpuProbe implements Probe {
  readonly measure = 'cpu';
  readonly description = 'Share of its CPUs that a host or a VM used since the former reading.';
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
    let former: CpuCounter | undefined;
    return {
      read: async (signal) => {
        const context = { target, host: target.host(), local: this.#local, domains: this.#domains, signal };
        const latter = await readFirst(context);
        // an answer that came too late must not become what the next one is compared with
        if (signal.aborted) return undefined;
        const rate = rateBetween(former, latter);
        former = latter;
        return rate;
      },
    };
  }
}

async function readFirst(context: CpuSourceContext): Promise<CpuCounter> {
  for (const source of SOURCES) {
    const counter = source(context);
    if (counter) return counter;
  }
  throw new AttituneError('operation-failed', `Nothing counts the CPU time of ${context.target.component.name}.`);
}

function domainCounter({ target, host, domains }: CpuSourceContext): Promise<CpuCounter> | undefined {
  const domain = target.domain();
  return domain === undefined ? undefined : readDomain(host, domain, domains, target.clock);
}

async function readDomain(
  host: HostAccess,
  domain: string,
  domains: DomainStatisticsSource,
  clock: Clock,
): Promise<CpuCounter> {
  const { at, statistics } = await domains.read(host, domain, clock);
  // the counter starts anew on each host, so that the host is part of what was counted
  return { source: `${domain} on ${host.name}`, at, busySeconds: statistics.cpuSeconds, capacity: statistics.vcpus };
}

function ownMeter({ host }: CpuSourceContext): Promise<CpuCounter> | undefined {
  return host.usage?.().then((usage) => ({
    source: `meter of ${host.name}`,
    at: usage.at,
    busySeconds: usage.cpuBusySeconds,
    capacity: usage.cpuCapacity,
  }));
}

function cgroupCounter({ host, local, target, signal }: CpuSourceContext): Promise<CpuCounter> | undefined {
  return host.cgroup && readCgroup(host, host.cgroup, local, target.clock, signal);
}

async function readCgroup(
  host: HostAccess,
  location: CgroupLocation,
  local: LocalMachine,
  clock: Clock,
  signal: AbortSignal,
): Promise<CpuCounter> {
  const format = CGROUP_CPU[location.version];
  const texts = await readHostFiles(host, local, format.files(location), signal);
  const { busySeconds, quotaCpus } = format.parse(texts);
  return { source: `cgroup of ${host.name}`, at: clock.now(), busySeconds, capacity: quotaCpus ?? host.cpuCapacity() };
}

function localCounter({ host, local }: CpuSourceContext): Promise<CpuCounter> | undefined {
  return host.local ? local.cpu() : undefined;
}

async function nodeCounter({ host, target }: CpuSourceContext): Promise<CpuCounter> {
  const { busySeconds, totalSeconds, cpus } = await host.hypervisor.nodeCpu();
  return { source: `node ${host.name}`, at: target.clock.now(), busySeconds, totalSeconds, capacity: cpus };
}
