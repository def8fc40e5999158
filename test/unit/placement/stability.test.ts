import { expect } from 'chai';
import { startAssignment } from '../../../core/placement/assignment.js';
import type { Cluster, ClusterVm } from '../../../core/placement/cluster.js';
import { compileProblem } from '../../../core/placement/compile-problem.js';
import {
  costInCpus,
  cycleRule,
  migrationCost,
  movableVms,
  type StabilityLimits,
} from '../../../core/placement/stability/index.js';
import { cluster, host, unread, vm } from './clusters.js';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const LIMITS: StabilityLimits = { coolDownMs: MINUTE };

const past = (minutesAgo: number, from: string, to: string, cpu?: number) => ({
  at: NOW - minutesAgo * MINUTE,
  from,
  to,
  ...(cpu === undefined ? {} : { cpu }),
});
const seenWith = (vms: readonly ClusterVm[], rest: Partial<Cluster> = {}): Cluster => ({
  ...cluster([host('h1'), host('h2'), host('h3')], vms, NOW),
  ...rest,
});
const kept = (seen: Cluster, limits: StabilityLimits = LIMITS) =>
  movableVms(seen, limits).rejected.map(({ vm: name, rule, detail }) => `${name} ${rule}: ${detail}`);

describe('VMs that may be moved', () => {
  it('run, are not locked and were read', () => {
    const seen = seenWith([
      vm('a', 'h1'),
      vm('b', 'h1', { running: false }),
      vm('c', 'h1', { locked: 'it has a PCI device of its host' }),
      unread(vm('d', 'h1')),
    ]);
    expect(movableVms(seen, LIMITS).movable).to.deep.equal([true, false, false, false]);
    expect(kept(seen)).to.deep.equal([
      'b not-running: b is not running',
      'c locked: c stays where it is: it has a PCI device of its host',
      'd no-fresh-reading: no fresh CPU reading of d',
    ]);
  });

  it('rest after a move, twice as long after each further one, up to a limit', () => {
    const movesAgo = (...minutes: readonly number[]) =>
      vm('a', 'h1', { moves: minutes.map((ago) => past(ago, 'h2', 'h1')) });
    expect(kept(seenWith([movesAgo(0.5)]))).to.deep.equal(['a cool-down: a moved 30 s ago and stays for 60 s']);
    expect(kept(seenWith([movesAgo(1)]))).to.deep.equal([]);
    expect(kept(seenWith([movesAgo(5, 1.5)]))[0]).to.include(
      'moved 90 s ago, 2 times within 32 min, and stays for 2 min',
    );
    expect(kept(seenWith([movesAgo(9, 5, 3)]))[0]).to.include('stays for 4 min');
    expect(kept(seenWith([movesAgo(9, 5, 4)]))).to.deep.equal([]);
    expect(kept(seenWith([movesAgo(30, 28, 26, 24, 22, 20, 15)]))[0]).to.include('stays for 16 min');
    // what is older than the window counts no more
    expect(kept(seenWith([movesAgo(100, 90, 80, 1.5)]))).to.deep.equal([]);
    expect(kept(seenWith([vm('a', 'h1', { movedAt: NOW - 10_000 })]))[0]).to.include(
      'moved 10 s ago and stays for 60 s',
    );
  });

  it('stay while the readings of their host settle', () => {
    const seen = seenWith([
      vm('a', 'h1', { moves: [past(2, 'h2', 'h1')] }),
      vm('b', 'h1'),
      vm('c', 'h2'),
      vm('d', 'h3'),
    ]);
    const found = movableVms(seen, { ...LIMITS, holdMs: 3 * MINUTE });
    expect(found.movable).to.deep.equal([false, false, false, true]);
    expect(found.rejected[1]?.detail).to.equal('a came to or left h1 2 min ago, and its readings settle for 3 min');
  });

  it('stay while the manager starts up', () => {
    const seen = seenWith([vm('a', 'h1')], { startedAt: NOW - 10_000 });
    expect(kept(seen)).to.deep.equal(['a start-up: the manager began 10 s ago, and moves nothing for 60 s']);
    expect(kept(seen, { ...LIMITS, startUpMs: 10_000 })).to.deep.equal([]);
  });

  it('leave a host that is urgent, unless they cannot', () => {
    const seen = seenWith(
      [
        vm('a', 'h1', { movedAt: NOW - 1000 }),
        vm('b', 'h1', { running: false }),
        vm('c', 'h2', { movedAt: NOW - 1000 }),
      ],
      { startedAt: NOW - 1000 },
    );
    expect(movableVms(seen, { ...LIMITS, urgent: ['h1'] }).movable).to.deep.equal([true, false, false]);
  });
});

