import { expect } from 'chai';
import fc from 'fast-check';
import type { Constraint } from '../../../../core/model/deployment.js';
import { assignmentOf, startAssignment } from '../../../../core/placement/assignment.js';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { compileProblem } from '../../../../core/placement/compile-problem.js';
import { BalanceTerm } from '../../../../core/placement/objectives/balance.js';
import { ConsolidateTerm } from '../../../../core/placement/objectives/consolidate.js';
import { EnergyTerm } from '../../../../core/placement/objectives/energy.js';
import { EvacuateTerm } from '../../../../core/placement/objectives/evacuate.js';
import { BALANCE_MEASURES } from '../../../../core/placement/objectives/measures.js';
import { MovesTerm } from '../../../../core/placement/objectives/moves.js';
import { NetworkTerm } from '../../../../core/placement/objectives/network.js';
import { RelieveTerm } from '../../../../core/placement/objectives/relieve.js';
import { SoftTerm } from '../../../../core/placement/objectives/soft.js';
import type { GuidedTerm } from '../../../../core/placement/objectives/term.js';
import { WakeTerm } from '../../../../core/placement/objectives/wake.js';
import type { Assignment, Problem } from '../../../../core/placement/problem.js';
import { cluster, constraint, host, vm } from '../clusters.js';
import { clusters } from './random-clusters.js';

const all = Object.fromEntries(BALANCE_MEASURES.map((measure, index) => [measure, 1 + index / 4]));

/** Every term, made for an assignment as it is. */
const terms: Readonly<Record<string, (assignment: Assignment) => GuidedTerm>> = {
  relieve: (assignment) => new RelieveTerm(1, assignment, []),
  'relieve of one host': (assignment) => new RelieveTerm(1, assignment, [0], { networkCapacity: 100 }),
  'balance of all measures': (assignment) => new BalanceTerm(1, assignment, all),
  consolidate: (assignment) => new ConsolidateTerm(1, assignment),
  energy: (assignment) => new EnergyTerm(1, assignment),
  'energy where few may be off': (assignment) => new EnergyTerm(1, assignment, new Set(['host1'])),
  network: (assignment) => new NetworkTerm(1, assignment),
  evacuate: (assignment) => new EvacuateTerm(1, assignment, [0, 1]),
  moves: (assignment) => new MovesTerm(1, assignment, assignment.problem.memory),
  'soft constraints': (assignment) => SoftTerm.of(assignment)!,
  wake: (assignment) => new WakeTerm(assignment),
};

const walks = fc.tuple(clusters, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 }));

/** Soft constraints of every kind, on groups that overlap. */
const constraints: readonly Constraint[] = [
  { ...constraint('spread', undefined, 'soft'), of: 'odd' },
  { ...constraint('spread', undefined, 'soft'), of: 'few', most: 2 },
  { ...constraint('gather', undefined, 'soft'), of: 'few' },
  { ...constraint('pin', 'host1 host2', 'soft'), of: 'odd' },
  { ...constraint('ban', 'host2', 'soft'), of: 'vm1' },
  { ...constraint('reserve', undefined, 'soft'), of: 'hosts', cpu: 0.3, memoryMiB: 1024 },
  { ...constraint('online', undefined, 'soft'), of: 'hosts', most: 2 },
];

function compiled(plain: Cluster): Problem {
  const from: Cluster = {
    ...plain,
    constraints,
    hosts: plain.hosts.map((one) => ({ ...one, family: 'hosts' })),
    vms: plain.vms.map((one, at) => ({ ...one, groups: [...(at % 2 ? ['odd'] : []), ...(at < 4 ? ['few'] : [])] })),
  };
  return compileProblem(from, { below: 0.8, wake: new Set(from.hosts.map(({ name }) => name)) });
}

