import { expect } from 'chai';
import fc from 'fast-check';
import type { Cluster, ClusterHost, ClusterVm } from '../../../core/placement/cluster.js';
import { firstHost } from '../../../core/placement/first-host.js';
import { planRelief, type RelieveOptions } from '../../../core/placement/relieve.js';
import { planReturn } from '../../../core/placement/return-home.js';

const OPTIONS: RelieveOptions = { host: 'host1', below: 0.8, coolDownMs: 15_000, minimumGain: 0.1, constraints: [] };

function host(name: string, rest: Partial<ClusterHost> = {}): ClusterHost {
  return { name, cpuCapacity: 0.8, cpuUsed: 0.05, memoryMiB: 4096, accepting: true, ...rest };
}

function vm(name: string, rest: Partial<ClusterVm> = {}): ClusterVm {
  return {
    name,
    host: 'host1',
    className: 'Machine',
    cpuUsed: 0.3,
    vcpus: 1,
    memoryMiB: 384,
    running: true,
    home: 'host1',
    ...rest,
  };
}

function cluster(hosts: readonly ClusterHost[], vms: readonly ClusterVm[], at = 100_000): Cluster {
  return { at, hosts, vms };
}

const HOT = host('host1', { cpuUsed: 0.8 });

describe('relieving a hot host', () => {
  it('moves the machine that frees most CPU for each MiB, and says why', () => {
    const plan = planRelief(
      cluster([HOT, host('host2')], [vm('a', { cpuUsed: 0.2 }), vm('b', { cpuUsed: 0.35 })]),
      OPTIONS,
    );
    expect(plan.answer).to.equal('move');
    expect(plan.moves).to.have.length(1);
    expect(plan.moves[0]).to.include({ vm: 'b', from: 'host1', to: 'host2' });
    expect(plan.why).to.equal('host1 is at 100 %; b uses 44 % of it; host2 goes from 6 % to about 50 %');
    expect(plan.rejected).to.deep.include({
      vm: 'a',
      to: 'host2',
      rule: 'second-best',
      detail: plan.rejected[0]!.detail,
    });
  });

  for (const [what, hosts, vms, answer, rule] of [
    ['the host is calm again', [host('host1', { cpuUsed: 0.5 }), host('host2')], [vm('a')], 'nothing-to-do', undefined],
    [
      'there is no fresh reading of the host',
      [host('host1', { cpuUsed: undefined as never }), host('host2')],
      [vm('a')],
      'infeasible',
      undefined,
    ],
    [
      'there is no fresh reading of the machine',
      [HOT, host('host2')],
      [vm('a', { cpuUsed: undefined as never })],
      'infeasible',
      'no-fresh-reading',
    ],
    [
      'the other host would be overloaded',
      [HOT, host('host2', { cpuUsed: 0.5 })],
      [vm('a')],
      'infeasible',
      'would-overload',
    ],
    ['the other host has no memory left', [HOT, host('host2', { memoryMiB: 256 })], [vm('a')], 'infeasible', 'memory'],
    [
      'the other host takes no machines',
      [HOT, host('host2', { accepting: false })],
      [vm('a')],
      'infeasible',
      'not-accepting',
    ],
    ['the machine moved a moment ago', [HOT, host('host2')], [vm('a', { movedAt: 95_000 })], 'infeasible', 'cool-down'],
    ['the machines use next to nothing', [HOT, host('host2')], [vm('a', { cpuUsed: 0.01 })], 'no-gain', 'no-gain'],
    ['nothing runs on it', [HOT, host('host2')], [], 'infeasible', undefined],
  ] as const) {
    it(`moves nothing where ${what}`, () => {
      const plan = planRelief(cluster(hosts, vms), OPTIONS);
      expect(plan).to.include({ answer });
      expect(plan.moves).to.have.length(0);
      expect(plan.why).to.not.equal('');
      if (rule) expect(plan.rejected.map((rejection) => rejection.rule)).to.deep.equal([rule]);
    });
  }

  it('never overloads a target, breaks memory or a hard constraint, for any cluster', () => {
    const anyHost = fc.record({
      cpuUsed: fc.double({ min: 0, max: 4, noNaN: true }),
      memoryMiB: fc.integer({ min: 256, max: 4096 }),
      accepting: fc.boolean(),
    });
    const anyVm = fc.record({
      cpuUsed: fc.double({ min: 0, max: 1, noNaN: true }),
      memoryMiB: fc.integer({ min: 64, max: 2048 }),
      at: fc.nat(3),
      running: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(anyHost, { minLength: 4, maxLength: 4 }),
        fc.array(anyVm, { maxLength: 10 }),
        fc.nat(3),
        (hosts, vms, banned) => {
          const all = cluster(
            hosts.map((rest, n) => host(`host${n + 1}`, { cpuCapacity: 4, ...rest })),
            vms.map(({ at, ...rest }, n) => vm(`vm${n}`, { ...rest, host: `host${at + 1}` })),
          );
          const place = { file: '', line: 1, column: 1 };
          const ban = { type: 'ban', of: 'Machine', on: `host${banned + 1}`, strength: 'hard', place } as const;
          const plan = planRelief(all, { ...OPTIONS, constraints: [ban] });
          for (const { vm: name, from, to } of plan.moves) {
            const moved = all.vms.find((one) => one.name === name)!;
            const target = all.hosts.find((one) => one.name === to)!;
            const promised = all.vms.filter((one) => one.host === to).reduce((sum, one) => sum + one.memoryMiB, 0);
            expect(from).to.equal('host1');
            expect(moved.running && target.accepting).to.equal(true);
            expect((target.cpuUsed! + moved.cpuUsed!) / target.cpuCapacity).to.be.below(0.8);
            expect(promised + moved.memoryMiB).to.be.at.most(target.memoryMiB);
            expect(to).to.not.equal(ban.on);
          }
          expect(plan.answer === 'move').to.equal(plan.moves.length === 1);
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });
});

describe('returning home', () => {
  const away = vm('a', { host: 'host2', cpuUsed: 0.1, movedAt: 50_000 });

  it('brings back what had to leave', () => {
    const plan = planReturn(cluster([host('host1'), host('host2')], [away]), { ...OPTIONS, below: 0.6 });
    expect(plan.moves[0]).to.include({ vm: 'a', from: 'host2', to: 'host1' });
  });

  it('does nothing where all are at home, and waits for room and for the cool-down', () => {
    const limits = { ...OPTIONS, below: 0.6 };
    expect(planReturn(cluster([host('host1'), host('host2')], [vm('a')]), limits).answer).to.equal('nothing-to-do');
    expect(
      planReturn(cluster([host('host1', { cpuUsed: 0.45 }), host('host2')], [away]), limits).rejected[0]?.rule,
    ).to.equal('would-overload');
    expect(planReturn(cluster([host('host1'), host('host2')], [away], 60_000), limits).rejected[0]?.rule).to.equal(
      'cool-down',
    );
  });
});

describe('the first host of a new machine', () => {
  const place = { file: '', line: 1, column: 1 };
  const newcomer = vm('new', { host: '' });

  it('is the first that fits', () => {
    expect(firstHost(cluster([host('host1'), host('host2')], []), newcomer, []).host).to.equal('host1');
    expect(firstHost(cluster([host('host1', { memoryMiB: 100 }), host('host2')], []), newcomer, []).host).to.equal(
      'host2',
    );
  });

  it('respects hard constraints and prefers what keeps the soft ones', () => {
    const here = cluster([host('host1'), host('host2')], [vm('a')]);
    const spread = { type: 'spread', of: 'Machine', strength: 'soft', place } as const;
    expect(firstHost(here, newcomer, [spread]).host).to.equal('host2');
    expect(firstHost(here, newcomer, [{ ...spread, type: 'ban', on: 'host1', strength: 'hard' }]).host).to.equal(
      'host2',
    );
    expect(
      firstHost(here, newcomer, [{ ...spread, type: 'pin', on: 'host1', strength: 'hard' }, spread]).host,
    ).to.equal('host1');
  });

  it('says what each host lacks', () => {
    const { host: none, reasons } = firstHost(cluster([host('host1', { memoryMiB: 100 })], []), newcomer, []);
    expect(none).to.equal(undefined);
    expect(reasons).to.deep.equal(['host1 has 100 MiB free, 384 MiB are needed']);
  });
});
