import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { DomainDescription, MigrationOptions, MigrationTarget } from '../../../core/model/hypervisor.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import { MigrationQueue } from '../../../core/model/migration-queue.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { migrateVm, preflightVm, timeoutFor, type VmMigration } from '../../../wrappers/vm/migrate-vm.js';

const place = { file: 'test', line: 1, column: 1 };
const machine = (name: string, memoryMiB = 256): DomainDescription => ({ name, memoryMiB, vcpus: 1, disks: [] });

describe('migrating a virtual machine', () => {
  let clock: SimulatedClock;
  let infrastructure: SimulatedInfrastructure;
  let queue: MigrationQueue;
  let reports: { readonly text: string; readonly data: Readonly<Record<string, unknown>> }[];

  beforeEach(() => {
    clock = new SimulatedClock(1_000_000);
    infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    for (const name of ['host1', 'host2', 'host3'])
      infrastructure.addHost({ name, uri: `qemu+tls://${name}/system`, attributes: {}, place });
    queue = new MigrationQueue();
    reports = [];
  });
  afterEach(() => infrastructure.down());

  const host = (name: string): HostAccess => infrastructure.host(name);
  const create = (name: string, on = 'host1', memoryMiB?: number) =>
    clock.runUntil(host(on).hypervisor.create(machine(name, memoryMiB)));
  const migration = (domain: string, to = 'host2', more: Partial<VmMigration> = {}): VmMigration => ({
    domain,
    from: host('host1'),
    to: host(to),
    hosts: infrastructure.hosts(),
    queue,
    clock,
    report: (text, data = {}) => reports.push({ text, data }),
    ...more,
  });
  const on = async (name: string) =>
    (await clock.runUntil(host(name).hypervisor.list())).map((domain) => `${domain.name} ${domain.state}`).sort();
  const failure = async (promise: Promise<unknown>): Promise<AttituneError> => {
    const error: unknown = await clock.runUntil(promise.catch((reason: unknown) => reason));
    expect(error).to.be.instanceOf(AttituneError);
    return error as AttituneError;
  };

  it('tells how it went, and how far it is', async () => {
    await create('web');
    const result = await clock.runUntil(migrateVm(migration('web')));
    expect(result).to.include({ from: 'host1', to: 'host2', mode: 'live', waitedMs: 0 });
    expect(result.transferredBytes).to.be.greaterThan(0);
    expect(await on('host2')).to.deep.equal(['web running']);
    const fractions = reports.map(({ data }) => data['fraction']);
    expect(fractions.length).to.be.greaterThan(1);
    for (const fraction of fractions) expect(fraction).to.be.within(0, 1);
    expect(queue.running).to.deep.equal([]);
  });

  it('moves the definition of one that does not run', async () => {
    await clock.runUntil(host('host1').hypervisor.define(machine('cold')));
    const result = await clock.runUntil(migrateVm(migration('cold')));
    expect(result).to.include({ mode: 'offline', downtimeMs: 0 });
    expect([await on('host1'), await on('host2')]).to.deep.equal([[], ['cold shutoff']]);
  });

  it('lists every reason against it, and takes no place in the queue', async () => {
    await create('web');
    await create('web', 'host2');
    const total = (await clock.runUntil(host('host2').hypervisor.nodeMemory())).totalMiB;
    const error = await failure(migrateVm(migration('web', 'host2', { memoryMiB: total + 1 })));
    expect(error.code).to.equal('migration-refused');
    expect(error.message)
      .to.include('another domain web')
      .and.include(`needs ${total + 1} MiB`);
    expect(error.details['reasons']).to.have.length.of.at.least(2);
    expect([queue.running, queue.waiting]).to.deep.equal([[], []]);
    const reasons = await clock.runUntil(preflightVm(migration('web')));
    expect(reasons.map(({ rule }) => rule)).to.deep.equal(['name']);
  });

  it('waits for its turn, tells for what, and how long it was', async () => {
    for (const name of ['a', 'b', 'c']) await create(name);
    const all = ['a', 'b', 'c'].map((name) => migrateVm(migration(name)));
    const results = await clock.runUntil(Promise.all(all));
    const waiting = reports.filter(({ data }) => 'waiting' in data);
    expect(waiting.map(({ text }) => text)).to.deep.equal([
      'c waits for its turn to migrate to host2 (2 others on host1, 2 others on host2)',
    ]);
    expect(results.map(({ waitedMs }) => waitedMs > 0)).to.deep.equal([false, false, true]);
    expect(await on('host2')).to.deep.equal(['a running', 'b running', 'c running']);
  });

  it('promises no memory twice, however many ask at once', async () => {
    const total = (await clock.runUntil(host('host2').hypervisor.nodeMemory())).totalMiB;
    for (const name of ['a', 'b', 'c']) await create(name, 'host1', 64);
    const half = Math.floor(total * 0.6);
    const all = ['a', 'b', 'c'].map((name) =>
      migrateVm(migration(name, 'host2', { memoryMiB: half })).then(
        () => 'migrated',
        (error: unknown) => AttituneError.from(error).code,
      ),
    );
    expect((await clock.runUntil(Promise.all(all))).sort()).to.deep.equal([
      'migrated',
      'migration-refused',
      'migration-refused',
    ]);
  });

  it('is refused a second time, and can be cancelled while it waits', async () => {
    queue.limit({ total: 1 });
    for (const name of ['a', 'b']) await create(name);
    const first = migrateVm(migration('a'));
    const abort = new AbortController();
    const second = migrateVm(migration('b', 'host3', { signal: abort.signal }));
    clock.setTimeout(() => abort.abort(), 100);
    const again = migrateVm(migration('a', 'host3')).catch((error: unknown) => AttituneError.from(error).code);
    expect((await failure(second)).code).to.equal('cancelled');
    expect(await clock.runUntil(again)).to.be.oneOf(['domain-state', 'migration-refused']);
    await clock.runUntil(first);
    expect(await on('host1')).to.deep.equal(['b running']);
    expect((await failure(migrateVm(migration('b', 'host2', { signal: AbortSignal.abort() })))).code).to.equal(
      'cancelled',
    );
  });

  it('is checked anew after it waited', async () => {
    queue.limit({ perHost: 1 });
    for (const name of ['a', 'b']) await create(name);
    const [first, second] = [migrateVm(migration('a')), migrateVm(migration('b'))];
    await clock.advance(100);
    await clock.runUntil(host('host1').hypervisor.destroy('b'));
    await clock.runUntil(first);
    expect((await failure(second)).code).to.equal('migration-refused');
    expect(queue.running).to.deep.equal([]);
  });

  it('is aborted when its time is over, and says where the domain is', async () => {
    await create('web');
    infrastructure.faults.migrationsStall();
    const error = await failure(migrateVm(migration('web', 'host2', { settings: { timeoutMs: 5000 } })));
    expect(error.code).to.equal('migration-timeout');
    expect(error.message).to.match(/it is running on host1/);
    expect(error.details).to.include({ host: 'host1', state: 'running' });
    expect(queue.running).to.deep.equal([]);
  });

  it('takes its settings to the hypervisor, with a time-out of its own where none is told', async () => {
    await create('web');
    const given: MigrationOptions[] = [];
    const { hypervisor } = host('host1');
    const from = {
      ...host('host1'),
      hypervisor: new Proxy(hypervisor, {
        get: (target, name) => {
          const own = Reflect.get(target, name, target) as unknown;
          if (name !== 'migrate') return typeof own === 'function' ? (own.bind(target) as unknown) : own;
          return (domain: string, to: MigrationTarget, options: MigrationOptions) => {
            given.push(options);
            return hypervisor.migrate(domain, to, options);
          };
        },
      }),
    };
    const settings = { bandwidthMiBps: 64, postCopyAfterMs: 1000, autoConverge: false };
    await clock.runUntil(migrateVm(migration('web', 'host2', { from, settings })));
    expect(given[0]).to.include({ ...settings, timeoutMs: timeoutFor(256, 64) });
    expect(timeoutFor(256, 64)).to.equal(76_000);
    expect(timeoutFor(3000)).to.equal(460_000);
  });
});