describe('terms of a search', () => {
  for (const [name, make] of Object.entries(terms)) {
    it(`${name}: a move changes the value by its delta, to what it is made anew`, () => {
      fc.assert(
        fc.property(walks, ([from, steps]) => {
          const problem = compiled(from);
          const assignment = startAssignment(problem);
          const term = make(assignment);
          for (const [a, b] of steps) {
            const one = a % problem.vms;
            const to = b % problem.hosts;
            const old = assignment.hostOf[one]!;
            if (to === old) continue;
            const before = term.value();
            const delta = term.delta(one, old, to);
            assignment.move(one, to);
            term.moved(one, old, to);
            expect(term.value()).to.be.closeTo(before + delta, 1e-7);
          }
          expect(term.value()).to.be.closeTo(make(assignmentOf(problem, assignment.hostOf)).value(), 1e-7);
        }),
        { numRuns: 200 },
      );
    });

    it(`${name}: an exchange adds what its two moves add`, () => {
      fc.assert(
        fc.property(clusters, fc.nat(), fc.nat(), (from, x, y) => {
          const problem = compiled(from);
          const assignment = startAssignment(problem);
          const term = make(assignment);
          const [a, b] = [x % problem.vms, y % problem.vms];
          const [fromHost, toHost] = [assignment.hostOf[a]!, assignment.hostOf[b]!];
          if (fromHost === toHost || !term.exchangeDelta) return;
          const before = term.value();
          const delta = term.exchangeDelta(a, b);
          for (const [one, old, to] of [
            [a, fromHost, toHost],
            [b, toHost, fromHost],
          ] as const) {
            assignment.move(one, to);
            term.moved(one, old, to);
          }
          expect(term.value()).to.be.closeTo(before + delta, 1e-7);
        }),
        { numRuns: 200 },
      );
    });
  }

  it('keeps the sums of an assignment', () => {
    fc.assert(
      fc.property(walks, ([from, steps]) => {
        const problem = compiled(from);
        const assignment = startAssignment(problem);
        for (const [a, b] of steps) assignment.move(a % problem.vms, (b % (problem.hosts + 1)) - 1);
        const anew = assignmentOf(problem, assignment.hostOf);
        for (let one = 0; one < problem.hosts; one += 1) {
          expect([...assignment.vmsOn(one)].sort((x, y) => x - y)).to.deep.equal([...anew.vmsOn(one)]);
          expect(assignment.cpuOn[one]!).to.be.closeTo(anew.cpuOn[one]!, 1e-9);
          expect(assignment.memoryOn[one]).to.equal(anew.memoryOn[one]);
          expect(assignment.vcpusOn[one]).to.equal(anew.vcpusOn[one]);
          expect(assignment.countOn[one]).to.equal(anew.vmsOn(one).length);
        }
      }),
    );
  });

  it('counts power by the curve, and a host without VMs as off', () => {
    const power = { watts: [100, 150, 160], offWatts: 5 };
    const from = cluster([host('h1', { power }), host('h2', { power })], [vm('a', 'h1', { cpuUsed: 0.25 })]);
    const assignment = startAssignment(compileProblem(from, { below: 1 }));
    expect(new EnergyTerm(1, assignment).watts()).to.equal(125 + 5);
    expect(new EnergyTerm(1, assignment, new Set()).watts()).to.equal(125 + 100);
  });

  it('counts traffic times distance, to hosts too, in links', () => {
    const from: Cluster = {
      ...cluster([host('h1'), host('h2'), host('h3')], [vm('a', 'h1'), vm('b', 'h2')]),
      network: {
        otherwise: 3,
        distances: [{ between: ['h1', 'h2'], distance: 2 }],
        traffic: [
          { between: ['a', 'b'], mbitPerSecond: 100 },
          { between: ['h3', 'a'], mbitPerSecond: 10 },
        ],
      },
    };
    const assignment = startAssignment(compileProblem(from, { below: 1 }));
    expect(new NetworkTerm(1, assignment).value()).to.be.closeTo((100 * 2 + 10 * 3) / 1000, 1e-12);
  });
});
