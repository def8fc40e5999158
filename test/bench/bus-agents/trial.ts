import type { Credentials } from '../../../core/bus/credentials.js';
import { createAuthority, issueCertificate, type Identity } from '../../../core/pki/index.js';
import { startNats, type PrivateNats } from '../../support/private-nats.js';
import type { AgentsReport, CarrierPlan, ManagerReport } from './messages.js';
import { BenchProcess } from './process.js';
import { usageOf } from './usage.js';

export interface Trial {
  readonly carrier: CarrierPlan['carrier'];
  readonly agents: number;
  readonly seconds: number;
  readonly secure: boolean;
}

export interface Use {
  /** Of one core. */
  readonly cores: number;
  readonly peakMiB: number;
}

export interface TrialResult {
  readonly reactionsMs: readonly number[];
  readonly unanswered: number;
  readonly heartbeatsSent: number;
  readonly heartbeatsLost: number;
  readonly readingsSent: number;
  readonly readingsLost: number;
  readonly members: number;
  readonly dropped: number;
  /** Of the hub's process with the manager in it, or of the manager's own. */
  readonly manager: Use;
  /** Of nats-server. */
  readonly server?: Use;
}

const PROCESSES = 4;

/** Agents in four processes, the manager in one, and where it is asked for a nats-server. */
export async function runTrial({ carrier, agents, seconds, secure }: Trial): Promise<TrialResult> {
  const names = Array.from({ length: agents }, (_, index) => `client${index + 1}`);
  const nats = carrier === 'nats' ? await startServer(names, secure) : undefined;
  const authority = await createAuthority({ name: 'bench' }, new Date());
  const identify = nats?.identify.bind(nats) ?? ((name: string) => credentialsOf(authority, name));
  const manager = new BenchProcess('manager');
  const processes = Array.from({ length: PROCESSES }, () => new BenchProcess('agents'));
  try {
    const plan: CarrierPlan = { carrier, address: nats?.server ?? '' };
    const own = secure ? { credentials: await identify('manager') } : {};
    const { address } = await manager.tell({ order: 'join', plan: { ...plan, ...own }, embedded: !nats }, 'joined');
    await Promise.all(
      processes.map(async (child, index) => {
        const some = names.filter((_, at) => at % PROCESSES === index);
        const credentials = secure ? { credentials: await Promise.all(some.map(identify)) } : {};
        return child.tell({ order: 'join', plan: { ...plan, address }, names: some, ...credentials }, 'joined');
      }),
    );
    const before = nats && (await usageOf(nats.pid));
    await manager.tell({ order: 'measure' }, 'measuring');
    const working = processes.map((child) => child.tell({ order: 'work', seconds }, 'worked'));
    const reports = await Promise.all(working);
    const counted = await manager.tell({ order: 'count' }, 'counted');
    const after = nats && (await usageOf(nats.pid));
    await Promise.all(processes.map((child) => child.tell({ order: 'leave' }, 'left')));
    await manager.tell({ order: 'leave' }, 'left');
    const server =
      before && after
        ? { cores: (after.cpuSeconds - before.cpuSeconds) / counted.seconds, peakMiB: after.peakMiB }
        : undefined;
    return { ...resultOf(reports, counted), ...(server && { server }) };
  } finally {
    for (const child of [manager, ...processes]) child.end();
    await nats?.stop();
  }
}

function startServer(names: readonly string[], secure: boolean): Promise<PrivateNats> {
  if (!secure) return startNats();
  const users = [
    { name: 'manager', kind: 'manager' as const },
    ...names.map((name) => ({ name, kind: 'agent' as const })),
  ];
  return startNats({ users });
}

/** For both sides of a connection: the hub's, too, is in the manager's process. */
async function credentialsOf(authority: Identity, name: string): Promise<Credentials> {
  const request = { name, hosts: ['127.0.0.1'], usages: ['server', 'client'] } as const;
  return { name, authority: authority.certificate, ...(await issueCertificate(authority, request, new Date())) };
}

type Worked = Extract<AgentsReport, { readonly report: 'worked' }>;
type Counted = Extract<ManagerReport, { readonly report: 'counted' }>;

function resultOf(reports: readonly Worked[], counted: Counted): TrialResult {
  const sent = Object.assign({}, ...reports.map(({ heartbeats }) => heartbeats)) as Worked['heartbeats'];
  const sum = (of: (report: Worked) => number) => reports.reduce((total, report) => total + of(report), 0);
  const lost = Object.entries(sent).map(([name, count]) => count - (counted.heartbeats[name] ?? 0));
  return {
    reactionsMs: reports.flatMap(({ reactionsMs }) => reactionsMs),
    unanswered: sum(({ unanswered }) => unanswered) + counted.failed,
    heartbeatsSent: Object.values(sent).reduce((total, count) => total + count, 0),
    heartbeatsLost: lost.reduce((total, count) => total + count, 0),
    readingsSent: sum(({ readings }) => readings),
    readingsLost: sum(({ readings }) => readings) - counted.readings,
    members: counted.members,
    dropped: counted.dropped + sum(({ dropped }) => dropped),
    manager: { cores: counted.cpuSeconds / counted.seconds, peakMiB: counted.peakMiB },
  };
}
