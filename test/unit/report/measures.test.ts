import { expect } from 'chai';
import { MEASURES, measureNames, measures } from '../../../core/app/report/measures.js';
import { migration, request, run, START } from './fixture.js';

describe('the measures of a run', () => {
  it('are exactly those that the table documents, also of an empty run', () => {
    expect(Object.keys(measures(run())).sort()).to.deep.equal(measureNames(['calm', 'rush']).sort());
    for (const { name, unit, description } of MEASURES) {
      expect(unit, name).to.not.equal('');
      expect(description, name).to.match(/^[A-Z0-9].*\.$/);
    }
  });

  it('count nothing as 0, and have no value for the time of nothing', () => {
    const values = measures(run());
    for (const name of ['requests.total', 'requests.failed', 'worker.count', 'migrations.count', 'migrations.back']) {
      expect(values[name], name).to.equal(0);
    }
    for (const name of [
      'requests.p95Ms',
      'phase.rush.maxMs',
      'worker.leastShare',
      'migrations.maxDowntimeMs',
      'reaction.maxMs',
    ]) {
      expect(values[name], name).to.be.NaN;
    }
  });

  it('take requests over all and by phase', () => {
    const values = measures(
      run({ requests: [request(1, 10), request(11, 30), request(12, 50, { failure: 'timeout' })] }),
    );
    expect(values['requests.total']).to.equal(3);
    expect(values['requests.failed']).to.equal(1);
    expect(values['requests.maxMs']).to.equal(30);
    expect(values['phase.calm.p95Ms']).to.equal(10);
    expect(values['phase.rush.failed']).to.equal(1);
  });

  it('take the share of the least loaded back end, 0 for one that answered nothing', () => {
    const requests = ['a', 'a', 'a', 'b'].map((worker, index) => request(index, 10, { worker }));
    expect(measures(run({ requests }))).to.include({ 'worker.count': 2, 'worker.leastShare': 0.25 });
    const idle = measures(run({ requests, workers: ['a', 'b', 'c'] }));
    expect(idle).to.include({ 'worker.count': 2, 'worker.leastShare': 0 });
  });

  it('tell migrations away from those back, by the first host of each VM, in any order of records', () => {
    const back = migration(20, { from: 'host2', to: 'host1', elapsedMs: 2000, downtimeMs: 90 });
    const other = migration(15, { vm: 'Machine_2', from: 'host2', to: 'host1' });
    const values = measures(run({ migrations: [back, migration(12), other] }));
    expect(values).to.include({
      'migrations.count': 3,
      'migrations.out': 2,
      'migrations.back': 1,
      'migrations.maxElapsedMs': 3000,
      'migrations.maxDowntimeMs': 90,
    });
  });

  it('take the reaction from the cause to the end of a migration away', () => {
    const away = migration(15, { causedAt: START + 10_500 });
    const back = migration(20, { from: 'host2', to: 'host1', causedAt: START });
    expect(measures(run({ migrations: [away, back] }))['reaction.maxMs']).to.equal(7500);
    expect(measures(run({ migrations: [migration(15)] }))['reaction.maxMs']).to.be.NaN;
  });

  it('compare response times before and after a migration under the same load', () => {
    const requests = [
      request(9.5, 1),
      request(10.5, 500),
      request(11.9, 700),
      request(13, 900),
      request(16.9, 800),
      request(17.1, 50),
      request(29, 60),
      { ...request(31, 5), phase: 'evening' },
    ];
    const phases = [...run().phases, { name: 'evening', from: START + 30_000, to: START + 40_000 }];
    const values = measures(run({ phases, requests, migrations: [migration(12)] }));
    expect(values['p95Ms.beforeMigration']).to.equal(700);
    expect(values['p95Ms.afterMigration']).to.equal(60);
  });

  it('look 5 s back, not more', () => {
    const requests = [request(11, 999), request(16, 40)];
    expect(measures(run({ requests, migrations: [migration(20)] }))['p95Ms.beforeMigration']).to.equal(40);
  });

  it('tell where the VMs are, what the peers say, and when all was settled', () => {
    const distribution = { before: { hp1: ['a', 'b'], hp2: [] }, after: { hp1: ['a'], hp2: ['b'] } };
    const roles = { hp1: 'idle', hp2: 'overloaded' } as const;
    const values = measures(run({ distribution, roles, settledMs: 5000, migrations: [migration(1), migration(3)] }));
    expect(values).to.include({
      'vms.hp1.count': 1,
      'vms.hp2.names': 'b',
      'role.hp2': 'overloaded',
      'peers.overloaded': 1,
      'peers.underloaded': 0,
      'settled.ms': 5000,
      'migrations.mostOfOne': 2,
    });
    expect(Object.keys(values).sort()).to.deep.equal(measureNames(['calm', 'rush'], ['hp1', 'hp2']).sort());
    expect(measures(run())['peers.overloaded']).to.be.NaN;
  });
});
