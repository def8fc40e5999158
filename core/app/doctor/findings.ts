import { EXPIRY_WARNING_DAYS, validity, type CertificateFacts } from '../../pki/index.js';
import { MIGRATION_PORTS, type LibvirtSettings } from './libvirt-files.js';

/** One thing that the doctor looked at, on one host. */
export interface Finding {
  readonly host: string;
  readonly check: string;
  /** `unknown`: it cannot be told from here; the advice says what to look at. */
  readonly state: 'ok' | 'warn' | 'fail' | 'unknown';
  readonly detail: string;
  readonly advice?: string;
}

/** What could not be found out, and why. */
export interface Problem {
  readonly problem: string;
}

/** What the doctor judges of one host. */
export interface HostFacts {
  readonly name: string;
  readonly uri: string;
  /** By which way it is reached. */
  readonly transport: 'unix' | 'tcp' | 'tls' | 'ssh';
  /** Absent: the server's certificate is not checked. */
  readonly verified: boolean;
  readonly connection: ConnectionFacts | Problem;
  /** Absent: it is reached without TLS. */
  readonly certificates?: { readonly server: CertificateFacts; readonly client: CertificateFacts } | Problem;
  /** Absent: they are on another machine. */
  readonly settings?: LibvirtSettings | Problem;
}

export interface ConnectionFacts {
  readonly hostUuid: string;
  readonly version: string;
  readonly domainTypes: readonly string[];
  readonly pool: { readonly name: string; readonly place: string; readonly freeMiB: number } | Problem;
  readonly network: { readonly name: string; readonly state: 'active' | 'inactive' | 'missing' | 'untold' } | Problem;
}

type Judgement = Omit<Finding, 'host' | 'check'>;
type Check = (host: HostFacts, all: readonly HostFacts[], now: Date) => Judgement | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  connection,
  encryption,
  certificates,
  identity,
  virtualisation,
  'storage pool': storagePool,
  network,
  'lock manager': lockManager,
  'migration ports': migrationPorts,
};

/** Room for a guest image and a small disk. */
const POOL_MIB = 2048;

/** Judges the facts; pure. What does not apply to a host is left out. */
export function hostFindings(hosts: readonly HostFacts[], now: Date): readonly Finding[] {
  return hosts.flatMap((host) =>
    Object.entries(CHECKS).flatMap(([check, judge]) => {
      const found = judge(host, hosts, now);
      return found ? [{ host: host.name, check, ...found }] : [];
    }),
  );
}

function connection({ connection: facts, uri }: HostFacts): Judgement {
  if ('problem' in facts) return { state: 'fail', detail: facts.problem, advice: `Mend that first: ${uri}` };
  return { state: 'ok', detail: `${facts.version}, by ${uri.replace(/\?.*$/, '')}` };
}

function encryption({ transport, verified }: HostFacts): Judgement | undefined {
  if (transport === 'tcp')
    return {
      state: 'warn',
      detail: 'none: whoever reaches the port commands the host',
      advice: 'Use qemu+tls:// with certificates: attitune pki init, attitune pki issue HOST.',
    };
  if (verified) return undefined;
  return { state: 'warn', detail: 'with anybody: no_verify is set', advice: 'Leave no_verify out of the URI.' };
}

function certificates(
  { certificates: facts }: HostFacts,
  _all: readonly HostFacts[],
  now: Date,
): Judgement | undefined {
  if (!facts) return undefined;
  if ('problem' in facts)
    return { state: 'fail', detail: facts.problem, advice: 'Issue new ones: attitune pki issue.' };
  const sides = [
    { whose: "the host's", again: `attitune pki issue ${facts.server.name}`, ...facts.server },
    { whose: 'ours', again: `attitune pki issue --client "${facts.client.name}"`, ...facts.client },
  ];
  const [first] = sides.sort((one, other) => one.validTo.getTime() - other.validTo.getTime());
  if (!first) return undefined;
  const day = first.validTo.toISOString().slice(0, 10);
  const left = validity(first, now);
  if (left === 'valid') return { state: 'ok', detail: `valid until ${day}` };
  const detail = `${first.whose} ("${first.name}") ${left === 'expired' ? 'expired' : `expires within ${EXPIRY_WARNING_DAYS} days,`} on ${day}`;
  return { state: left === 'expires-soon' ? 'warn' : 'fail', detail, advice: `Issue a new one: ${first.again}` };
}

