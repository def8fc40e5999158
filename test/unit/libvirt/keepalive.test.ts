import { expect } from 'chai';
import { KEEPALIVE_PROC_PING, KEEPALIVE_PROC_PONG, keepalivePacket } from '../../../wrappers/libvirt/rpc/keepalive.js';
import { FakeDaemon } from './fake-daemon.js';

const keepalive = { intervalMs: 5000, count: 3 };

describe("libvirt's keepalive", () => {
  it('answers a ping with a pong', async () => {
    const daemon = new FakeDaemon({ keepalive });
    await daemon.send(keepalivePacket(KEEPALIVE_PROC_PING));
    expect(daemon.keepalive).to.deep.equal([KEEPALIVE_PROC_PONG]);
  });

  it('asks a silent daemon, and goes on while that answers', async () => {
    const daemon = new FakeDaemon({ keepalive });
    for (let round = 0; round < 10; round += 1) {
      await daemon.clock.advance(5000);
      await daemon.send(keepalivePacket(KEEPALIVE_PROC_PONG));
    }
    expect(daemon.keepalive).to.deep.equal(Array(10).fill(KEEPALIVE_PROC_PING));
    expect(daemon.connection.closed).to.equal(false);
  });

  it('gives a daemon up that answers none of the pings', async () => {
    const daemon = new FakeDaemon({ keepalive });
    const reasons: string[] = [];
    daemon.connection.onClose((reason) => reasons.push(`${(reason as { code?: string }).code}: ${reason.message}`));
    await daemon.clock.advance(19_999);
    expect(reasons).to.deep.equal([]);
    await daemon.clock.advance(1);
    expect(daemon.keepalive).to.have.length(3);
    expect(reasons).to.deep.equal(['host-unreachable: host1: does not answer for 20 s.']);
    expect(daemon.clock.nextDueAt).to.equal(undefined);
  });
});
