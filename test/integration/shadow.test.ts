import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadDeployment } from '../../core/app/load-files.js';
import { readOnly } from '../../core/app/read-only-infrastructure.js';
import type { Watching } from '../../core/loop/control/control.js';
import type { Hypervisor } from '../../core/model/hypervisor.js';
import type { HostAccess, Infrastructure } from '../../core/model/infrastructure.js';
import { governed, governedWorld } from '../support/governed-world.js';

/** Methods of a hypervisor that change something. */
const CHANGING = [
  ...(['create', 'define', 'start', 'undefine', 'setAutostart', 'shutdown', 'reboot', 'destroy', 'suspend'] as const),
  ...(['resume', 'scale', 'setCpuWeight', 'migrate'] as const),
] satisfies readonly (keyof Hypervisor)[];
const CHANGING_FILES = ['start', 'signal', 'put', 'ensure'];

/** The same hosts, as another process sees them that may only look: what changes anything is written down. */
function watched(infrastructure: Infrastructure, touched: string[]): Infrastructure {
  const guard = <T extends object>(real: T, where: string, changing: readonly string[]): T =>
    new Proxy(real, {
      get: (target, name) => {
        if (changing.includes(String(name))) touched.push(`${where}.${String(name)}`);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  const access = (host: HostAccess): HostAccess => ({
    ...host,
    hypervisor: guard(host.hypervisor, host.name, CHANGING),
    executor: guard(host.executor, host.name, CHANGING_FILES),
    cpuCapacity: () => host.cpuCapacity(),
  });
  return new Proxy(infrastructure, {
    get: (target, name) => {
      if (name === 'up' && target.hosts().length === 0) return target.up.bind(target);
      if (name === 'up' || name === 'down' || name === 'deployed') return () => Promise.resolve();
      if (name === 'hosts') return () => target.hosts().map(access);
      if (name === 'host') return (host: string) => access(target.host(host));
      if (name === 'prepareDomain' || name === 'releaseDomain') touched.push(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function besides(real: Infrastructure, watching: Watching, touched: string[]) {
  const { loaded, errors } = loadDeployment(asset('test/fixtures/library/governed.deployment.xml'), pluginsFor);
  if (!loaded) throw new AggregateError(errors);
  const onBusError = (error: unknown) => {
    throw error;
  };
  const composed = composeManager(loaded, watched(real, touched), onBusError, undefined, undefined, { watching });
  const deploy = () => composed.manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined });
  return { ...composed, ...governed(composed), deploy };
}

describe('a manager that watches only', function () {
  this.timeout(60_000);

  it('sees, decides and tells as a shadow, and changes nothing', async () => {
    const world = await governedWorld();
    const touched: string[] = [];
    const shadow = besides(world.infrastructure, 'shadow', touched);
    await world.clock.runUntil(shadow.deploy());
    await world.pass(20_000);
    const vm = shadow.manager.system.component('Machine_1');
    expect(vm.lifeCycle.state).to.equal('started');
    expect(shadow.manager.system.hostOf(vm)?.name).to.equal('host1');
    for (const [name, component] of [
      ['hot', 'host1'],
      ['operator.relieve', 'host1'],
      ['crowded', 'Apache_1'],
      ['stale', 'Tomcat_1'],
    ] as const) {
      shadow.raise(name, component);
      await world.pass(20_000);
    }
    const told = shadow.decisions().map(({ text }) => text);
    expect(told, told.join('\n')).to.have.length(4);
    expect(told[0]).to.match(/^move Machine_\d from host1 to host2, .* told only, because this manager watches only/);
    expect(told[3]).to.contain('Tomcat_1.configure would be done');
    expect(touched).to.deep.equal([]);
    expect(shadow.manager.control.summary()).to.deep.equal({ pending: 0, watching: 'shadow' });
    await world.clock.runUntil(shadow.manager.undeploy());
    expect(touched).to.deep.equal([]);
    expect(await world.domains('host1')).to.deep.equal(['Machine_1', 'Machine_2']);
    // the manager that it was beside goes on
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('relieved');
  });

  it('tells in a dry run all that would be done to bring a system up', async () => {
    const world = await governedWorld();
    await world.undeploy();
    const touched: string[] = [];
    const dry = besides(world.infrastructure, 'dry-run', touched);
    await world.clock.runUntil(dry.deploy());
    const would = dry.of('operation').map(({ subject, data }) => `${subject} ${String(data?.['would'])}`);
    expect(would).to.include.members(['Machine_1 start', 'Machine_2 start', 'Tomcat_1 start', 'Apache_1 start']);
    expect(would.indexOf('Machine_1 start')).to.be.lessThan(would.indexOf('Tomcat_1 start'));
    await world.clock.runUntil(dry.manager.undeploy());
    expect(touched).to.deep.equal([]);
  });

  it('could not change anything if it wanted to', async () => {
    const world = await governedWorld();
    const { hypervisor, executor } = readOnly(world.infrastructure).host('host1');
    for (const call of [
      () => hypervisor.destroy('Machine_1'),
      () => hypervisor.migrate('Machine_1', {} as never),
      () => hypervisor.storage.deleteVolume('pool', 'disk'),
      () => hypervisor.guestAgent('Machine_1', { execute: 'guest-exec', arguments: { path: '/bin/true' } }),
      () => executor.put('/etc/passwd', ''),
      () => executor.signal(1, 'SIGTERM'),
    ]) {
      const error = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect((error as { code?: string } | undefined)?.code).to.equal('not-permitted');
    }
    expect((await world.clock.runUntil(hypervisor.list())).map(({ name }) => name)).to.include('Machine_1');
  });
});
