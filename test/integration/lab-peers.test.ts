import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { Lab, labPaths } from '../../wrappers/lab/index.js';
import { MANAGER_SERVER } from '../../wrappers/lab/host/lab-certificates.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { eventually } from '../support/eventually.js';
import { ManagerFleet } from '../support/manager-fleet.js';
import { skipWithoutLab } from '../support/skip.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
/** Scenario 3 on three hosts: hp1 is to be shut down, the others want three machines each. */
const BEFORE = { hp1: ['okvm1', 'okvm2'], hp2: ['okvm3', 'okvm4'], hp3: ['okvm5', 'okvm6'] } as const;
type Host = keyof typeof BEFORE;
const HOSTS = Object.keys(BEFORE) as readonly Host[];
const POLICIES: Readonly<Record<Host, string>> = {
  hp1: asset('examples/peer-policies/shutdown.scxml'),
  hp2: asset('examples/peer-policies/three-machines.scxml'),
  hp3: asset('examples/peer-policies/three-machines.scxml'),
};
/** Guests without a disk, which wait in their BIOS: they migrate as any other. */
const GUEST_MIB = 32;
const LOG = '/var/log/libvirt/peer.out';

describe('a host of the lab that is to be shut down is emptied by its peers', function () {
  this.timeout(150_000);
  const paths = labPaths();
  let lab: Lab;
  let fleet: ManagerFleet;
  const hypervisors = new Map<Host, LibvirtHypervisor>();

  const hypervisor = (host: Host) => hypervisors.get(host) as LibvirtHypervisor;
  const running = async (host: Host) => {
    const all = await hypervisor(host).list();
    return all.filter(({ state }) => state === 'running').map(({ name }) => name);
  };
  const distribution = async () =>
    Object.fromEntries(await Promise.all(HOSTS.map(async (host) => [host, (await running(host)).sort()] as const)));
  const logs = () =>
    Promise.all(lab.hosts.map(async ({ name, executor }) => `${name}:\n${(await executor.get(LOG)) ?? 'no log'}`));

  before(async function () {
    skipWithoutLab(this);
    lab = await Lab.up(
      { hosts: HOSTS, images: [] },
      { signal: new AbortController().signal, onProgress: () => undefined },
    );
    fleet = new ManagerFleet({});
    for (const { name, uri } of lab.plan.hosts) {
      const host = name as Host;
      hypervisors.set(host, await LibvirtHypervisor.connect({ host, uri }));
      for (const vm of BEFORE[host])
        await hypervisor(host).create({ name: vm, memoryMiB: GUEST_MIB, vcpus: 1, disks: [] });
    }
  });
  after(async () => {
    await Promise.all([...hypervisors.values()].map((each) => each.close()));
    await (fleet as ManagerFleet | undefined)?.dispose('none');
    await (lab as Lab | undefined)?.down();
  });

  it('by attitune agent --peer on each, over a hub with certificates; no machine is lost, none moves twice', async () => {
    const listen = `${lab.plan.managerAddress}:7421`;
    const hub = fleet.start(['hub', '--listen', listen, '--pki', join(paths.pki, MANAGER_SERVER)]);
    await hub.said(/wss:/);
    const libvirt = `qemu+tls://{}/system?pkipath=${encodeURI(paths.pki)}`;
    for (const { name, executor } of lab.hosts) {
      const bus = ['--bus', `wss://${listen}`, '--name', name, '--pki', paths.pki];
      const peer = ['--peer', POLICIES[name as Host], '--peer-every', '2 s', '--peer-uri', libvirt];
      await executor.start({ argv: [process.execPath, CLI, 'agent', ...bus, ...peer], cwd: '/', logFile: LOG });
    }
    const after = await eventually(
      async () => {
        const now = await distribution();
        return now['hp1']?.length === 0 && now['hp2']?.length === 3 && now['hp3']?.length === 3 && now;
      },
      90_000,
      'hp1 is empty, and the others have three machines each',
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(await distribution())}\n${(await logs()).join('\n')}`);
    });
    const everything = Object.values(BEFORE).flat();
    expect(Object.values(after).flat().sort(), 'each machine is on one host').to.deep.equal([...everything].sort());
    // who gave a machine away tells it when all is over
    const told = await eventually(
      async () => {
        const text = (await logs()).join('\n');
        return BEFORE.hp1.every((vm) => text.includes(`${vm} moved from hp1`)) && text;
      },
      10_000,
      'hp1 tells what it gave away',
    );
    expect(told.match(/ moved from /g), told).to.have.length(BEFORE.hp1.length);
  });
});
