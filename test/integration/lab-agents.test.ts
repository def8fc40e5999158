import { spawnSync } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AgentStatus } from '../../core/model/manager-status.js';
import { Lab, labPaths } from '../../wrappers/lab/index.js';
import { MANAGER_SERVER } from '../../wrappers/lab/host/lab-certificates.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { busyDisk } from '../support/busy-disk.js';
import { eventually } from '../support/eventually.js';
import { ManagerFleet, type RunningCommand } from '../support/manager-fleet.js';
import { skipWithoutLab } from '../support/skip.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const HOSTS = ['host1', 'host2', 'host3'];
const FILE = 'agents.deployment.xml';
const GUEST_MIB = 32;

const deployment = ({ plan }: Lab) => `<deployment xmlns="urn:attitune:deployment:1" name="agents">
  <hosts family="servers" hypervisor="libvirt">
    ${plan.hosts.map(({ name, uri }) => `<host name="${name}" uri="${uri}"/>`).join('\n    ')}
  </hosts>
  <component class="Program" wrapper="program" hosts="servers"><attribute name="folder" value="/var/lib/attitune"/></component>
  <probe name="load" measure="load" of="servers" every="1 s"/>
  <probe name="cpu" measure="cpu" of="servers" every="1 s"/>
  <diagram src="start.scxml" role="start"/>
</deployment>`;

const WRAPPER = `<wrapper xmlns="urn:attitune:wrapper:1" name="program" description="of a test">
  <attribute name="folder"/>
  <attribute name="pid" runtime="true"/>
  <method name="start" key="process" method="start">
    <param value="sleep"/><param value="600"/><param value="log:$folder/program.log"/>
  </method>
</wrapper>`;

const START = `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="start" datamodel="ecmascript" initial="on">
  <state id="on"><invoke id="i" type="attitune" src="Program.start"/><transition event="done.invoke.i" target="end"/></state>
  <final id="end"/>
</scxml>`;

/** One story, told in order. */
describe('attitune manager and attitune agent on three lab hosts', function () {
  this.timeout(90_000);
  const paths = labPaths();
  let lab: Lab;
  let fleet: ManagerFleet;
  let manager: RunningCommand;
  let bus: string;
  const agents = new Map<string, number>();

  const times = (text: string) => manager.talk.text.split(text).length - 1;
  const list = async () => {
    const { text } = await fleet.run(['agents', '--bus', bus, '--pki', paths.pki, '--json']);
    return (JSON.parse(text) as { agents: AgentStatus[] }).agents;
  };

  before(async function () {
    skipWithoutLab(this);
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    lab = await Lab.up({ hosts: HOSTS, images: [] }, options);
    bus = `wss://${lab.plan.managerAddress}:7421`;
    fleet = new ManagerFleet({ [FILE]: deployment(lab), 'program.wrapper.xml': WRAPPER, 'start.scxml': START });
    const [first] = lab.plan.hosts;
    const disk = join(paths.disks, 'agents.img');
    writeFileSync(disk, busyDisk());
    const host1 = await LibvirtHypervisor.connect({ host: 'host1', uri: first?.uri ?? '', unsafe: true });
    await host1.create({ name: 'tiny', memoryMiB: GUEST_MIB, vcpus: 1, disks: [{ path: disk, format: 'raw' }] });
    await host1.close();
  });
  after(async () => {
    await (fleet as ManagerFleet | undefined)?.dispose(FILE);
    await (lab as Lab | undefined)?.down();
  });

  it('start software on a host by its agent, with the certificates of the lab', async () => {
    const listen = ['--listen', `${lab.plan.managerAddress}:7421`, '--pki', join(paths.pki, MANAGER_SERVER)];
    manager = fleet.start(['manager', FILE, '--state', fleet.path('state'), ...listen]);
    await manager.said(/is on the bus at wss:/);
    for (const { name, executor } of lab.hosts) {
      const options = ['--bus', bus, '--name', name, '--every', '1 s', '--pki', paths.pki];
      const argv = [process.execPath, CLI, 'agent', ...options] as const;
      const { pid } = await executor.start({ argv: [...argv], cwd: '/', logFile: '/var/log/libvirt/agent.out' });
      agents.set(name, pid);
    }
    await manager.said(/Running\./);
    const [program = 0] = fleet.processes(FILE);
    expect(readlinkSync(`/proc/${program}/ns/net`)).to.equal(readlinkSync(`/proc/${agents.get('host1')}/ns/net`));
  });

  it('hear each host with its virtual machines, and have its load measured there', async () => {
    const rows = await eventually(
      async () => {
        const all = await list();
        return all.every(({ probes, vms }) => probes === 1 && vms !== undefined) && all;
      },
      20_000,
      'every agent runs its probe, and has listed its VMs',
    );
    expect(rows.map(({ name, state, vms, accepting }) => `${name} ${state} ${vms} ${accepting}`)).to.deep.equal([
      'host1 alive 1 true',
      'host2 alive 0 true',
      'host3 alive 0 true',
    ]);
  });

  it('tell once that a host has failed whose agent and network are gone; the others go on', async () => {
    spawnSync('ip', ['-n', lab.plan.hosts[1]?.namespace ?? '', 'link', 'set', 'eth0', 'down']);
    process.kill(agents.get('host2') ?? 0, 'SIGKILL');
    await manager.said(/event\s+host2\s+host\.failed/);
    await manager.said(/event\s+host2\s+host\.unreachable/);
    expect([times('host.failed'), times('host.unreachable')]).to.deep.equal([1, 1]);
    const rows = await list();
    expect(rows.map(({ name, state }) => `${name} ${state}`)).to.deep.equal([
      'host1 alive',
      'host2 silent',
      'host3 alive',
    ]);
    expect(fleet.processes(FILE)).to.have.length(1);
    expect(manager.talk.text).to.not.match(/(host1|host3)\s+host\.|process\.failed|vm\.failed/);
  });
});
