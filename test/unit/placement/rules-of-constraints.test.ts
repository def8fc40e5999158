import { expect } from 'chai';
import type { Constraint } from '../../../core/model/deployment.js';
import { SeededRandom } from '../../../core/model/random.js';
import { startAssignment } from '../../../core/placement/assignment.js';
import type { Cluster } from '../../../core/placement/cluster.js';
import { compileProblem } from '../../../core/placement/compile-problem.js';
import { compileRules, gatherBlocks, mayPowerOff, softTerms } from '../../../core/placement/constraints/index.js';
import type { Assignment, HardRule } from '../../../core/placement/problem.js';
import { randomCluster } from '../../support/random-clusters.js';
import { cluster, constraint, host, vm } from './clusters.js';

interface World {
  readonly assignment: Assignment;
  readonly rules: readonly HardRule[];
  /** The rule that forbids a move, with its reason; empty where none does. */
  refusal(vm: string, to: string): string;
  move(vm: string, to: string): void;
}

function world(seen: Cluster, options: { readonly below?: number; readonly wake?: readonly string[] } = {}): World {
  const problem = compileProblem(seen, { below: options.below ?? 0.8, wake: new Set(options.wake) });
  const assignment = startAssignment(problem);
  const rules = compileRules(problem, assignment, { wake: options.wake ?? [] });
  const index = (name: string, to: string) =>
    [problem.vmIndex.get(name) ?? -1, problem.hostIndex.get(to) ?? -1] as const;
  return {
    assignment,
    rules,
    refusal(name, to) {
      const [one, target] = index(name, to);
      const rule = rules.find((each) => !each.allows(one, target));
      return rule ? `${rule.rule}: ${rule.why(one, target)}` : '';
    },
    move(name, to) {
      const [one, target] = index(name, to);
      const from = assignment.hostOf[one] ?? -1;
      assignment.move(one, target);
      for (const rule of rules) rule.moved(one, from, target);
    },
  };
}

const hard = (type: Constraint['type'], rest: Partial<Constraint> = {}): Constraint => ({
  ...constraint(type),
  ...rest,
});
const three = [host('h1'), host('h2'), host('h3')];

