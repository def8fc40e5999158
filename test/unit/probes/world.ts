import { SimulatedClock, type Clock } from '../../../core/model/clock.js';
import { Component } from '../../../core/model/component.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { HttpClient, HttpResponse } from '../../../core/model/executor.js';
import type { DomainStatistics, Hypervisor } from '../../../core/model/hypervisor.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import type { ProbeTarget } from '../../../core/model/probe.js';
import type { CpuCounter } from '../../../probes/sources/counter.js';
import type { LocalMachine } from '../../../probes/sources/local-machine.js';

/** A hypervisor that knows only what is measured, and counts how often it is asked. */
export class MeteredHypervisor {
  domains = new Map<string, Partial<DomainStatistics>>();
  node = { busySeconds: 0, totalSeconds: 0, cpus: 4 };
  asked = 0;
  gate: Promise<void> = Promise.resolve();

  async statistics(): Promise<readonly DomainStatistics[]> {
    this.asked += 1;
    await this.gate;
    return [...this.domains].map(([name, known]) => ({
      name,
      uuid: name,
      state: 'running',
      cpuSeconds: 0,
      vcpus: 1,
      memoryMiB: 384,
      maxMemoryMiB: 384,
      ...known,
    }));
  }
  nodeCpu() {
    return Promise.resolve({ ...this.node });
  }
}

/** A machine made of texts. */
export class TextMachine implements LocalMachine {
  files = new Map<string, string>();
  counter: CpuCounter = { source: 'this machine', at: 0, busySeconds: 0, totalSeconds: 0, capacity: 2 };

  cpu() {
    return Promise.resolve(this.counter);
  }
  cores() {
    return Promise.resolve([this.counter]);
  }
  memory() {
    return Promise.resolve({ totalMiB: 1000, availableMiB: 250 });
  }
  readFile(path: string): Promise<string> {
    const text = this.files.get(path);
    return text === undefined
      ? Promise.reject(new AttituneError('operation-failed', `${path} cannot be read`))
      : Promise.resolve(text);
  }
}

export function host(
  name: string,
  parts: Partial<HostAccess> & { readonly files?: ReadonlyMap<string, string> } = {},
): HostAccess {
  const { files = new Map<string, string>(), ...rest } = parts;
  const executor = { node: name, get: (path: string) => Promise.resolve(files.get(path)) };
  return {
    name,
    address: '10.0.0.1',
    hypervisor: new MeteredHypervisor() as unknown as Hypervisor,
    executor: executor as HostAccess['executor'],
    migrationUri: `qemu+tcp://${name}/system`,
    cpuCapacity: () => 2,
    local: false,
    ...rest,
  };
}

export function target(parts: {
  readonly host: () => HostAccess;
  readonly component?: Component;
  readonly domain?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly respond?: (url: string) => Promise<HttpResponse>;
}): ProbeTarget {
  const http: HttpClient = {
    get: (url) => parts.respond?.(url) ?? Promise.reject(new AttituneError('host-unreachable', url)),
  };
  return {
    component: parts.component ?? new Component({ name: 'host1', className: 'servers', kind: 'host' }),
    host: parts.host,
    domain: () => parts.domain,
    parameters: parts.parameters ?? {},
    clock: parts.clock ?? new SimulatedClock(),
    http,
  };
}

/** A signal that nobody aborts. */
export const patient: AbortSignal = new AbortController().signal;
