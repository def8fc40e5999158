/** The statistics of all domains of a host in one call, and the list of domains, which is the least part of them. */
import { AttituneError } from '../../core/model/errors.js';
import type { Domain, DomainStatistics } from '../../core/model/hypervisor.js';
import {
  virConnectGetAllDomainStatsFlags as FLAGS,
  virDomainStatsTypes as STATS,
  virErrorNumber,
} from './constants.js';
import { virConnectListAllDomainsFlags as LIST } from './definition-constants.js';
import { domainState, stateOfDomain } from './domain.js';
import { libvirtCode } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';
import { numberOf } from './typed-parameters.js';
import type { ParameterTable } from './typed-parameters.js';

const ALL_STATISTICS =
  STATS.VIR_DOMAIN_STATS_STATE |
  STATS.VIR_DOMAIN_STATS_CPU_TOTAL |
  STATS.VIR_DOMAIN_STATS_BALLOON |
  STATS.VIR_DOMAIN_STATS_VCPU |
  STATS.VIR_DOMAIN_STATS_INTERFACE |
  STATS.VIR_DOMAIN_STATS_BLOCK;

/** Every domain, active or only defined, with its state. */
export async function listDomains(connection: RpcConnection): Promise<readonly Domain[]> {
  const [states, { domains }] = await Promise.all([
    statesOfDomains(connection),
    connection.call(remoteProcedures.connectListAllDomains, {
      needResults: 1,
      flags: LIST.VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
    }),
  ]);
  const persistent = new Set(domains.map(({ uuid }) => uuid));
  return states.map((domain) => ({ ...domain, persistent: persistent.has(domain.uuid) }));
}

async function statesOfDomains(connection: RpcConnection): Promise<readonly Omit<Domain, 'persistent'>[]> {
  const records = await domainRecords(connection, STATS.VIR_DOMAIN_STATS_STATE, 0);
  if (records) {
    return records.map(({ dom, params }) => ({
      name: dom.name,
      uuid: dom.uuid,
      state: domainState(numberOf(params, 'state.state') ?? 0),
    }));
  }
  const { domains } = await connection.call(remoteProcedures.connectListAllDomains, { needResults: 1, flags: 0 });
  return eachThatIsThere(domains, async (dom) => ({
    name: dom.name,
    uuid: dom.uuid,
    state: await stateOfDomain(connection, dom),
  }));
}

/**
 * The statistics of every active domain. A domain whose QEMU is busy is not waited for: what only QEMU itself could
 * tell of it is left out then.
 */
export async function domainStatistics(connection: RpcConnection): Promise<readonly DomainStatistics[]> {
  const records =
    (await activeRecords(connection)) ??
    (
      await connection.call(remoteProcedures.connectListAllDomains, {
        needResults: 1,
        flags: LIST.VIR_CONNECT_LIST_DOMAINS_ACTIVE,
      })
    ).domains.map((dom) => ({ dom, params: new Map() }));
  const read = ({ dom, params }: DomainRecord) => readStatistics(dom.name, dom.uuid, params);
  if (records.every(({ params }) => params.has('balloon.current'))) return records.map(read);
  return eachThatIsThere(records, async ({ dom, params }) => {
    if (params.has('balloon.current')) return read({ dom, params });
    return read({ dom, params: new Map([...params, ...(await basicParameters(connection, dom))]) });
  });
}

/** What the driver tells of all active domains in one call; `undefined` where it knows no such call. */
export function activeRecords(connection: RpcConnection): Promise<readonly DomainRecord[] | undefined> {
  const flags = FLAGS.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | FLAGS.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
  return domainRecords(connection, ALL_STATISTICS, flags);
}

interface DomainRecord {
  readonly dom: RemoteDomain;
  readonly params: ParameterTable;
}

/** Connections whose driver, such as that of Xen, tells statistics of each domain by itself alone. */
const singly = new WeakSet<RpcConnection>();

async function domainRecords(
  connection: RpcConnection,
  stats: number,
  flags: number,
): Promise<readonly DomainRecord[] | undefined> {
  if (singly.has(connection)) return undefined;
  try {
    return (await connection.call(remoteProcedures.connectGetAllDomainStats, { doms: [], stats, flags })).records;
  } catch (error) {
    if (libvirtCode(error) !== virErrorNumber.VIR_ERR_NO_SUPPORT) throw error;
    singly.add(connection);
    return undefined;
  }
}

/** What is asked of each, without those that have gone since they were listed. */
async function eachThatIsThere<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<readonly R[]> {
  const answers = await Promise.all(
    all.map((one) =>
      ask(one).then(
        (answer) => [answer],
        (error: unknown) => {
          if (AttituneError.is(error, 'domain-not-found')) return [];
          throw error;
        },
      ),
    ),
  );
  return answers.flat();
}

/** What a driver that knows no statistics but the state, such as libvirt's `test`, tells of a domain all the same. */
async function basicParameters(connection: RpcConnection, dom: RemoteDomain): Promise<ParameterTable> {
  const info = await connection.call(remoteProcedures.domainGetInfo, { dom });
  return new Map([
    ['state.state', info.state],
    ['cpu.time', Number(info.cpuTime)],
    ['vcpu.current', info.nrVirtCpu],
    ['balloon.current', Number(info.memory)],
    ['balloon.maximum', Number(info.maxMem)],
  ]);
}

/** One domain's statistics from libvirt's parameters: nanoseconds, KiB and bytes there. */
export function readStatistics(name: string, uuid: string, table: ParameterTable): DomainStatistics {
  const kibibytes = (field: string) => {
    const value = numberOf(table, field);
    return value === undefined ? undefined : value / 1024;
  };
  // whole MiB, as domains are described: emulated guests have 8 KiB more than they were given (see domain-xml.ts)
  const wholeMiB = (name: string) => Math.round(kibibytes(name) ?? 0);
  const memoryMiB = wholeMiB('balloon.current');
  const residentMiB = kibibytes('balloon.rss');
  const received = sumOf(table, 'net', 'rx.bytes');
  const sent = sumOf(table, 'net', 'tx.bytes');
  const read = sumOf(table, 'block', 'rd.bytes');
  const written = sumOf(table, 'block', 'wr.bytes');
  return {
    name,
    uuid,
    state: domainState(numberOf(table, 'state.state') ?? 0),
    cpuSeconds: (numberOf(table, 'cpu.time') ?? 0) / 1e9,
    vcpus: numberOf(table, 'vcpu.current') ?? 0,
    memoryMiB,
    maxMemoryMiB: wholeMiB('balloon.maximum') || memoryMiB,
    ...(residentMiB !== undefined && { residentMiB }),
    ...(received !== undefined && sent !== undefined && { network: { receivedBytes: received, sentBytes: sent } }),
    ...(read !== undefined && written !== undefined && { block: { readBytes: read, writtenBytes: written } }),
  };
}

/** The sum over all devices of a kind, or `undefined` where none tells it. */
function sumOf(table: ParameterTable, kind: 'net' | 'block', field: string): number | undefined {
  let sum: number | undefined;
  for (let index = 0; index < (numberOf(table, `${kind}.count`) ?? 0); index += 1) {
    const value = numberOf(table, `${kind}.${index}.${field}`);
    if (value !== undefined) sum = (sum ?? 0) + value;
  }
  return sum;
}