/** libvirt refuses to migrate between two daemons of one identity, which copies of one installation have. */
function identity({ name, connection: facts }: HostFacts, all: readonly HostFacts[]): Judgement | undefined {
  if ('problem' in facts) return undefined;
  const same = all.filter(
    (other) => other.name !== name && !('problem' in other.connection) && other.connection.hostUuid === facts.hostUuid,
  );
  if (same.length === 0) return undefined;
  return {
    state: 'fail',
    detail: `the same as that of ${same.map((other) => other.name).join(', ')}, so that nothing can migrate between them`,
    advice: 'If they are two machines: set a host_uuid of its own in /etc/libvirt/libvirtd.conf (uuidgen makes one).',
  };
}

function virtualisation({ connection: facts }: HostFacts): Judgement | undefined {
  if ('problem' in facts) return undefined;
  const [fastest] = facts.domainTypes;
  if (fastest === undefined)
    return { state: 'fail', detail: 'no virtual machine can run there', advice: 'Install qemu-system-x86 there.' };
  if (fastest !== 'qemu') return { state: 'ok', detail: fastest };
  return {
    state: 'warn',
    detail: 'software emulation, many times slower',
    advice: 'Switch hardware virtualisation on in the firmware, and load the module kvm_intel or kvm_amd.',
  };
}

function storagePool({ connection: facts }: HostFacts): Judgement | undefined {
  if ('problem' in facts) return undefined;
  const { pool } = facts;
  if ('problem' in pool)
    return { state: 'fail', detail: pool.problem, advice: 'attitune host pools shows those there are.' };
  const detail = `${pool.name} (${pool.place}), ${pool.freeMiB} MiB free`;
  if (pool.freeMiB >= POOL_MIB) return { state: 'ok', detail };
  return { state: 'warn', detail, advice: 'Free some space: an image and a disk take about 2 GiB.' };
}

function network({ connection: facts }: HostFacts): Judgement | undefined {
  if ('problem' in facts) return undefined;
  const found = facts.network;
  if ('problem' in found) return { state: 'fail', detail: found.problem };
  const { name, state } = found;
  const advice = `Name another with the attribute bridge or network of the host, or start it: virsh net-start ${name}.`;
  if (state === 'active') return { state: 'ok', detail: name };
  if (state === 'untold')
    return {
      state: 'unknown',
      detail: `${name}: libvirt does not tell of bridges there`,
      advice: `On the host: ip link show ${name}`,
    };
  return { state: 'fail', detail: state === 'missing' ? `there is no ${name}` : `${name} is not started`, advice };
}

const LOCK_ADVICE =
  'On every host: lock_manager = "lockd" in /etc/libvirt/qemu.conf, file_lockspace_dir on shared storage\n' +
  'in /etc/libvirt/qemu-lockd.conf, virtlockd running; then restart libvirtd.';

function lockManager({ settings, connection: facts }: HostFacts, all: readonly HostFacts[]): Judgement | undefined {
  if ('problem' in facts) return undefined;
  if (!settings)
    return { state: 'unknown', detail: 'it cannot be told from here whether one is on', advice: LOCK_ADVICE };
  if ('problem' in settings) return { state: 'unknown', detail: settings.problem, advice: LOCK_ADVICE };
  const { lockManager: kind, lockManagerRuns, lockSpace } = settings;
  if (kind === 'nop' || kind === '') {
    const alone = all.length === 1;
    const detail = 'off: libvirt keeps no two hosts from starting one disk';
    return { state: alone ? 'warn' : 'fail', detail, advice: LOCK_ADVICE };
  }
  if (kind !== 'lockd') return { state: 'ok', detail: kind };
  if (!lockManagerRuns)
    return {
      state: 'fail',
      detail: 'virtlockd does not answer: no virtual machine can start',
      advice: 'systemctl start virtlockd',
    };
  return {
    state: 'ok',
    detail: `virtlockd, ${lockSpace === undefined ? 'on the disks themselves' : `in ${lockSpace}`}`,
  };
}

function migrationPorts({ settings, connection: facts }: HostFacts, all: readonly HostFacts[]): Judgement | undefined {
  if (all.length < 2 || 'problem' in facts) return undefined;
  const known = settings && !('problem' in settings);
  const [from, to] = known ? settings.migrationPorts : MIGRATION_PORTS;
  const unless = known ? '' : ', unless its qemu.conf says otherwise';
  return {
    state: 'unknown',
    detail: `${from} to ${to}/tcp${unless}: they are open only while something migrates`,
    advice: 'The firewall of each host must let the other hosts in there, and to libvirt itself (16514/tcp for TLS).',
  };
}
