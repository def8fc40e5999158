import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { openSession } from '../../../wrappers/libvirt/session.js';
import type { Dial } from '../../../wrappers/libvirt/transports/index.js';
import { parseLibvirtUri } from '../../../wrappers/libvirt/uri.js';
import { FakeDaemon } from './fake-daemon.js';

const uri = parseLibvirtUri('qemu+tcp://host1/system');

/** Opens a session to the fake daemon's end; its own connection only carries the answers. */
function opening(daemon: FakeDaemon, dial: Dial = () => Promise.resolve(daemon.stream)) {
  const options = { host: 'host1', uri, clock: daemon.clock, dial, connectTimeoutMs: 10_000 };
  return openSession(options).then(
    (connection) => connection,
    (error: unknown) => error as AttituneError,
  );
}

/** A fake daemon whose stream is not yet spoken on. */
function silentDaemon(): FakeDaemon {
  const daemon = new FakeDaemon();
  daemon.stream.removeAllListeners('data');
  return daemon;
}

async function tick(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('opening a session with libvirt', () => {
  it('asks for the authentication, opens the driver by its bare name, and switches keepalive on', async () => {
    const daemon = silentDaemon();
    const opened = opening(daemon);
    await tick();
    await daemon.send(daemon.reply(procedures.authList, { types: [0] }));
    const open = daemon.calls[0]!;
    expect(open.header.procedure).to.equal(1);
    expect(procedures.connectOpen.args.read(open.payload)).to.deep.equal({ name: 'qemu:///system', flags: 0 });
    await daemon.send(daemon.reply(procedures.connectOpen, undefined));
    const feature = daemon.calls[0]!;
    expect(procedures.connectSupportsFeature.args.read(feature.payload)).to.deep.equal({ feature: 10 });
    await daemon.send(daemon.reply(procedures.connectSupportsFeature, { supported: 1 }));
    expect(await opened).to.have.property('closed', false);
  });

  it('goes through polkit where that is asked for', async () => {
    const daemon = silentDaemon();
    const opened = opening(daemon);
    await tick();
    await daemon.send(daemon.reply(procedures.authList, { types: [2] }));
    expect(daemon.calls[0]!.header.procedure).to.equal(70);
    await daemon.send(daemon.error(45, 'authentication failed: access denied by policy'));
    const error = await opened;
    expect(error).to.have.property('code', 'hypervisor');
    expect((error as AttituneError).message).to.include('access denied by policy');
  });

  it('says which authentication it cannot do', async () => {
    const daemon = silentDaemon();
    const opened = opening(daemon);
    await tick();
    await daemon.send(daemon.reply(procedures.authList, { types: [1] }));
    const error = await opened;
    expect(error).to.have.property('code', 'hypervisor');
    expect((error as AttituneError).message)
      .to.include('sasl')
      .and.include('auth_tcp');
  });

  it('tells a host that cannot be reached, with the place and the reason', async () => {
    const daemon = silentDaemon();
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:16509'), { code: 'ECONNREFUSED' });
    const error = (await opening(daemon, () => Promise.reject(refused))) as AttituneError;
    expect(error.code).to.equal('host-unreachable');
    expect(error.message).to.include('host1').and.include('host1:16509').and.include('ECONNREFUSED');
  });

  it('gives up on a daemon that takes the connection and says nothing', async () => {
    const daemon = silentDaemon();
    const opened = opening(daemon);
    await daemon.clock.advance(10_000);
    const error = (await opened) as AttituneError;
    expect(error.code).to.equal('host-unreachable');
    expect(error.message).to.include('10 s');
    expect(daemon.stream.destroyed).to.equal(true);
  });

  it('gives up on a host that does not even take the connection', async () => {
    const daemon = silentDaemon();
    const dial: Dial = (_endpoint, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    const opened = opening(daemon, dial);
    await daemon.clock.advance(10_000);
    expect(((await opened) as AttituneError).code).to.equal('host-unreachable');
  });
});
