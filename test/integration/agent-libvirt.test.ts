import { expect } from 'chai';
import { openMemberBus } from '../../core/app/bus-address.js';
import { WebSocketHub } from '../../core/bus/websocket/index.js';
import { SystemClock } from '../../core/model/clock.js';
import type { Heartbeat } from '../../core/model/messages.js';
import { AgentProcess } from '../support/agent-process.js';
import { eventually } from '../support/eventually.js';
import {
  killLibvirtd,
  skipWithoutPrivateLibvirt,
  startLibvirtd,
  startLibvirtOnLoopback,
  type PrivateLibvirt,
} from '../support/private-libvirt.js';
import { BUS_TOKEN } from '../support/bus-token.js';

describe('attitune agent, with a libvirt', function () {
  this.timeout(120_000);
  let libvirt: PrivateLibvirt | undefined;
  let agent: AgentProcess | undefined;

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    libvirt = await startLibvirtOnLoopback();
  });
  after(async () => {
    await agent?.end('SIGKILL');
    await libvirt?.stop();
  });

  it('tells the VMs and whether it takes more, and goes on when libvirtd is away and back', async () => {
    const [daemon] = libvirt!.daemons;
    const clock = new SystemClock();
    const hub = new WebSocketHub({ clock, token: BUS_TOKEN });
    const { url } = await hub.listen('127.0.0.1', 0);
    const manager = await openMemberBus({ address: url, name: 'manager', role: 'manager', clock });
    try {
      const heartbeats: Heartbeat[] = [];
      manager.subscribe('agent.heartbeat', (heartbeat) => heartbeats.push(heartbeat));
      const heard = (what: string, is: (heartbeat: Heartbeat) => boolean) =>
        eventually(() => Promise.resolve(heartbeats.find(is)), 30_000, what);
      const uri = `test+unix:///default?socket=${daemon!.socket}`;
      agent = new AgentProcess('--bus', url, '--name', 'host1', '--every', '500 ms', '--connect', uri);
      const { vms, accepting } = await heard('VMs', (heartbeat) => (heartbeat.vms?.length ?? 0) > 0);
      expect(accepting).to.equal(true);
      // libvirt's mock driver has one domain
      expect(vms![0]).to.include({ name: 'test', state: 'running', vcpus: 2 });
      await heard('what it used', (heartbeat) => heartbeat.vms?.[0]?.cpus !== undefined);
      expect((await manager.request('host1', 'agent.describe', {}, { timeoutMs: 5000 })).hypervisor).to.equal(uri);

      await killLibvirtd(daemon!);
      const told = await heard('the loss', ({ troubles }) => 'hypervisor' in troubles);
      expect(told.vms).to.equal(undefined);
      expect(told.server).to.be.an('object');
      heartbeats.length = 0;
      await startLibvirtd(daemon!);
      await heard('VMs again', (heartbeat) => heartbeat.vms !== undefined && !('hypervisor' in heartbeat.troubles));

      await manager.request('host1', 'agent.control', { accepting: false }, { timeoutMs: 5000 });
      await heard('that it takes none', (heartbeat) => !heartbeat.accepting);
    } finally {
      await manager.close();
      await agent?.end('SIGTERM');
      await hub.close();
    }
  });
});
