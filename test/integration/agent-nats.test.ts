import { expect } from 'chai';
import { RemoteExecutor } from '../../core/agent/remote-executor.js';
import { openMemberBus } from '../../core/app/bus-address.js';
import { SystemClock } from '../../core/model/clock.js';
import type { MembershipChange } from '../../core/model/member-bus.js';
import type { Heartbeat } from '../../core/model/messages.js';
import { AgentProcess } from '../support/agent-process.js';
import { eventually } from '../support/eventually.js';
import { skipWithoutNats, startNats, type PrivateNats } from '../support/private-nats.js';

const WITHIN_MS = 30_000;

describe('attitune agent, on a NATS server', function () {
  this.timeout(120_000);
  let nats: PrivateNats | undefined;
  let agent: AgentProcess | undefined;

  before(async function () {
    skipWithoutNats(this);
    nats = await startNats();
  });
  after(async () => {
    await agent?.end('SIGKILL');
    await nats?.stop();
  });

  it('is heard, does what it is asked, is told as failed when it is killed, and comes back', async () => {
    const clock = new SystemClock();
    const address = `nats://${nats!.server}`;
    const manager = await openMemberBus({ address, name: 'manager', role: 'manager', clock });
    try {
      const heartbeats: Heartbeat[] = [];
      const changes: MembershipChange[] = [];
      manager.subscribe('agent.heartbeat', (heartbeat) => heartbeats.push(heartbeat));
      manager.onMembership((change) => changes.push(change));
      const changed = (kind: MembershipChange['kind']) =>
        eventually(
          () => Promise.resolve(changes.find(({ member, kind: what }) => member.name === 'host1' && what === kind)),
          WITHIN_MS,
          `host1 ${kind}`,
        );
      const start = () => new AgentProcess('--bus', address, '--name', 'host1', '--every', '1 s', '--no-hypervisor');
      agent = start();
      await eventually(() => Promise.resolve(heartbeats.length > 1), WITHIN_MS, 'heartbeats');
      const executor = new RemoteExecutor(manager, 'host1', clock, { patienceMs: WITHIN_MS });
      expect((await executor.run({ argv: ['echo', 'done'] })).stdout).to.equal('done\n');
      await agent.end('SIGKILL');
      await changed('failed');
      changes.length = 0;
      heartbeats.length = 0;
      agent = start();
      await eventually(() => Promise.resolve(heartbeats.length > 0), WITHIN_MS, 'heartbeats again');
      expect(heartbeats[0]?.sequence).to.equal(1);
      expect((await executor.run({ argv: ['echo', 'again'] })).stdout).to.equal('again\n');
      expect(await agent.end('SIGTERM')).to.equal(0);
      await changed('left');
    } finally {
      await manager.close();
    }
  });
});
