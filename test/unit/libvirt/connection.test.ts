import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { encodePacket } from '../../../wrappers/libvirt/rpc/packet.js';
import {
  qemuProcedures,
  remoteEvents,
  remoteProcedures as procedures,
} from '../../../wrappers/libvirt/rpc/procedures.js';
import { nothing } from '../../../wrappers/libvirt/rpc/xdr.js';
import { FakeDaemon } from './fake-daemon.js';

const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: 3 };
const agentCall = { dom, command: '{}', timeout: 5, flags: 0 };

async function failure(promise: Promise<unknown>): Promise<AttituneError> {
  const error: unknown = await promise.then(
    () => expect.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AttituneError)) throw error;
  return error;
}

describe('a connection to libvirt', () => {
  it('matches replies to calls by their serial, in whatever order they come', async () => {
    const daemon = new FakeDaemon();
    const names = ['one', 'two', 'three'];
    const found = names.map((name) => daemon.connection.call(procedures.domainLookupByName, { name }));
    const replies = names.map((name) => daemon.reply(procedures.domainLookupByName, { dom: { ...dom, name } }));
    await daemon.send(...replies.reverse());
    expect((await Promise.all(found)).map((result) => result.dom.name)).to.deep.equal(names);
  });

  it("rejects with libvirt's error and stays open", async () => {
    const daemon = new FakeDaemon();
    const failed = failure(daemon.connection.call(procedures.domainLookupByName, { name: 'web' }));
    await daemon.send(daemon.error(42, 'no domain with matching name'));
    expect(await failed).to.include({
      code: 'domain-not-found',
      message: 'host1: no domain with matching name',
    });
    expect(daemon.connection.closed).to.equal(false);
  });

  it('rejects a call whose arguments cannot be written, and stays open', async () => {
    const daemon = new FakeDaemon();
    const lookup = daemon.connection.call(procedures.domainLookupByName, { name: 'a\0b' });
    expect((await failure(lookup)).code).to.equal('value');
    expect(daemon.calls).to.have.length(0);
    expect(daemon.connection.closed).to.equal(false);
  });

  it('hands out events in order, past a listener that throws', async () => {
    const daemon = new FakeDaemon();
    const heard: number[] = [];
    const warnings: string[] = [];
    const emitWarning = process.emitWarning.bind(process);
    process.emitWarning = (warning: string | Error) => void warnings.push(String(warning));
    daemon.connection.on(remoteEvents.domainEventCallbackLifecycle, () => {
      throw new Error('a broken listener');
    });
    const own = daemon.connection.on(remoteEvents.domainEventCallbackLifecycle, ({ event }) => heard.push(event));
    const event = (number: number) =>
      daemon.event(remoteEvents.domainEventCallbackLifecycle, { callbackID: 1, dom, event: number, detail: 0 });
    await daemon.send(event(2), event(3), event(5));
    own.unsubscribe();
    await daemon.send(event(4));
    process.emitWarning = emitWarning;
    expect(heard).to.deep.equal([2, 3, 5]);
    expect(warnings[0]).to.include('a broken listener');
  });

  it('ignores messages that nobody listens to', async () => {
    const daemon = new FakeDaemon();
    const header = { program: 0x20008086, version: 1, procedure: 9999, type: 2, serial: 0, status: 0 };
    await daemon.send(encodePacket(header, nothing, undefined));
    expect(daemon.connection.closed).to.equal(false);
  });

  it('rejects everything pending when the daemon goes, tells it once, and refuses later calls', async () => {
    const daemon = new FakeDaemon();
    const reasons: AttituneError[] = [];
    daemon.connection.onClose((reason) => reasons.push(reason));
    daemon.connection.onClose(() => expect.fail('it was unsubscribed')).unsubscribe();
    const failures = [1, 2, 3, 4, 5, 6, 7].map(() =>
      failure(daemon.connection.call(procedures.nodeGetInfo, undefined)),
    );
    daemon.stream.push(null);
    for (const failed of failures) expect((await failed).code).to.equal('host-unreachable');
    expect((await failure(daemon.connection.call(procedures.nodeGetInfo, undefined))).code).to.equal(
      'host-unreachable',
    );
    expect(reasons.map(({ code }) => code)).to.deep.equal(['host-unreachable']);
    expect(daemon.clock.nextDueAt, 'no timer is left').to.equal(undefined);
  });

  it('rejects everything pending when it is closed, after a farewell, and tells no one', async () => {
    const daemon = new FakeDaemon();
    daemon.connection.onClose(() => expect.fail('it was closed from this side'));
    const pending = daemon.connection.call(procedures.nodeGetInfo, undefined);
    daemon.connection.close(procedures.connectClose);
    daemon.connection.close(procedures.connectClose);
    expect((await failure(pending)).code).to.equal('host-unreachable');
    expect(daemon.calls.map(({ header }) => header.procedure)).to.deep.equal([6, 2]);
    expect(daemon.clock.nextDueAt, 'no timer is left').to.equal(undefined);
  });

  it('keeps places free for short calls while long ones are under way', async () => {
    const daemon = new FakeDaemon({ maxClientRequests: 5 });
    const commands = [1, 2, 3, 4].map(() => daemon.connection.call(qemuProcedures.domainAgentCommand, agentCall));
    const infos = [1, 2, 3].map(() => daemon.connection.call(procedures.connectGetType, undefined));
    expect(daemon.calls.map(({ header }) => header.procedure)).to.deep.equal([3, 3, 3, 3]);
    expect(daemon.calls.filter(({ header }) => header.program === 0x20008087)).to.have.length(3);
    await daemon.send(daemon.reply(qemuProcedures.domainAgentCommand, { result: '{}' }));
    await commands[0];
    expect(daemon.calls).to.have.length(4);
    for (let left = 6; left > 0; left -= 1) {
      const agent = daemon.calls[0]?.header.program === 0x20008087;
      await daemon.send(
        agent
          ? daemon.reply(qemuProcedures.domainAgentCommand, { result: '{}' })
          : daemon.reply(procedures.connectGetType, { type: 'QEMU' }),
      );
    }
    await Promise.all([...commands, ...infos]);
  });
});