describe('hard rules', () => {
  it('of memory count overcommitment and what the host keeps for itself', () => {
    const hosts = [host('h1'), host('h2', { memoryReservedMiB: 2048, overcommit: { memory: 1.25 } })];
    const here = world(cluster(hosts, [vm('a', 'h1', { memoryMiB: 2560 }), vm('b', 'h1', { memoryMiB: 2561 })]));
    expect(here.refusal('a', 'h2')).to.equal('');
    expect(here.refusal('b', 'h2')).to.equal('memory: b needs 2561 MiB and h2 has 2560 MiB free');
  });

  it('of virtual CPUs hold where a host says how many it may promise', () => {
    const hosts = [host('h1'), host('h2', { cpus: 2, overcommit: { vcpus: 2 } })];
    const here = world(cluster(hosts, [vm('a', 'h1', { vcpus: 2 }), vm('b', 'h2', { vcpus: 3 })]));
    expect(here.refusal('a', 'h2')).to.equal(
      'cpus: a has 2 virtual CPUs, and h2 has promised 3 of the 4 that it may promise',
    );
  });

  it('of CPU let no move bring a host to its limit, and none go to a host that was not read', () => {
    const seen = cluster([host('h1'), host('h2')], [vm('a', 'h1', { cpuUsed: 0.4 }), vm('b', 'h2', { cpuUsed: 0.4 })]);
    expect(world(seen).refusal('a', 'h2')).to.equal('would-overload: h2 would reach 80 %, the limit is 80 %');
    expect(world(seen, { below: 0.81 }).refusal('a', 'h2')).to.equal('');
    const silent = { name: 'h2', cpuCapacity: 1, memoryMiB: 4096, accepting: true };
    const unread = cluster([host('h1'), silent], [vm('a', 'h1')]);
    expect(world(unread).refusal('a', 'h2')).to.equal('no-fresh-reading: no fresh CPU reading of h2');
    expect(world(unread, { below: Infinity }).refusal('a', 'h2')).to.equal('');
  });

  it('of hosts: maintenance, power and CPU models', () => {
    const hosts = [
      host('h1'),
      host('h2', { accepting: false, closed: 'it is in maintenance' }),
      host('h3', { powered: 'off' }),
      host('h4', { cpuModels: ['EPYC'] }),
    ];
    const seen = cluster(hosts, [vm('a', 'h1', { cpuModel: 'Broadwell' })]);
    expect(world(seen).refusal('a', 'h2')).to.equal('not-accepting: h2 takes no VMs now: it is in maintenance');
    expect(world(seen).refusal('a', 'h3')).to.equal('off: h3 is off');
    expect(world(seen, { wake: ['h3'] }).refusal('a', 'h3')).to.equal('');
    expect(world(seen).refusal('a', 'h4')).to.equal(
      'cpu-model: a was started with the CPU model Broadwell, which h4 does not have',
    );
  });

  it('of spread count all of a group, and let what is too much be repaired but not grow', () => {
    const vms = [vm('a', 'h1'), vm('b', 'h1'), vm('c', 'h1'), vm('d', 'h2'), vm('e', 'h3', { className: 'Store' })];
    const seen = { ...cluster(three, vms), constraints: [hard('spread', { most: 2 })] };
    const here = world(seen);
    expect(here.refusal('d', 'h1')).to.equal(
      'constraint: the constraint spread of Machine, at most 2 on one host forbids h1: a, b and c are there',
    );
    expect(here.refusal('e', 'h1')).to.equal('');
    expect(here.refusal('a', 'h2')).to.equal('');
    here.move('a', 'h2');
    expect(here.refusal('b', 'h2')).to.match(/d and a|a and d/);
    expect(here.refusal('b', 'h3')).to.equal('');
  });

  it('of gather let what is apart come together, and what is together move only together', () => {
    const seen = { ...cluster(three, [vm('a', 'h1'), vm('b', 'h1'), vm('c', 'h2')]), constraints: [hard('gather')] };
    const here = world(seen);
    expect(here.refusal('c', 'h1')).to.equal('');
    expect(here.refusal('a', 'h2')).to.include('gather of Machine');
    here.move('c', 'h1');
    expect(here.refusal('a', 'h3')).to.include('gather of Machine');
    // all of the block, asked where they are
    for (const name of ['a', 'b', 'c']) here.move(name, 'h3');
    for (const name of ['a', 'b', 'c']) expect(here.refusal(name, 'h3')).to.equal('');
    expect(gatherBlocks(seen)).to.deep.equal([[0, 1, 2]]);
  });

  it('join gathers that overlap to one block', () => {
    const vms = [
      vm('a', 'h1', { groups: ['red'] }),
      vm('b', 'h1', { groups: ['red', 'blue'] }),
      vm('c', 'h1', { groups: ['blue'] }),
      vm('d', 'h1'),
    ];
    const seen = {
      ...cluster(three, vms),
      constraints: [hard('gather', { of: 'red' }), hard('gather', { of: 'blue' })],
    };
    expect(gatherBlocks(seen)).to.deep.equal([[0, 1, 2]]);
  });

  it('of pin and ban name several hosts; what is elsewhere may stay', () => {
    const vms = [vm('a', 'h3'), vm('b', 'h1', { className: 'Store' })];
    const seen = {
      ...cluster(three, vms),
      constraints: [hard('pin', { on: 'h1 h2' }), hard('ban', { of: 'b', on: 'h2 h3' })],
    };
    const here = world(seen);
    expect(here.refusal('a', 'h1')).to.equal('');
    expect(here.refusal('a', 'h2')).to.equal('');
    expect(here.refusal('a', 'h3')).to.equal('');
    expect(here.refusal('b', 'h3')).to.equal('constraint: the constraint ban of b from h2 or h3 forbids h3');
  });

  it('of reserve keep CPU and memory of each host of a family free', () => {
    const hosts = [host('h1'), host('h2', { family: 'front' }), host('h3', { family: 'front' })];
    const vms = [
      vm('a', 'h1', { memoryMiB: 1500, cpuUsed: 0.1 }),
      vm('b', 'h2', { memoryMiB: 2000 }),
      vm('c', 'h3', { cpuUsed: 0.45 }),
    ];
    const seen = { ...cluster(hosts, vms), constraints: [hard('reserve', { of: 'front', memoryMiB: 1024, cpu: 0.5 })] };
    const here = world(seen);
    expect(here.refusal('a', 'h2')).to.equal(
      'constraint: the constraint reserve of h2 keeps 1024 MiB free, and a would leave 596 MiB',
    );
    expect(here.refusal('a', 'h3')).to.equal(
      'constraint: the constraint reserve of h3 keeps 50 % of its CPU free, and with a it would reach 55 %',
    );
  });

  it('of online open no further host where as many are in use, and bound what may be switched off', () => {
    const hosts = three.map((one) => ({ ...one, family: 'front' }));
    const seen = {
      ...cluster(hosts, [vm('a', 'h1'), vm('b', 'h1'), vm('c', 'h2')]),
      constraints: [hard('online', { of: 'front', least: 2, most: 2 })],
    };
    const here = world(seen);
    expect(here.refusal('a', 'h3')).to.equal(
      'constraint: the constraint online of front, at least 2 and at most 2 forbids h3: 2 are in use already',
    );
    expect(here.refusal('a', 'h2')).to.equal('');
    here.move('c', 'h1');
    expect(here.refusal('a', 'h2')).to.equal('');
    expect(mayPowerOff(seen, 'h3', new Set())).to.equal(true);
    expect(mayPowerOff(seen, 'h2', new Set(['h3']))).to.equal(false);
  });
});

describe('soft constraints', () => {
  it('are terms whose changes add up, in random clusters with random moves', () => {
    let terms = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = new SeededRandom(seed);
      const drawn = randomCluster(random, { hosts: [2, 6], vms: [4, 20], constraints: [2, 6] });
      const seen = {
        ...drawn,
        constraints: (drawn.constraints ?? []).map((one) => ({ ...one, strength: 'soft' as const })),
      };
      const problem = compileProblem(seen, { below: 0.8 });
      const assignment = startAssignment(problem);
      const soft = softTerms(problem, assignment);
      terms += soft.length;
      for (let step = 0; step < 20; step += 1) {
        const one = Math.floor(random.next() * problem.vms);
        const to = Math.floor(random.next() * problem.hosts);
        const from = assignment.hostOf[one] ?? -1;
        const expected = soft.map((term) => term.value() + term.delta(one, from, to));
        assignment.move(one, to);
        for (const term of soft) term.moved(one, from, to);
        const again = softTerms(problem, assignment);
        soft.forEach((term, at) => {
          expect(term.value(), `seed ${seed}, ${term.name}`).to.be.closeTo(expected[at] ?? NaN, 1e-9);
          expect(term.value(), `seed ${seed}, ${term.name}`).to.be.closeTo(again[at]?.value() ?? NaN, 1e-9);
        });
      }
    }
    expect(terms).to.be.above(300);
  });
});
