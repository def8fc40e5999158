import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { createDomain, guestAgentCommand } from '../../../wrappers/libvirt/domain.js';
import { qemuProcedures, remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { FakeDaemon } from './fake-daemon.js';

const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: 3 };

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) =>
    error instanceof AttituneError ? error.code : Promise.reject(error as Error),
  );
}

describe('the guest agent through libvirt', () => {
  async function agent(answer: (daemon: FakeDaemon) => Buffer, timeoutMs = 1500): Promise<unknown> {
    const daemon = new FakeDaemon();
    const outcome = settled(guestAgentCommand(daemon.connection, 'web', { execute: 'guest-ping' }, timeoutMs));
    await daemon.send(daemon.reply(procedures.domainLookupByName, { dom }));
    const args = qemuProcedures.domainAgentCommand.args.read(daemon.calls[0]!.payload.fork());
    expect(args).to.deep.equal({ dom, command: '{"execute":"guest-ping"}', timeout: 2, flags: 0 });
    await daemon.send(answer(daemon));
    return outcome;
  }
  const says = (result: string | undefined) => (daemon: FakeDaemon) =>
    daemon.reply(qemuProcedures.domainAgentCommand, { result });

  it('gives what the guest returned', async () => {
    expect(await agent(says('{"return":{"pid":42}}'))).to.deep.equal({ pid: 42 });
  });

  it('takes what is no JSON for a failing agent', async () => {
    expect(await agent(says('{"return":'))).to.equal('guest-agent');
    expect(await agent(says('null'))).to.equal('guest-agent');
    expect(await agent(says(undefined))).to.equal('guest-agent');
  });

  it("tells the agent's faults from those of the domain", async () => {
    expect(await agent((daemon) => daemon.error(86, 'agent is not connected'))).to.equal('guest-agent');
    expect(await agent((daemon) => daemon.error(1, 'unable to execute'))).to.equal('guest-agent');
    expect(await agent((daemon) => daemon.error(55, 'domain is not running'))).to.equal('domain-state');
    expect(await agent((daemon) => daemon.error(42, 'no domain'))).to.equal('domain-not-found');
  });
});

describe('creating a domain through libvirt', () => {
  it('asks whether the name is in use when libvirt refuses', async () => {
    for (const [exists, code] of [
      [true, 'domain-exists'],
      [false, 'hypervisor'],
    ] as const) {
      const daemon = new FakeDaemon();
      const outcome = settled(createDomain(daemon.connection, { name: 'web' }, '<domain/>'));
      await daemon.send(daemon.error(9, 'Operation fehlgeschlagen'));
      await daemon.send(exists ? daemon.reply(procedures.domainLookupByName, { dom }) : daemon.error(42, 'none'));
      expect(await outcome).to.equal(code);
    }
  });

  it('keeps every other refusal as it is', async () => {
    const daemon = new FakeDaemon();
    const outcome = settled(createDomain(daemon.connection, { name: 'web' }, '<domain/>'));
    await daemon.send(daemon.error(67, 'unsupported configuration'));
    expect(await outcome).to.equal('hypervisor');
    expect(daemon.calls).to.have.length(0);
  });
});
