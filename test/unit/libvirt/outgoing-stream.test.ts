import { Buffer } from 'node:buffer';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { encodePacket } from '../../../wrappers/libvirt/rpc/packet.js';
import { streamHole } from '../../../wrappers/libvirt/rpc/outgoing-stream.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { remoteError } from '../../../wrappers/libvirt/rpc/remote-types.js';
import { storageProcedures } from '../../../wrappers/libvirt/rpc/storage-procedures.js';
import { nothing } from '../../../wrappers/libvirt/rpc/xdr.js';
import { FakeDaemon } from './fake-daemon.js';

const [REPLY, STREAM, HOLE] = [1, 3, 6];
const [OK, ERROR, CONTINUE] = [0, 1, 2];
const args = { vol: { pool: 'pool', name: 'a.img', key: '/a.img' }, offset: 0n, length: 0n, flags: 1 };

async function opened() {
  const daemon = new FakeDaemon();
  const opening = daemon.connection.openStream(storageProcedures.storageVolUpload, args);
  const { header } = daemon.calls[0]!;
  await daemon.send(daemon.reply(storageProcedures.storageVolUpload, undefined));
  const stream = await opening;
  const packet = (type: number, status: number) => encodePacket({ ...header, type, status }, nothing, undefined);
  const none = { dom: undefined, str1: undefined, str2: undefined, str3: undefined, int2: 0, net: undefined };
  const full = { ...none, code: 38, domain: 38, message: 'No space left on device', level: 2, int1: 28 };
  const failure = encodePacket({ ...header, type: STREAM, status: ERROR }, remoteError, full);
  return { daemon, stream, header, packet, failure };
}

const codeOf = (outcome: Promise<unknown>) =>
  outcome.then(
    () => 'done',
    (error: unknown) => (AttituneError.is(error) ? error.code : Promise.reject(error as Error)),
  );

describe('a stream to libvirt', () => {
  it("carries its call's serial, bytes as they are, and holes, and ends when the daemon says so", async () => {
    const { daemon, stream, header, packet } = await opened();
    await stream.write(Buffer.from('abcde'));
    await stream.hole(4096);
    const finished = stream.finish();
    const [data, hole, end] = daemon.calls;
    for (const { header: sent } of daemon.calls) {
      expect(sent).to.include({ serial: header.serial, procedure: header.procedure, program: header.program });
    }
    expect(data?.header).to.include({ type: STREAM, status: CONTINUE });
    expect(data?.payload.buffer.subarray(-5).toString()).to.equal('abcde');
    expect(hole?.header).to.include({ type: HOLE, status: CONTINUE });
    expect(streamHole.read(hole!.payload)).to.deep.equal({ length: 4096n, flags: 0 });
    expect(end?.header).to.include({ type: STREAM, status: OK });
    expect(end?.payload.remaining).to.equal(0);
    await daemon.send(packet(STREAM, OK));
    await finished;
  });

  for (const [kind, type] of Object.entries({ 'a packet of the stream': STREAM, 'a reply': REPLY })) {
    it(`is ended by ${kind}, and a late one changes nothing`, async () => {
      const { daemon, stream, packet } = await opened();
      const finished = stream.finish();
      await daemon.send(packet(type, OK));
      await finished;
      await daemon.send(packet(type, OK));
      expect(daemon.connection.closed).to.equal(false);
    });
  }

  it('fails with the error of the daemon, in whatever is done next, and the connection goes on', async () => {
    const { daemon, stream, failure } = await opened();
    await stream.write(Buffer.alloc(10));
    await daemon.send(failure);
    expect(await codeOf(stream.write(Buffer.alloc(10)))).to.equal('no-capacity');
    expect(await codeOf(stream.hole(10))).to.equal('no-capacity');
    expect(await codeOf(stream.finish())).to.equal('no-capacity');
    const sent = daemon.calls.length;
    await stream.abort();
    expect(daemon.calls).to.have.length(sent);
    daemon.calls.length = 0;
    const type = daemon.connection.call(procedures.connectGetType, undefined);
    await daemon.send(daemon.reply(procedures.connectGetType, { type: 'QEMU' }));
    expect(await type).to.deep.equal({ type: 'QEMU' });
  });

  it('fails while it waits for its end', async () => {
    const { daemon, stream, failure } = await opened();
    const finished = codeOf(stream.finish());
    await daemon.send(failure);
    expect(await finished).to.equal('no-capacity');
  });

  it('is aborted, which ends when the daemon has answered', async () => {
    const { daemon, stream, packet, failure } = await opened();
    const aborted = stream.abort();
    expect(daemon.calls.at(-1)?.header).to.include({ type: STREAM, status: ERROR });
    await daemon.send(failure);
    await aborted;
    await daemon.send(packet(REPLY, OK));
    expect(daemon.connection.closed).to.equal(false);
  });

  it('lets go of who writes at once when it is aborted, although the daemon takes nothing', async () => {
    const { daemon, stream, failure } = await opened();
    daemon.stream.cork();
    const written = codeOf(stream.write(Buffer.alloc(200_000)));
    const aborted = [stream.abort(), stream.abort()];
    expect(await written).to.equal('cancelled');
    expect(await codeOf(stream.write(Buffer.alloc(1)))).to.equal('cancelled');
    daemon.stream.uncork();
    await daemon.send();
    const ends = daemon.calls.filter(({ header }) => header.type === STREAM && header.status === ERROR);
    expect(ends, 'it is told once').to.have.length(1);
    await daemon.send(failure);
    await Promise.all(aborted);
  });

  it('waits while the daemon takes nothing, and ends with the connection', async () => {
    const { daemon, stream } = await opened();
    daemon.stream.cork();
    const written = codeOf(stream.write(Buffer.alloc(200_000)));
    const state = await Promise.race([written, new Promise((resolve) => setImmediate(() => resolve('waits')))]);
    expect(state).to.equal('waits');
    daemon.stream.push(null);
    expect(await written).to.equal('host-unreachable');
    expect(await codeOf(stream.finish())).to.equal('host-unreachable');
  });

  it('is not opened where the daemon refuses the call', async () => {
    const daemon = new FakeDaemon();
    const opening = codeOf(daemon.connection.openStream(storageProcedures.storageVolUpload, args));
    await daemon.send(daemon.error(50, 'no volume'));
    expect(await opening).to.equal('unknown-storage');
    expect(daemon.connection.closed).to.equal(false);
  });

  it('breaks the protocol where nobody opened it', async () => {
    const daemon = new FakeDaemon();
    const header = { program: 0x20008086, version: 1, procedure: 208, serial: 77, type: STREAM, status: OK };
    await daemon.send(encodePacket(header, nothing, undefined));
    expect(daemon.connection.closed).to.equal(true);
  });
});
