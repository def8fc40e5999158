import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Executor } from '../../../core/model/executor.js';
import type { LoadGenerator } from '../../../core/model/load.js';
import { readDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { LocalInfrastructure, type HostAgents } from '../../../wrappers/hosts/index.js';
import { deploymentOf } from '../../support/deployments.js';

const place = { file: 'a.deployment.xml', line: 3, column: 5 };

describe('hosts without a hypervisor', () => {
  const load: LoadGenerator = { start: () => expect.fail('no load is asked for') };
  let infrastructure: LocalInfrastructure;
  const up = (uri = 'local:', hypervisor = 'none') =>
    infrastructure.up(
      deploymentOf({
        hostFamilies: [{ name: 'servers', hypervisor, hosts: [{ name: 'here', uri, attributes: {}, place }], place }],
      }),
    );
  const refused = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail('it was not refused'),
      (error: unknown) => error as AttituneError,
    );

  beforeEach(() => {
    infrastructure = new LocalInfrastructure({ clock: new SimulatedClock(), load });
  });
  afterEach(async () => {
    await infrastructure.down();
    await infrastructure.down();
  });

  it('are this machine', async () => {
    await up();
    await up();
    const [host] = infrastructure.hosts();
    expect(host).to.include({ name: 'here', address: '127.0.0.1', local: true });
    expect(host!.cpuCapacity()).to.be.at.least(1);
    const { stdout } = await host!.executor.run({ argv: ['echo', 'hello'] });
    expect(stdout).to.equal('hello\n');
    expect((await host!.hypervisor.capabilities()).memoryMiB).to.be.greaterThan(0);
    expect(() => infrastructure.host('there')).to.throw(AttituneError, /no host "there" \(there are here\)/);
  });

  it('are written as the README says', async () => {
    const readme = readFileSync(asset('wrappers/hosts/README.md'), 'utf8');
    const hosts = /```xml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'attitune-hosts-'));
    try {
      const file = join(folder, 'a.deployment.xml');
      writeFileSync(file, `<deployment xmlns="urn:attitune:deployment:1" name="a">${hosts}</deployment>`);
      const { deployment } = readDeployment(file);
      await infrastructure.up(deployment!);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    expect(infrastructure.hosts().map(({ name }) => name)).to.deep.equal(['here']);
  });

  it('have no virtual machines, and say so', async () => {
    await up();
    const { hypervisor } = infrastructure.host('here');
    expect(await hypervisor.list()).to.deep.equal([]);
    expect(await hypervisor.statistics()).to.deep.equal([]);
    const errors = await Promise.all([
      refused(hypervisor.create({ name: 'a', memoryMiB: 1, vcpus: 1, disks: [] })),
      refused(hypervisor.migrate('a', { host: 'b', uri: 'c' })),
      refused(infrastructure.prepareDomain({ name: 'a', image: 'i', memoryMiB: 1, vcpus: 1, host: 'here' })),
    ]);
    for (const error of errors) {
      expect(error.code).to.equal('hypervisor');
      expect(error.message).to.match(/The host here has no hypervisor/);
    }
    expect(() => infrastructure.guest('a')).to.throw(AttituneError, /no guest "a"/);
  });

  it('are other machines where they have an agent', async () => {
    const heard = new Set<() => void>();
    const known = new Map<string, { readonly cpus: number; readonly memoryMiB: number }>();
    const awaited: string[] = [];
    const agents: HostAgents = {
      executorFor: (node) => ({ node }) as Executor,
      awaited: (hosts) => Promise.resolve(void awaited.push(...hosts)),
      machine: (name) => known.get(name),
      onHeard: (_, listener) => {
        heard.add(listener);
        return { unsubscribe: () => void heard.delete(listener) };
      },
    };
    infrastructure = new LocalInfrastructure({ clock: new SimulatedClock(), load, agents });
    const host = (name: string, uri: string) => ({ name, uri, attributes: {}, place });
    const hosts = [host('here', 'local:'), host('there', 'agent://10.0.0.2')];
    const deployment = deploymentOf({ hostFamilies: [{ name: 'servers', hypervisor: 'none', hosts, place }] });
    await infrastructure.up(deployment, undefined, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    expect(awaited).to.deep.equal(['there']);
    expect(infrastructure.host('here')).to.include({ local: true }).and.not.have.property('agent');
    const there = infrastructure.host('there');
    expect(there).to.include({ local: false, agent: 'there', address: '10.0.0.2' });
    expect(there.executor.node).to.equal('there');
    const changes: boolean[] = [];
    there.hypervisor.onConnection(({ connected }) => changes.push(connected));
    const silent = await refused(there.hypervisor.capabilities());
    expect(silent.code).to.equal('host-unreachable');
    expect(silent.message).to.match(/there is waiting for its agent/);
    const machine = { cpus: 7, memoryMiB: 2048 };
    known.set('there', machine);
    for (let beats = 0; beats < 3; beats += 1) for (const tell of [...heard]) tell();
    expect(changes).to.deep.equal([true]);
    expect(await there.hypervisor.capabilities()).to.include(machine);
    expect(there.cpuCapacity()).to.equal(7);
  });

  it('are refused as other machines where there is no bus', async () => {
    const error = await refused(up('agent://10.0.0.2'));
    expect(error).to.include({ code: 'value', place });
    expect(error.message).to.include("'attitune manager'");
  });

  it('are refused where they are elsewhere, or have a hypervisor', async () => {
    const elsewhere = await refused(up('http://there'));
    expect(elsewhere).to.include({ code: 'value', place });
    expect(elsewhere.message).to.include('"local:"');
    expect(await refused(up('qemu:///system', 'libvirt'))).to.include({ code: 'hypervisor' });
  });
});
