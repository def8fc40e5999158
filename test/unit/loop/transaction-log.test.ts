import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { ClusterView } from '../../../core/loop/planning/cluster-view.js';
import { ComponentCalls } from '../../../core/loop/operations/component-calls.js';
import { Journal } from '../../../core/loop/journal.js';
import { MigrationTracker } from '../../../core/loop/operations/migration-tracker.js';
import { RecentReadings } from '../../../core/loop/monitoring/recent-readings.js';
import { Rollback } from '../../../core/loop/transaction/rollback.js';
import { Transaction, type TransactionState } from '../../../core/loop/transaction/transaction.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { wrapperOf } from '../../support/loop.js';

const DEPLOYMENT = deploymentOf({
  classes: [componentClass('Apache'), componentClass('Machine', { wrapper: 'virtual-machine', initial: 2 })],
  associations: [association('machines', 'Apache', '*', 'Machine', '0..*')],
});

/** A manager that has just begun, with the transaction that a former one kept. */
function afterCrash(state: TransactionState) {
  const clock = new SimulatedClock();
  const bus = new MemoryBus();
  const journal = new Journal(clock, bus);
  const system = new SystemRepresentation(DEPLOYMENT, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  for (const { name, kind } of system.components)
    if (kind === 'vm') system.place(system.component(name), system.component('host2'));
  const calls: string[] = [];
  const wrappers = wrapperOf(
    (operation, { component }) => {
      calls.push(`${component.name}.${operation}`);
      return Promise.resolve();
    },
    ['start', 'stop'],
  );
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
  const rollback = new Rollback({
    system,
    journal,
    changed: () => undefined,
    calls: new ComponentCalls({
      system,
      wrappers,
      infrastructure,
      journal,
      clock,
      cluster: new ClusterView(system, infrastructure, new RecentReadings(bus), clock, 3000),
      migrations: new MigrationTracker(system, clock, bus, journal),
      changed: () => undefined,
    }),
  });
  const kept: TransactionState[] = [];
  const transaction = new Transaction(state, () =>
    kept.push(JSON.parse(JSON.stringify(transaction)) as TransactionState),
  );
  const run = () => clock.runUntil(rollback.run(transaction, 'grow#1', undefined));
  return { system, transaction, calls, kept, run };
}

/** A log that these steps leave, as a store gives it back. */
function keptAfter(steps: (transaction: Transaction) => void): TransactionState {
  const transaction = new Transaction();
  steps(transaction);
  return JSON.parse(JSON.stringify(transaction)) as TransactionState;
}

describe('the undo log', () => {
  it('holds what was before the first touch, however often a thing is touched', () => {
    const { records } = keptAfter((log) => {
      for (let round = 0; round < 1000; round += 1) {
        log.attribute('Apache_1', 'zone', round === 0 ? 'a' : String(round));
        log.lifeCycle('Apache_1', round % 2 === 0 ? 'stopped' : 'started', undefined, `k${round}`);
        log.called('Apache_1', 'reload');
        log.migrated('Machine_1', `host${round}`);
        log.placed('Machine_2', `host${round}`);
      }
    });
    expect(records).to.deep.equal([
      { kind: 'attribute', component: 'Apache_1', name: 'zone', former: 'a' },
      { kind: 'life-cycle', component: 'Apache_1', former: 'stopped', call: 'k0' },
      { kind: 'called', component: 'Apache_1', operation: 'reload' },
      { kind: 'migrated', component: 'Machine_1', from: 'host0' },
      { kind: 'placed', component: 'Machine_2', from: 'host0' },
    ]);
  });

  it('forgets what two steps took back from each other', () => {
    const { records } = keptAfter((log) => {
      log.bound('machines', 'Apache_1', 'Machine_1');
      log.unbound('machines', 'Apache_1', 'Machine_1');
      log.unbound('machines', 'Apache_1', 'Machine_2');
      log.bound('machines', 'Apache_1', 'Machine_2');
      log.created('Machine_3');
      log.lifeCycle('Machine_3', 'stopped', undefined, 'k');
      log.bound('machines', 'Apache_1', 'Machine_3');
      log.removed('Machine_3');
    });
    expect(records).to.deep.equal([]);
  });

  it('says nothing more of what the procedure made than that', () => {
    const { records } = keptAfter((log) => {
      log.created('Machine_3');
      log.lifeCycle('Machine_3', 'stopped', undefined, 'k');
      log.attribute('Machine_3', 'home', undefined);
      log.unbound('machines', 'Apache_1', 'Machine_3');
    });
    expect(records).to.deep.equal([{ kind: 'created', component: 'Machine_3' }]);
  });

  it('remembers the last answers to changes, by their call', () => {
    const log = new Transaction();
    for (let call = 0; call < 100; call += 1) log.answered(`k${call}`, { name: `Machine_${call}` });
    const again = new Transaction(JSON.parse(JSON.stringify(log)) as TransactionState);
    expect(again.answerOf('k99')).to.deep.include({ answer: { name: 'Machine_99' } });
    expect(again.answerOf('k0')).to.equal(undefined);
    expect(again.toJSON().answers).to.have.length(16);
  });

  it('keeps the first failure', () => {
    const log = new Transaction();
    log.fail({ code: 'operation-failed', message: 'first' });
    log.fail({ code: 'cancelled', message: 'second' });
    expect(log.toJSON().failure).to.deep.equal({ code: 'operation-failed', message: 'first' });
  });
});

describe('an undo that a crash cut off', () => {
  it('goes on with what is left, and tells of all of it', async () => {
    const state = keptAfter((log) => {
      log.attribute('Apache_1', 'zone', 'a');
      log.lifeCycle('Machine_1', 'stopped', undefined, 'k');
      log.fail({ code: 'operation-failed', message: 'it is on fire.' });
    });
    const { system, run, calls, transaction } = afterCrash({
      ...state,
      outcomes: [{ result: 'undone', text: 'Machine_3 removed' }],
    });
    system.component('Machine_1').lifeCycle.restore('started', 'started');
    const report = await run();
    expect(calls).to.deep.equal(['Machine_1.stop']);
    expect(report.undone).to.deep.equal(['Machine_3 removed', 'Machine_1 stopped', 'Apache_1.zone set back to "a"']);
    expect(transaction.records).to.deep.equal([]);
  });

  it('may be repeated at every point: what is undone already is left alone', async () => {
    const state = keptAfter((log) => {
      log.bound('machines', 'Apache_1', 'Machine_1');
      log.unbound('machines', 'Apache_1', 'Machine_2');
      log.attribute('Apache_1', 'zone', undefined);
      log.migrated('Machine_1', 'host1');
      log.placed('Machine_2', 'host1');
      log.created('Machine_7');
    });
    const first = afterCrash(state);
    first.system.component('Apache_1').bind('machines', first.system.component('Machine_1'));
    first.system.component('Apache_1').setAttribute('zone', 'b');
    const report = await first.run();
    expect(report).to.deep.equal({
      undone: [
        'Machine_2 placed on host1 again',
        'Apache_1.zone unset',
        'Apache_1.machines bound to Machine_2',
        'Apache_1.machines unbound from Machine_1',
      ],
      kept: ['Machine_1 stays on host2 (it was on host1)'],
      failed: [],
    });
    for (const between of first.kept) {
      const again = afterCrash(between);
      again.system.component('Apache_1').bind('machines', again.system.component('Machine_2'));
      again.system.place(again.system.component('Machine_2'), again.system.component('host1'));
      const repeated = await again.run();
      expect(repeated.kept).to.deep.equal(report.kept);
      expect(repeated.failed).to.deep.equal([]);
      expect(
        again.system
          .component('Apache_1')
          .lookup('machines')
          .map(({ name }) => name),
      ).to.deep.equal(['Machine_2']);
    }
  });

  it('makes failed what was left between two states, and removes it where the procedure made it', async () => {
    const { system, run, calls } = afterCrash(
      keptAfter((log) => {
        log.lifeCycle('Machine_1', 'stopped', undefined, 'k');
        log.created('Machine_2');
      }),
    );
    system.component('Machine_1').lifeCycle.restore('starting', 'started');
    system.component('Machine_2').lifeCycle.restore('starting', 'started');
    const report = await run();
    expect(system.component('Machine_1').lifeCycle.failure).to.match(/left while it was starting/);
    expect(system.has('Machine_2')).to.equal(false);
    expect(calls).to.deep.equal(['Machine_2.stop']);
    expect(report).to.deep.equal({ undone: ['Machine_2 removed'], kept: ['Machine_1 is failed'], failed: [] });
  });

  it('tells of what it finds gone, or in its way', async () => {
    const { system, run } = afterCrash(
      keptAfter((log) => {
        log.unbound('machines', 'Apache_1', 'Machine_9');
        log.unbound('machines', 'Machine_1', 'Apache_1');
        log.placed('Machine_1', 'host9');
        log.called('Machine_9', 'reload');
        log.removed('Machine_8');
      }),
    );
    const report = await run();
    expect(report.kept).to.deep.equal([
      'Machine_8 was removed',
      'Machine_1 stays on host2 (it was on host9)',
      'Apache_1.machines is no longer bound to Machine_9, for one of them is gone',
    ]);
    expect(report.failed).to.deep.equal(['Machine_1 has no client interface "machines".']);
    expect(system.component('Machine_1').lifeCycle.failure).to.equal('Machine_1 has no client interface "machines".');
  });
});