describe('cycles', () => {
  function refusal(one: ClusterVm, to: number, limits: StabilityLimits = LIMITS): string {
    const seen = seenWith([one]);
    const rule = cycleRule(startAssignment(compileProblem(seen, { below: 0.9 })), limits);
    return rule && !rule.allows(0, to) ? rule.why(0, to) : '';
  }

  it('are refused while the demand is about as it was', () => {
    const one = vm('a', 'h2', { cpuUsed: 0.5, moves: [past(5, 'h1', 'h2', 0.45)] });
    expect(refusal(one, 0)).to.equal('a left h1 5 min ago and uses as much as then: it would go to and fro');
    expect(refusal(one, 2)).to.equal('');
  });

  it('are none once the demand has changed, the time has passed, or the host must be left', () => {
    expect(refusal(vm('a', 'h2', { cpuUsed: 0.5, moves: [past(5, 'h1', 'h2', 0.2)] }), 0)).to.equal('');
    expect(refusal(vm('a', 'h2', { cpuUsed: 0.5, moves: [past(40, 'h1', 'h2', 0.5)] }), 0)).to.equal('');
    expect(refusal(vm('a', 'h2', { moves: [past(5, 'h1', 'h2')] }), 0, { ...LIMITS, urgent: ['h2'] })).to.equal('');
  });
});

describe('the cost of a migration', () => {
  const one = { memoryMiB: 1024, cpuUsed: 0.5, dirtyMiBPerSecond: 0 };
  const gigabit = { migrationMbitPerSecond: 1000 };

  it('is one copy of the memory where nothing is written', () => {
    const cost = migrationCost(one, gigabit);
    // 1024 MiB at 119.2 MiB/s, and 20 ms to resume
    expect(cost.rounds).to.equal(1);
    expect(cost.totalMs).to.be.closeTo(8610, 5);
    expect(cost.downtimeMs).to.be.closeTo(20, 0.001);
    expect(cost.converges).to.equal(true);
  });

  it('follows the closed form of the geometric series', () => {
    const rate = 1e9 / 8 / 1048576;
    const ratio = 0.5;
    const cost = migrationCost({ ...one, dirtyMiBPerSecond: ratio * rate }, gigabit);
    const rounds = Math.ceil(Math.log((rate * 0.3) / 1024) / Math.log(ratio));
    expect(cost.rounds).to.equal(rounds);
    expect(cost.copiedMiB).to.be.closeTo((1024 * (1 - ratio ** (rounds + 1))) / (1 - ratio), 1e-6);
    expect(cost.downtimeMs - 20).to.be.at.most(300);
  });

  it('says that it does not converge where memory is written faster than it is copied', () => {
    const cost = migrationCost({ ...one, dirtyMiBPerSecond: 500 }, gigabit);
    expect(cost.converges).to.equal(false);
    expect(cost.rounds).to.equal(30);
    expect(cost.downtimeMs).to.be.above(8000);
  });

  it('is more with more memory, more writes and less bandwidth, in time and in CPU', () => {
    const base = migrationCost({ ...one, dirtyMiBPerSecond: 20 }, gigabit);
    for (const dearer of [
      migrationCost({ ...one, memoryMiB: 2048, dirtyMiBPerSecond: 20 }, gigabit),
      migrationCost({ ...one, dirtyMiBPerSecond: 60 }, gigabit),
    ]) {
      expect(dearer.totalMs).to.be.above(base.totalMs);
      expect(dearer.cpuSeconds).to.be.above(base.cpuSeconds);
    }
    expect(migrationCost({ ...one, dirtyMiBPerSecond: 20 }, { migrationMbitPerSecond: 300 }).totalMs).to.be.above(
      base.totalMs,
    );
  });

  it('counts in CPUs over the time that a gain lasts', () => {
    const cost = migrationCost(one, gigabit);
    // the guest loses a tenth of half a CPU, and copying takes 0.3 CPUs on each side
    expect(cost.cpuSeconds).to.be.closeTo(0.5 * (0.02 + 0.1 * 8.59) + 0.6 * 8.61, 0.01);
    expect(costInCpus(cost, 600_000)).to.be.closeTo(cost.cpuSeconds / 600, 1e-9);
    expect(costInCpus(cost, 0)).to.equal(Infinity);
  });
});
