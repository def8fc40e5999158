import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import type { DomainState } from '../../../core/model/hypervisor.js';
import { toAttituneError } from '../../../wrappers/libvirt/errors.js';
import { afterFailure } from '../../../wrappers/libvirt/migration-failure.js';
import type { TargetProbe } from '../../../wrappers/libvirt/migration-failure.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { FakeDaemon } from './fake-daemon.js';

const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: 3 };
const target = { host: 'host2', uri: 'qemu+tcp://host2/system' };
const PAUSED = 3;

function libvirtSays(code: number, message: string): AttituneError {
  const none = { dom: undefined, str1: undefined, str2: undefined, str3: undefined, int1: 0, int2: 0, net: undefined };
  return toAttituneError({ code, domain: 10, message, level: 2, ...none }, 'host1');
}
const failed = libvirtSays(9, 'migration job: unexpectedly failed');

/** What comes of a failed migration: the error, or `undefined` where it turns out to have worked. */
function explain(daemon: FakeDaemon, there: TargetProbe, error = failed, aborting = false) {
  const source = { host: 'host1', connection: daemon.connection, probeTarget: there };
  return afterFailure(source, dom, target, error, aborting).then(
    () => undefined,
    (reason: unknown) => reason as AttituneError,
  );
}

const onTarget = (state: DomainState | undefined) => () => Promise.resolve(state);
const notAsked = () => Promise.reject(new Error('the target needs not be asked'));

async function stillHere(daemon: FakeDaemon, state: number): Promise<void> {
  await daemon.send(daemon.reply(procedures.domainLookupByName, { dom }));
  await daemon.send(daemon.reply(procedures.domainGetState, { state, reason: 0 }));
}

describe('after a migration that ended with an error', () => {
  it('the domain that stayed is told with its state', async () => {
    const daemon = new FakeDaemon();
    const explained = explain(daemon, notAsked);
    await stillHere(daemon, PAUSED);
    const error = await explained;
    expect(error).to.have.property('code', 'migration-failed');
    expect(error?.message).to.include('unexpectedly failed').and.include('it is paused on host1');
    expect(error?.details).to.have.property('libvirtCode', 9);
  });

  it('an abort is told from a failure', async () => {
    for (const [error, aborting] of [
      [failed, true],
      [libvirtSays(78, 'canceled by client'), false],
    ] as const) {
      const daemon = new FakeDaemon();
      const explained = explain(daemon, notAsked, error, aborting);
      await stillHere(daemon, 1);
      expect(await explained).to.have.property('code', 'migration-aborted');
    }
  });

  it('the domain that neither host has died', async () => {
    const daemon = new FakeDaemon();
    const explained = explain(daemon, onTarget(undefined));
    await daemon.send(daemon.error(42, 'no domain'));
    expect(await explained).to.have.property('code', 'domain-died');
  });

  it('another domain of its name is not taken for it', async () => {
    const daemon = new FakeDaemon();
    const explained = explain(daemon, onTarget('shutoff'));
    const other = { ...dom, uuid: '00000000-0000-4000-8000-000000000000' };
    await daemon.send(daemon.reply(procedures.domainLookupByName, { dom: other }));
    expect(await explained).to.have.property('code', 'domain-died');
  });

  it('the domain that runs on the target has migrated', async () => {
    const daemon = new FakeDaemon();
    const explained = explain(daemon, onTarget('running'));
    await daemon.send(daemon.error(42, 'no domain'));
    expect(await explained).to.equal(undefined);
  });

  it('a target that does not answer leaves it open, and is named', async () => {
    const daemon = new FakeDaemon();
    const explained = explain(daemon, () => Promise.reject(new AttituneError('host-unreachable', 'no route')));
    await daemon.send(daemon.error(42, 'no domain'));
    const error = await explained;
    expect(error).to.have.property('code', 'host-unreachable');
    expect(error?.message).to.include('Ask host2').and.include('no route');
  });

  it('a source that was lost leaves it open, and both are named', async () => {
    const daemon = new FakeDaemon();
    daemon.connection.close(procedures.connectClose);
    const error = await explain(daemon, notAsked, new AttituneError('host-unreachable', 'lost'));
    expect(error).to.have.property('code', 'host-unreachable');
    expect(error?.message).to.include('Ask both hosts');
  });
});
