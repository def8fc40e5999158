import { expect } from 'chai';
import { buildReport } from '../../../core/app/report/build-report.js';
import { reportTable } from '../../../core/app/report/table.js';
import { expectation, migration, request, run } from './fixture.js';

describe('the report for the terminal', () => {
  const requests = [
    request(1, 10, { worker: 'tomcat_1' }),
    request(11, 25.4, { worker: 'tomcat_2' }),
    request(12, 12_340, { worker: 'tomcat_2' }),
    request(13, 1, { failure: 'timeout' }),
  ];
  const scenario = {
    name: 'web',
    expectations: [
      expectation('requests.failed', 'equals', '0'),
      expectation('migrations.maxDowntimeMs', 'atMost', '500 ms'),
    ],
  };
  const report = buildReport(scenario, 'simulated', run({ requests, migrations: [migration(12)] }));

  it('shows phases, all requests, back ends, migrations, expectations and the verdict', () => {
    const text = reportTable(report, false);
    expect(text).to.match(/│ calm +│ +1 │ +0 │ +10 ms │/);
    expect(text).to.match(/│ all +│ +4 │ +1 │ +25 ms │ +12\.3 s │ +12\.3 s │/);
    expect(text).to.include('Answered by tomcat_1 1 (33 %), tomcat_2 2 (67 %)');
    expect(text).to.match(/Machine_1 +│ host1 → host2 │ 3000 ms │ +40 ms │ +– │ host1 was overloaded/);
    expect(text).to.match(/✗ │ requests\.failed +│ = 0 +│ +1 │/);
    expect(text).to.match(/✓ │ migrations\.maxDowntimeMs │ ≤ 500 +│ +40 │/);
    expect(text).to.include('✗ failed  web on simulated hosts, 30.0 s: 1 of 2 expectations not met');
  });

  it('shows how much was copied, how, and how long it waited', () => {
    const more = { mode: 'post-copy', transferredBytes: 5 << 20, iterations: 2, waitedMs: 1500 } as const;
    const told = buildReport({ name: 'web', expectations: [] }, 'lab', run({ migrations: [migration(1, more)] }));
    expect(reportTable(told, false)).to.match(
      /host1 → host2 \(post-copy\) │ waited 1500 ms, 3000 ms │ +40 ms │ 5 MiB in 2 rounds │/,
    );
  });

  it('has colours only where asked', () => {
    expect(reportTable(report, false)).not.to.include('\u001b');
    expect(reportTable(report, true)).to.include('\u001b[31m');
  });

  it('lets no name steer the terminal', () => {
    const hostile = buildReport(
      { name: 'w\u001b[2Jeb', expectations: [] },
      'lab',
      run({ migrations: [migration(1, { vm: 'M\u001b]0;x\u0007', cause: 'a\r\nb\u202e' })] }),
    );
    expect(reportTable(hostile, false)).not.to.match(/[\u001b\u0007\r\u202e]/);
  });

  it('says so where nothing happened', () => {
    const text = reportTable(buildReport({ name: 'idle', expectations: [] }, 'simulated', run({ phases: [] })), false);
    expect(text).to.include('No migration.').and.include('✓ passed  idle');
    expect(text).to.match(/│ all +│ +0 │ +0 │ +– │ +– │ +– │/);
  });

  it('tells where the VMs were and are, and the roles of peers', () => {
    const report = buildReport({ name: 'peers', expectations: [] }, 'simulated', {
      phases: [],
      requests: [],
      migrations: [],
      distribution: { before: { hp1: ['okvm1', 'okvm2'], hp2: [] }, after: { hp1: ['okvm1'], hp2: ['okvm2'] } },
      roles: { hp1: 'idle', hp2: 'underloaded' },
      durationMs: 1000,
    });
    const text = reportTable(report, false);
    expect(text).to.match(/│ hp1 +│ okvm1 okvm2 +│ okvm1 +│ idle +│/);
    expect(text).to.match(/│ hp2 +│ – +│ okvm2 +│ underloaded +│/);
    expect(text).not.to.include('Requests');
  });
});
