import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { expect } from 'chai';
import { RemoteExecutor } from '../../core/agent/remote-executor.js';
import { openMemberBus } from '../../core/app/bus-address.js';
import { SystemClock } from '../../core/model/clock.js';
import type { MembershipChange } from '../../core/model/member-bus.js';
import type { Heartbeat } from '../../core/model/messages.js';
import { AgentProcess } from '../support/agent-process.js';
import { BUS_TOKEN } from '../support/bus-token.js';
import { eventually } from '../support/eventually.js';
import { refusal } from '../support/hub-world.js';
import { skipWithoutNats, startNats, type PrivateNats } from '../support/private-nats.js';

const WITHIN_MS = 30_000;

describe('attitune agent, on a NATS server', function () {
  this.timeout(120_000);
  let nats: PrivateNats | undefined;
  let agent: AgentProcess | undefined;

  before(async function () {
    skipWithoutNats(this);
    nats = await startNats({ token: true });
  });
  after(async () => {
    await agent?.end('SIGKILL');
    await nats?.stop();
  });

  it('is joined only with its token, and only where it asks for one', async () => {
    const clock = new SystemClock();
    const join = (address: string, busToken?: string) =>
      openMemberBus({ address, name: 'host1', role: 'agent', clock, busToken });
    const folder = await mkdtemp(path(tmpdir(), 'attitune-nats-token-'));
    const open = await startNats();
    try {
      const asks = await refusal(join(`nats://${open.server}`));
      expect(asks.code).to.equal('not-permitted');
      expect(asks.message).to.match(/every user of this machine.*authorization \{ token: .*bus-token/);
      expect(asks.message).to.not.include(BUS_TOKEN.secret);
      const theirs = path(folder, 'theirs');
      await writeFile(theirs, `${'another-users-'.repeat(3)}\n`, { mode: 0o600 });
      const wrong = await refusal(join(`nats://${nats!.server}`, theirs));
      expect(wrong.code, wrong.message).to.equal('not-permitted');
      expect(wrong.message).to.include(theirs).and.include('--bus-token');
    } finally {
      await open.stop();
      await rm(folder, { recursive: true });
    }
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
