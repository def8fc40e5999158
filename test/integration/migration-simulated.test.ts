import { expect } from 'chai';
import type { MigrationSnapshot } from '../../core/model/bus.js';
import { libraryWorld } from '../support/library-world.js';

describe('migrations of a deployment, on simulated hosts', function () {
  this.timeout(30_000);

  it('wait for their turn where the deployment limits them, and tell so', async () => {
    const world = libraryWorld({ file: 'crowd' });
    const seen: MigrationSnapshot[] = [];
    world.bus.subscribe('migration', (migration) => void seen.push(migration));
    await world.deploy();
    const most = { running: 0 };
    const { migrations } = world.infrastructure;
    migrations.onChange(() => (most.running = Math.max(most.running, migrations.running.length)));
    expect(await world.tell('operator.leave', 'host1', 'leave')).to.equal('moved');
    expect(most.running).to.equal(1);
    expect(await world.domains('host2')).to.deep.equal(['Machine_1', 'Machine_2', 'Machine_3']);

    const { texts } = world;
    expect(texts()).to.include(
      'Machine_3: Machine_3 waits for its turn to migrate to host2 (2 others on host1, 2 others on host2)',
    );
    const waiting = seen.filter(({ status }) => status === 'waiting');
    expect(waiting.map(({ vm, waiting: why }) => `${vm}: ${why ?? ''}`)).to.deep.equal([
      'Machine_2: 1 other on host1, 1 other on host2',
      'Machine_3: 2 others on host1, 2 others on host2',
    ]);
    expect(texts().join('\n')).to.match(/Machine_3 migrated from host1 to host2 in .* after \d+\.\d s in the queue/);
  });

  it('leave a record of what they cost, and of how long they waited', async () => {
    const world = libraryWorld({ file: 'crowd' });
    await world.deploy();
    await world.tell('operator.leave', 'host1', 'leave');
    const records = world.manager.migrations;
    expect(records).to.have.length(3);
    for (const record of records) {
      expect(record).to.include({ from: 'host1', to: 'host2', mode: 'live' });
      expect(record.transferredBytes).to.be.greaterThan(0);
      expect(record.iterations).to.be.greaterThan(0);
      expect(record.downtimeMs).to.be.within(1, record.elapsedMs);
    }
    const [first, second, third] = records;
    expect(first?.waitedMs).to.equal(0);
    expect(second?.startedAt).to.be.at.least((first?.startedAt ?? 0) + (first?.elapsedMs ?? 0));
    expect(third?.waitedMs).to.be.greaterThan(second?.waitedMs ?? Infinity);
    const kept = world.manager.journal.entries.flatMap(({ data }) => (data?.['migration'] ? [data['migration']] : []));
    expect(kept).to.deep.equal(records);
  });

  it('may take no longer than the deployment says', async () => {
    const world = libraryWorld({ file: 'crowd', set: { timeout: '3 s' } });
    await world.deploy();
    world.infrastructure.faults.migrationsStall();
    expect(await world.tell('operator.leave', 'host1', 'leave')).to.equal('stayed');
    const trouble = world.manager.journal.entries.filter(
      ({ kind, text }) => kind === 'trouble' && /migrate failed/.test(text),
    );
    expect(trouble.map(({ data }) => data?.['code'])).to.deep.equal(Array(3).fill('migration-timeout'));
    expect(await world.domains('host1')).to.deep.equal(['Machine_1', 'Machine_2', 'Machine_3']);
  });
});
