import { expect } from 'chai';
import { reconcile } from '../../core/reconciliation/findings.js';
import { viewHosts } from '../../core/reconciliation/host-view.js';
import { SystemClock } from '../../core/model/clock.js';
import type { DomainEvent } from '../../core/model/hypervisor.js';
import type { HostAccess, Infrastructure } from '../../core/model/infrastructure.js';
import { SeededRandom } from '../../core/model/random.js';
import { ReconnectingHypervisor } from '../../wrappers/libvirt/reconnecting-hypervisor.js';
import { SystemRepresentation } from '../../core/model/system-representation.js';
import { WrapperLibrary } from '../../wrappers/language/wrapper-library.js';
import { VirtualMachine } from '../../wrappers/vm/virtual-machine.wrapper.js';
import { componentClass, deploymentOf } from '../support/deployments.js';
import { rejection } from '../contract/hypervisor-context.js';
import { startHypervisorPair, type LibvirtPair } from '../support/libvirt-pair.js';
import {
  killDaemon,
  killGuest,
  killLibvirtd,
  skipWithoutPrivateLibvirt,
  startLibvirtd,
} from '../support/private-libvirt.js';

describe('libvirt daemons that are killed and started again', function () {
  this.timeout(90_000);
  let pair: LibvirtPair;
  let hosts: ReconnectingHypervisor[];
  let told: string[];
  let waiting: { readonly text: string; readonly seen: () => void }[];

  before(function () {
    skipWithoutPrivateLibvirt(this);
  });
  beforeEach(async () => {
    pair = await startHypervisorPair();
    told = [];
    waiting = [];
    hosts = await Promise.all([open(0), open(1)]);
  });
  afterEach(async () => {
    await Promise.all(hosts.map((host) => host.close()));
    await pair.stop();
  });

  async function open(index: number): Promise<ReconnectingHypervisor> {
    const host = await ReconnectingHypervisor.open({
      host: `host${index + 1}`,
      uri: pair.daemons[index]!.socket,
      connect: () => pair.connect(index),
      clock: new SystemClock(),
      random: new SeededRandom(index),
      firstDelayMs: 50,
      longestDelayMs: 400,
    });
    const tell = (text: string) => {
      told.push(`${host.host} ${text}`);
      for (const one of waiting) if (told.at(-1) === one.text) one.seen();
    };
    await host.onDomainEvent(({ domain, kind, detail }: DomainEvent) => tell(`${domain} ${kind} ${detail}`));
    host.onConnection(({ connected }) => tell(connected ? 'connected' : 'lost'));
    return host;
  }
  const until = (text: string) =>
    told.includes(text) ? Promise.resolve() : new Promise<void>((seen) => waiting.push({ text, seen }));
  const names = async (index: number) =>
    (await hosts[index]!.list()).map(({ name, state }) => `${name} ${state}`).sort();

  async function findings() {
    const access = hosts.map((hypervisor) => ({ name: hypervisor.host, hypervisor }) as unknown as HostAccess);
    const views = await viewHosts(access, new Set(['guest']));
    return reconcile([{ name: 'guest', host: 'host1', runs: true }], views).map(({ kind, hosts }) => [kind, ...hosts]);
  }

  it('find their guests again, and tell what changed meanwhile', async () => {
    const [host1] = hosts as [ReconnectingHypervisor];
    await host1.create(pair.idleGuest('guest'));
    await host1.create(pair.idleGuest('other'));
    await host1.define(pair.idleGuest('defined'));
    expect(await names(0)).to.deep.equal(['defined shutoff', 'guest running', 'other running']);
    await until('host1 defined defined added');
    await killLibvirtd(pair.daemons[0]!);
    await until('host1 lost');
    const error = await rejection(host1.list(), 'host-unreachable');
    expect(error.message).to.match(/^host1 .*there is no connection since .*, and it is (being )?tried again/);
    await startLibvirtd(pair.daemons[0]!);
    await until('host1 connected');
    expect(await names(0)).to.deep.equal(['defined shutoff', 'guest running', 'other running']);
    const since = told.slice(told.indexOf('host1 lost'));
    expect(since, 'nothing has changed').to.deep.equal(['host1 lost', 'host1 connected']);
    // what it is asked for now, it does; what happens now, is told
    await host1.suspend('guest');
    await until('host1 guest suspended paused');
  });

  it('tell what changed while nobody was connected', async () => {
    const [host1] = hosts as [ReconnectingHypervisor];
    await host1.create(pair.idleGuest('guest'));
    await host1.create(pair.idleGuest('dies'));
    await until('host1 dies resumed unpaused');
    await killLibvirtd(pair.daemons[0]!);
    await until('host1 lost');
    killGuest(pair.daemons[0]!, 'dies');
    await startLibvirtd(pair.daemons[0]!);
    await until('host1 connected');
    expect(await names(0)).to.deep.equal(['guest running']);
    const since = told.slice(told.indexOf('host1 lost') + 1);
    // libvirtd tells it itself where it notices only after it was asked for its list
    expect(since.filter((text) => text.includes('stopped'))).to.have.length(1);
    expect(since.find((text) => text.includes('stopped'))).to.match(
      /^host1 dies stopped (missed|failed|crashed|shutdown)$/,
    );
  });

  it('leave a migration to its end, whose outcome is then found', async () => {
    const [host1] = hosts as [ReconnectingHypervisor];
    await host1.create(pair.busyGuest('guest'));
    // whoever began it is gone: another connection, which is closed meanwhile
    const gone = await pair.connect(0);
    const begun = new Promise<void>((resolve) => {
      gone.migrate('guest', pair.migration, { bandwidthMiBps: 8, onProgress: () => resolve() }).catch(() => undefined);
    });
    await begun;
    await gone.close();
    expect(await host1.migrationOf('guest')).to.have.property('domain', 'guest');
    expect(await hosts[1]!.migrationOf('guest'), 'the target says so too').to.have.property('domain', 'guest');
    expect(await findings()).to.deep.equal([['migrating', 'host1', 'host2']]);
    await until('host1 guest stopped migrated');
    // what is transient and has stopped is listed as off for a moment: that is no second one
    expect(await findings()).to.deep.equal([['moved', 'host2']]);
    expect(await names(1)).to.deep.equal(['guest running']);
    expect(await hosts[1]!.migrationOf('guest')).to.equal(undefined);
    // what the events of its arrival told is what the target has
    await killLibvirtd(pair.daemons[1]!);
    await until('host2 lost');
    await startLibvirtd(pair.daemons[1]!);
    await until('host2 connected');
    expect(told.slice(told.indexOf('host2 lost'))).to.deep.equal(['host2 lost', 'host2 connected']);
  });

  it('leave a migration to the next manager, who waits for it and tells where the machine is', async () => {
    const place = { file: 'test', line: 1, column: 1 };
    const entries = hosts.map(({ host: name, uri }) => ({ name, uri, attributes: {}, place }));
    const deployment = deploymentOf({
      hostFamilies: [{ name: 'servers', hypervisor: 'libvirt', hosts: entries, place }],
      classes: [componentClass('Machine', { wrapper: 'virtual-machine', hosts: 'servers' })],
    });
    const library = new WrapperLibrary({ classes: [VirtualMachine] });
    const system = new SystemRepresentation(deployment, (name) => library.get(name)?.isNode === true);
    const component = system.create('Machine');
    system.place(component, system.component('host1'));
    const { uuid } = await hosts[0]!.create(pair.busyGuest(component.name));
    component.setAttribute('uuid', uuid);
    // so far the former manager came
    component.setAttribute('whereabouts', 'host1 host2');
    const gone = await pair.connect(0);
    await new Promise<void>((resolve) => {
      const options = { bandwidthMiBps: 8, onProgress: () => resolve() };
      gone.migrate(component.name, pair.migration, options).catch(() => undefined);
    });
    await gone.close();
    const infrastructure = {
      clock: new SystemClock(),
      hosts: () => hosts.map((hypervisor) => ({ name: hypervisor.host, hypervisor })),
      host: (name: string) => ({ name, hypervisor: hosts.find(({ host }) => host === name) }),
    } as unknown as Infrastructure;
    const reports: string[] = [];
    const result = await library.get('virtual-machine')!.invoke('migrate', {
      component,
      system,
      infrastructure,
      parameters: { to: 'host2' },
      signal: new AbortController().signal,
      report: (text) => void reports.push(text),
      resumed: true,
    });
    expect(result).to.deep.equal({ from: 'host1', to: 'host2', unwatched: true });
    expect(reports).to.deep.equal(['Machine_1 is still on its way, as the former manager began it']);
    expect(system.hostOf(component)?.name).to.equal('host2');
    expect(await names(1)).to.deep.equal(['Machine_1 running']);
  });

  it('end a migration when the source is killed in it: the guest is on one host, and found', async () => {
    const [host1] = hosts as [ReconnectingHypervisor];
    await host1.create(pair.busyGuest('guest'));
    let killed = false;
    const error = await rejection(
      host1.migrate('guest', pair.migration, {
        bandwidthMiBps: 1,
        onProgress: () => {
          if (!killed) void killLibvirtd(pair.daemons[0]!);
          killed = true;
        },
      }),
      'host-unreachable',
    );
    expect(error.message).to.include('guest');
    await startLibvirtd(pair.daemons[0]!);
    await until('host1 connected');
    for (let look = 0; look < 100; look += 1) {
      if ((await findings())[0]?.[0] === 'as-expected') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await findings()).to.deep.equal([['as-expected', 'host1']]);
    expect(await names(1)).to.deep.equal([]);
  });

  it('are silent hosts while they are away: nothing is said of what may be there', async () => {
    const [host1] = hosts as [ReconnectingHypervisor];
    await host1.create(pair.idleGuest('guest'));
    killDaemon(pair.daemons[0]!);
    await until('host1 lost');
    expect(await findings()).to.deep.equal([['silent', 'host1']]);
  });
});
