import { fixedAddresses, goneMeanwhile, LABELS } from '../../../wrappers/vm/identity/index.js';
import type { VmHost } from '../../../wrappers/hosts/index.js';
import { delay, type Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Domain, DomainStatistics } from '../../model/hypervisor.js';
import type { Fleet, SilentHost } from './fleet.js';

/** A virtual machine as `vm list` shows it. */
export interface VmRow {
  readonly name: string;
  readonly host: string;
  readonly state: string;
  readonly uuid: string;
  readonly persistent: boolean;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Of one CPU, over the last moment: 200 for two that are busy. Absent where it does not run. */
  readonly cpuPercent?: number;
  readonly addresses: readonly string[];
  readonly image?: string;
}

const SAMPLE_MS = 500;

export interface VmList {
  readonly vms: readonly VmRow[];
  /** Hosts that do not answer, those that stopped answering meanwhile included. */
  readonly silent: readonly SilentHost[];
}

/** Every virtual machine of every host that answers, by name. */
export async function listVms({ hosts, silent, clock }: Fleet): Promise<VmList> {
  const lost: SilentHost[] = [];
  const rows = await Promise.all(
    hosts.map((host) =>
      rowsOf(host, clock).catch((error: unknown) => {
        if (!AttituneError.is(error, 'host-unreachable')) throw error;
        lost.push({ name: host.name, uri: host.hypervisor.uri, error });
        return [];
      }),
    ),
  );
  const vms = rows
    .flat()
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }) || a.host.localeCompare(b.host));
  return { vms, silent: [...silent, ...lost] };
}

async function rowsOf(host: VmHost, clock: Clock): Promise<readonly VmRow[]> {
  const { hypervisor } = host;
  const [domains, before] = [await hypervisor.list(), await hypervisor.statistics()];
  const from = clock.now();
  // what is asked anyway fills the time between the two samples
  const known = Promise.all(domains.map((domain) => rowOf(host, domain)));
  known.catch(() => undefined);
  if (before.length > 0) await delay(clock, SAMPLE_MS);
  const after = before.length > 0 ? await hypervisor.statistics() : [];
  const seconds = (clock.now() - from) / 1000;
  return (await known)
    .filter((row) => row !== undefined)
    .map((row) => ({ ...row, ...running(row.uuid, before, after, seconds) }));
}

/** `undefined` where it is gone meanwhile. */
async function rowOf({ name: host, hypervisor }: VmHost, domain: Domain): Promise<VmRow | undefined> {
  const { name, uuid, state, persistent } = domain;
  const details = await hypervisor.describe(name).catch(goneMeanwhile);
  if (!details) return undefined;
  const { description } = details;
  const image = description.labels?.[LABELS.image];
  const fixed = [...new Set(fixedAddresses(details))];
  // a guest that boots, or has no agent, tells none
  const asked = fixed.length > 0 || state !== 'running' ? [] : await hypervisor.addresses(name).catch(() => []);
  return {
    name,
    host,
    state,
    uuid,
    persistent,
    vcpus: description.vcpus,
    memoryMiB: description.memoryMiB,
    addresses: fixed.length > 0 ? fixed : asked,
    ...(image === undefined ? {} : { image }),
  };
}

/** What its present run says: scaled sizes, and its CPU. */
function running(
  uuid: string,
  before: readonly DomainStatistics[],
  after: readonly DomainStatistics[],
  seconds: number,
): Pick<VmRow, 'cpuPercent'> & Partial<Pick<VmRow, 'vcpus' | 'memoryMiB'>> {
  const [first, last] = [before, after].map((all) => all.find((one) => one.uuid === uuid));
  if (!last) return {};
  const { vcpus, memoryMiB } = last;
  if (!first || seconds <= 0) return { vcpus, memoryMiB };
  const cpuPercent = Math.max(0, Math.round((1000 * (last.cpuSeconds - first.cpuSeconds)) / seconds) / 10);
  return { vcpus, memoryMiB, cpuPercent };
}
