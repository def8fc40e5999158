import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { virDomainEventID } from '../../../wrappers/libvirt/constants.js';
import { EventRegistration } from '../../../wrappers/libvirt/event-registration.js';
import { migrateDomain } from '../../../wrappers/libvirt/migration.js';
import { remoteEvents, remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { answers, refuses, ScriptedDaemon, type Line } from './scripted-daemon.js';

const uuid = '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90';
const target = { host: 'host2', uri: 'qemu+tcp://host2/system' };

/** Statistics of a completed job, with its downtime. */
const completed = (downtimeMs: number, success = 1) => [
  { field: 'operation', value: { type: 'int', value: 5 } as const },
  { field: 'success', value: { type: 'boolean', value: success } as const },
  { field: 'time_elapsed', value: { type: 'ullong', value: 900n } as const },
  { field: 'downtime', value: { type: 'ullong', value: BigInt(downtimeMs) } as const },
  { field: 'data_processed', value: { type: 'ullong', value: 5n << 20n } as const },
  { field: 'memory_iteration', value: { type: 'ullong', value: 2n } as const },
];

interface Situation {
  readonly id?: number;
  readonly persistent?: boolean;
  /** What the source says after the migration: by default that it has no such domain. */
  readonly sourceAfter?: { readonly state: number };
  /** The event of the job's end, with its downtime; by default none comes. */
  readonly event?: number;
  readonly target?: readonly Line[];
  readonly perform?: Line;
}

/** Migrates `web` between two scripted daemons, and tells what they were asked. */
async function migrate(situation: Situation) {
  const { id = 3, persistent = false, sourceAfter, event } = situation;
  const dom = { name: 'web', uuid, id };
  let performed = false;
  const lines: Line[] = [
    {
      number: procedures.domainLookupByName.number,
      answer: (daemon) =>
        performed && !sourceAfter
          ? daemon.error(42, 'no domain')
          : daemon.reply(procedures.domainLookupByName, { dom }),
    },
    answers(procedures.domainGetState, () => ({ state: sourceAfter?.state ?? 1, reason: 0 })),
    answers(procedures.domainIsPersistent, { persistent: persistent ? 1 : 0 }),
    answers(procedures.domainGetJobStats, { type: 0, params: [] }),
    answers(procedures.connectDomainEventCallbackRegisterAny, { callbackID: 7 }),
    answers(procedures.connectDomainEventCallbackDeregisterAny, undefined),
    answers(procedures.domainUndefine, undefined),
    answers(procedures.domainMigrateSetMaxDowntime, undefined),
    situation.perform ?? {
      number: procedures.domainMigratePerform3Params.number,
      answer: (daemon) => {
        performed = true;
        const reply = daemon.reply(procedures.domainMigratePerform3Params, { cookieOut: Buffer.alloc(0) });
        if (event === undefined) return reply;
        const message = { callbackID: 7, dom, params: completed(event) };
        return Buffer.concat([daemon.event(remoteEvents.domainEventCallbackJobCompleted, message), reply]);
      },
    },
  ];
  const source = new ScriptedDaemon(lines);
  const other = new ScriptedDaemon(situation.target ?? []);
  const { connection, clock } = source;
  const completedJobs = new EventRegistration(
    connection,
    virDomainEventID.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
    remoteEvents.domainEventCallbackJobCompleted,
  );
  const outcome = await migrateDomain(
    {
      host: 'host1',
      connection,
      clock,
      completedJobs,
      unsafe: false,
      progressEveryMs: 1000,
      withTarget: (_, use) =>
        situation.target ? use(other.connection) : Promise.reject(new AttituneError('host-unreachable', 'no route')),
    },
    'web',
    target,
    { maxDowntimeMs: 200 },
  ).finally(() => {
    source.stop();
    other.stop();
  });
  return { outcome, source: source.called, target: other.called };
}

const there = { name: 'web', uuid, id: 9 };
const onTarget = (persistent: boolean, state = 1): Line[] => [
  answers(procedures.domainLookupByName, { dom: there }),
  answers(procedures.domainGetState, { state, reason: 0 }),
  answers(procedures.domainIsPersistent, { persistent: persistent ? 1 : 0 }),
  answers(procedures.domainGetJobStats, { type: 3, params: completed(45) }),
  answers(procedures.domainGetXMLDesc, { xml: '<domain/>' }),
  answers(procedures.domainDefineXML, { dom: there }),
];

describe('a migration that libvirt calls a success', () => {
  it('is measured by the event of its end', async () => {
    const { outcome, target: asked } = await migrate({ event: 30, target: onTarget(false) });
    expect(outcome).to.deep.equal({
      mode: 'live',
      elapsedMs: 900,
      downtimeMs: 30,
      transferredBytes: 5 << 20,
      iterations: 2,
    });
    expect(asked).to.deep.equal([]);
  });

  it('is measured by what the target kept, where the event has not come', async () => {
    const { outcome } = await migrate({ target: onTarget(false) });
    expect(outcome).to.include({ mode: 'live', downtimeMs: 45, iterations: 2 });
  });

  it('is a success also where nobody can be asked what it cost', async () => {
    const { outcome } = await migrate({});
    expect(outcome).to.deep.equal({ mode: 'live', elapsedMs: 0, downtimeMs: 0, transferredBytes: 0 });
  });

  it('leaves no definition on the source', async () => {
    const shutoff = { state: 5 };
    const { source } = await migrate({
      persistent: true,
      sourceAfter: shutoff,
      event: 30,
      target: onTarget(true),
    });
    expect(source).to.include(procedures.domainUndefine.number);
    const { source: clean, target: asked } = await migrate({ persistent: true, event: 30, target: onTarget(true) });
    expect(clean).not.to.include(procedures.domainUndefine.number);
    expect(asked).not.to.include(procedures.domainDefineXML.number);
  });

  it('is defined on the target, where libvirt could not do that', async () => {
    const { target: asked } = await migrate({ persistent: true, event: 30, target: onTarget(false) });
    expect(asked.slice(-2)).to.deep.equal([procedures.domainGetXMLDesc.number, procedures.domainDefineXML.number]);
  });

  it('of a definition alone has no job, no downtime, and nothing to watch', async () => {
    const { outcome, source } = await migrate({ id: -1, persistent: true, target: onTarget(true, 5) });
    expect(outcome).to.include({ mode: 'offline', downtimeMs: 0, transferredBytes: 0 });
    expect(source).not.to.include(procedures.domainGetJobStats.number);
    expect(source).not.to.include(procedures.domainMigrateSetMaxDowntime.number);
  });
});

describe('a migration that libvirt refuses', () => {
  it('is told with where the domain is', async () => {
    const perform = refuses(procedures.domainMigratePerform3Params, 1, 'unable to connect to server');
    const error: unknown = await migrate({
      perform,
      target: [refuses(procedures.domainLookupByName, 42, 'none')],
    }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError).and.have.property('code', 'migration-failed');
    expect((error as Error).message)
      .to.include('unable to connect')
      .and.include('it is running on host1');
  });
});
