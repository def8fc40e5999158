import { expect } from 'chai';
import fc from 'fast-check';
import { afterMove, memoryUsed, type Cluster } from '../../../core/placement/cluster.js';
import { planGather } from '../../../core/placement/gather.js';
import { cluster, constraint, host, unread, vm } from './clusters.js';

const LIMITS = { below: 0.8, coolDownMs: 300_000, constraints: [] };

describe('plan:gather', () => {
  it('begins to empty the host with least to move, towards the fullest that takes it', () => {
    const plan = planGather(
      cluster(
        [host('a'), host('b'), host('c')],
        [
          vm('a1', 'a'),
          vm('a2', 'a', { memoryMiB: 256 }),
          vm('b1', 'b', { cpuUsed: 0.4, memoryMiB: 1024 }),
          vm('c1', 'c', { memoryMiB: 2048 }),
        ],
      ),
      LIMITS,
    );
    expect(plan.answer).to.equal('move');
    expect(plan.moves[0]).to.deep.include({ vm: 'a1', from: 'a', to: 'b' });
    expect(plan.why).to.equal('a becomes empty: a1 and 1 more VM fit on b; b goes from 40 % to about 50 %');
  });

  it('does nothing where one host has all that runs', () => {
    const plan = planGather(
      cluster([host('a'), host('b')], [vm('a1', 'a'), vm('b1', 'b', { running: false })]),
      LIMITS,
    );
    expect(plan).to.include({ answer: 'nothing-to-do', why: 'a is the only host with running VMs' });
    expect(planGather(cluster([host('a')], []), LIMITS).why).to.equal('no VM is running');
  });

  it('never moves to an empty host, or one that takes none', () => {
    const plan = planGather(
      cluster(
        [host('a'), host('b', { accepting: false, closed: 'it is in maintenance' }), host('c')],
        [vm('a1', 'a'), vm('b1', 'b')],
      ),
      LIMITS,
    );
    // b may be emptied to a, never the other way round
    expect(plan.moves[0]).to.deep.include({ vm: 'b1', from: 'b', to: 'a' });
    expect(plan.rejected.map(({ detail }) => detail)).to.deep.equal(['b takes no VMs now: it is in maintenance']);
  });

  it('says no-gain where some fit but no host becomes empty, and infeasible where none fits', () => {
    const big = vm('b2', 'b', { memoryMiB: 4000 });
    const some = planGather(
      cluster(
        [host('a', { memoryMiB: 4608 }), host('b', { memoryMiB: 5120 })],
        [vm('a1', 'a', { memoryMiB: 3000 }), vm('b1', 'b'), big],
      ),
      LIMITS,
    );
    expect(some.answer).to.equal('no-gain');
    expect(some.rejected.map(({ rule }) => rule)).to.include('memory');
    const none = planGather(
      cluster([host('a'), host('b')], [vm('a1', 'a', { cpuUsed: 0.5 }), vm('b1', 'b', { cpuUsed: 0.5 })]),
      LIMITS,
    );
    expect(none.answer).to.equal('infeasible');
    expect(none.rejected.map(({ rule }) => rule)).to.deep.equal(['would-overload', 'would-overload']);
  });

  it('tells each reason: software on the host, cool-down, constraint, missing reading', () => {
    const rules = (one: Cluster, limits = LIMITS) => planGather(one, limits).rejected.map(({ rule }) => rule);
    const pair = [vm('a1', 'a'), vm('b1', 'b')];
    expect(
      rules(cluster([host('a', { software: ['Apache_1'] }), host('b', { software: ['Db_1'] })], pair)),
    ).to.deep.equal(['software', 'software']);
    const moved = pair.map((one) => ({ ...one, movedAt: 999_000 }));
    expect(rules(cluster([host('a'), host('b')], moved))).to.deep.equal(['cool-down', 'cool-down']);
    expect(
      rules(cluster([host('a'), host('b')], pair), { ...LIMITS, constraints: [constraint('spread')] as never[] }),
    ).to.deep.equal(['constraint', 'constraint']);

    expect(rules(cluster([host('a'), host('b')], pair.map(unread)))).to.deep.equal([
      'no-fresh-reading',
      'no-fresh-reading',
    ]);
  });

  it('comes to rest, with no more hosts in use and no limit broken, from any cluster', () => {
    const vms = fc.array(
      fc.record({
        on: fc.integer({ min: 0, max: 3 }),
        memory: fc.integer({ min: 1, max: 8 }),
        cpu: fc.integer({ min: 0, max: 40 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(vms, (list) => {
        const hosts = ['a', 'b', 'c', 'd'].map((name) => host(name, { memoryMiB: 16_384 }));
        let now = cluster(
          hosts,
          list.map(({ on, memory, cpu }, index) =>
            vm(`vm${index}`, 'abcd'[on] as string, { memoryMiB: memory * 512, cpuUsed: cpu / 100 }),
          ),
        );
        const used = (one: Cluster) => new Set(one.vms.map((each) => each.host)).size;
        const before = used(now);
        for (let moves = 0; moves <= list.length * 4; moves += 1) {
          const [move] = planGather(now, { ...LIMITS, coolDownMs: 0 }).moves;
          if (!move) {
            expect(used(now)).to.be.at.most(before);
            return;
          }
          const moving = now.vms.find(({ name }) => name === move.vm)!;
          now = afterMove(now, moving, move.to);
          const target = now.hosts.find(({ name }) => name === move.to)!;
          expect(target.cpuUsed).to.be.below(0.8);
          expect(memoryUsed(now, move.to)).to.be.at.most(target.memoryMiB);
        }
        expect.fail('it does not come to rest');
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});