describe('a daemon that breaks the protocol', () => {
  const cases: Readonly<Record<string, (daemon: FakeDaemon) => Buffer>> = {
    'an oversized packet': () => Buffer.from('7fffffff', 'hex'),
    'a packet shorter than its header': () => Buffer.from('0000000800000000', 'hex'),
    'a reply that ends too early': (daemon) => {
      const { header } = daemon.calls[0]!;
      return encodePacket({ ...header, type: 1 }, nothing, undefined);
    },
    'a reply with bytes left over': (daemon) => {
      const packet = daemon.reply(procedures.connectGetType, { type: 'QEMU' });
      const longer = Buffer.concat([packet, Buffer.alloc(4)]);
      longer.writeUInt32BE(longer.length);
      return longer;
    },
    'a reply of another procedure': (daemon) => {
      const { header } = daemon.calls[0]!;
      return encodePacket({ ...header, type: 1, procedure: 99 }, nothing, undefined);
    },
    'a reply to no call': (daemon) => {
      const { header } = daemon.calls[0]!;
      return encodePacket({ ...header, type: 1, serial: 4711 }, nothing, undefined);
    },
    'a packet of an unknown type': (daemon) => {
      const { header } = daemon.calls[0]!;
      return encodePacket({ ...header, type: 9 }, nothing, undefined);
    },
  };
  for (const [what, packetOf] of Object.entries(cases)) {
    it(`by ${what} loses the connection`, async () => {
      const daemon = new FakeDaemon();
      const reasons: AttituneError[] = [];
      daemon.connection.onClose((reason) => reasons.push(reason));
      const failed = failure(daemon.connection.call(procedures.connectGetType, undefined));
      await daemon.send(packetOf(daemon));
      expect((await failed).code).to.equal('protocol');
      expect(reasons.map(({ code }) => code)).to.deep.equal(['host-unreachable']);
      expect((await failure(daemon.connection.call(procedures.connectGetType, undefined))).code).to.equal(
        'host-unreachable',
      );
    });
  }

  it('by any bytes at all loses the connection or waits for more, but never hangs or crashes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
        const daemon = new FakeDaemon();
        const call = daemon.connection.call(procedures.connectGetType, undefined);
        const outcome = call.then(
          () => 'answered',
          (error: unknown) => (error as AttituneError).code,
        );
        await daemon.send(Buffer.from(noise));
        daemon.stream.push(null);
        expect(['protocol', 'host-unreachable']).to.include(await outcome);
      }),
      { numRuns: 200 },
    );
  });
});
