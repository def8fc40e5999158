import type { HostEntry } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';
import type { HostCapabilities, Hypervisor } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import { parseInteger } from '../../core/model/quantity.js';
import type { SshDestination } from '../language/executors/ssh-connection.js';
import { SshExecutor } from '../language/executors/ssh.js';
import { parseLibvirtUri } from '../libvirt/index.js';
import { NoHypervisor } from './no-hypervisor.js';

/** How commands reach a libvirt host by `ssh`. */
export interface SshWay {
  readonly destination: SshDestination;
  /** True where the deployment asks for it; false where it is only known to work, since libvirt is reached so. */
  readonly wanted: boolean;
}

const SSH_URI = /^ssh:\/\/(?:([A-Za-z0-9._-]+)@)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d{1,5}))?\/?$/;

/** The host of `ssh://[USER@]ADDRESS[:PORT]`, a machine without a hypervisor that needs no agent; `undefined` for other URIs. */
export function sshDestination(uri: string): SshDestination | undefined {
  const [, user, address, port] = SSH_URI.exec(uri) ?? [];
  if (address === undefined) return undefined;
  return {
    address: address.replace(/^\[(.*)\]$/, '$1'),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/**
 * The way to a libvirt host by `ssh`: where its attribute `executor` is `ssh`, or its libvirt is reached so. Throws `value`
 * for wrong attributes.
 */
export function sshWay(entry: HostEntry): SshWay | undefined {
  const { name, uri, attributes, place } = entry;
  const { executor } = attributes;
  if (executor !== undefined && executor !== 'ssh')
    throw new AttituneError('value', `The host ${name} has executor="${executor}": it can only be "ssh".`, { place });
  const { endpoint } = parseLibvirtUri(uri);
  if (endpoint.kind === 'unix' || (endpoint.kind !== 'ssh' && executor === undefined)) return undefined;
  const known: SshDestination = { address: endpoint.host, ...(endpoint.kind === 'ssh' ? endpoint : {}) };
  return { destination: withAttributes(known, entry), wanted: executor === 'ssh' };
}

/** The same with what the attributes `user`, `port`, `keyfile` and `knownHosts` of the host say. Throws `value`. */
export function withAttributes(known: SshDestination, { attributes, place }: HostEntry): SshDestination {
  const { user = known.user, keyfile = known.keyfile, knownHosts = known.knownHosts } = attributes;
  const port = attributes['port'] === undefined ? known.port : parseInteger(attributes['port'], place, PORTS);
  const { address, hostKeys, command } = known;
  return {
    address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(keyfile === undefined ? {} : { keyfile }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
    ...(hostKeys === undefined ? {} : { hostKeys }),
    ...(command === undefined ? {} : { command }),
  };
}

const PORTS = { min: 1, max: 65_535 };

/** A machine without a hypervisor that is reached by `ssh`. */
export function sshHost(entry: HostEntry, known: SshDestination): HostAccess {
  const { name, uri } = entry;
  const executor = new SshExecutor(name, withAttributes(known, entry));
  const machine = new SshMachine(name, uri, executor);
  return {
    name,
    address: known.address,
    hypervisor: machine,
    executor,
    migrationUri: uri,
    cpuCapacity: () => machine.cpus ?? 0,
    local: false,
  };
}

/** Ends the connections of those hosts that are reached by `ssh`; what runs there goes on. */
export async function closeSsh(hosts: readonly HostAccess[]): Promise<void> {
  const all = hosts.flatMap(({ executor }) => (executor instanceof SshExecutor ? [executor.close()] : []));
  await Promise.allSettled(all);
}

/** Source: proc(5). `/proc/stat` counts in hundredths of a second; its first line is of all CPUs. */
class SshMachine extends NoHypervisor {
  cpus: number | undefined;

  constructor(
    host: string,
    uri: string,
    private readonly executor: Executor,
  ) {
    super(host, uri);
  }

  /** Rejects with `host-unreachable`. */
  override async capabilities(): Promise<HostCapabilities> {
    const { cpus } = await this.nodeCpu();
    const { totalMiB } = await this.nodeMemory();
    return { ...(await super.capabilities()), cpus, memoryMiB: Math.floor(totalMiB) };
  }

  override readonly nodeCpu: Hypervisor['nodeCpu'] = async () => {
    const lines = (await this.#file('/proc/stat')).split('\n');
    // user, nice, system, idle, iowait, irq, softirq, steal; what guests use is in the first two
    const counters = (lines[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
    const total = counters.reduce((sum, each) => sum + each, 0);
    const idle = (counters[3] ?? 0) + (counters[4] ?? 0);
    const cpus = lines.filter((line) => /^cpu\d/.test(line)).length;
    if (!(total > 0) || cpus === 0) throw this.#unreadable('/proc/stat');
    this.cpus = cpus;
    return { busySeconds: (total - idle) / 100, totalSeconds: total / 100, cpus };
  };

  override readonly nodeMemory: Hypervisor['nodeMemory'] = async () => {
    const text = await this.#file('/proc/meminfo');
    const kib = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? NaN);
    const [totalMiB, freeMiB] = [kib('MemTotal') / 1024, kib('MemAvailable') / 1024];
    if (!(totalMiB > 0) || !(freeMiB >= 0)) throw this.#unreadable('/proc/meminfo');
    return { totalMiB, freeMiB };
  };

  async #file(path: string): Promise<string> {
    return (await this.executor.get(path)) ?? '';
  }

  #unreadable(path: string): AttituneError {
    return new AttituneError('protocol', `${path} of ${this.host} does not hold what the kernel writes there.`);
  }
}
