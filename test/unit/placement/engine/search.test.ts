import { expect } from 'chai';
import { SeededRandom } from '../../../../core/model/random.js';
import { startAssignment } from '../../../../core/placement/assignment.js';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { compileProblem } from '../../../../core/placement/compile-problem.js';
import { compileRules } from '../../../../core/placement/constraints/index.js';
import { compileObjectives, type ObjectiveRequest } from '../../../../core/placement/objectives/index.js';
import { MovesTerm } from '../../../../core/placement/objectives/moves.js';
import { Effort } from '../../../../core/placement/search/effort.js';
import { search } from '../../../../core/placement/search/search.js';
import { SearchState } from '../../../../core/placement/search/state.js';
import { cluster, constraint, host, vm } from '../clusters.js';

interface Asked {
  readonly objective: ObjectiveRequest;
  readonly below?: number;
  readonly cost?: number;
  readonly effort?: Effort;
  readonly maxMoves?: number;
  readonly blocks?: readonly (readonly number[])[];
  readonly seed?: number;
}

/** Where the VMs are that a search moved: `{ a: 'h2' }`. */
function searched(from: Cluster, asked: Asked): Readonly<Record<string, string>> {
  const problem = compileProblem(from, { below: asked.below ?? 0.8 });
  const assignment = startAssignment(problem);
  const objectives = compileObjectives(assignment, [asked.objective]);
  const state = new SearchState({
    assignment,
    terms: objectives.map(({ term }) => term),
    moves: new MovesTerm(1, assignment, new Float64Array(problem.vms).fill(asked.cost ?? 0.05)),
    rules: compileRules(problem, assignment),
    effort: asked.effort ?? new Effort(1_000_000),
    maxMoves: asked.maxMoves ?? Infinity,
  });
  search(state, {
    blocks: asked.blocks ?? [],
    isDone: () => objectives.every((objective) => objective.holds()),
    random: new SeededRandom(asked.seed ?? 1),
  });
  return Object.fromEntries(
    from.vms.flatMap(({ name, host: home }, index) => {
      const now = from.hosts[assignment.hostOf[index]!]!.name;
      return now === home ? [] : [[name, now]];
    }),
  );
}

const relieve: Asked = { objective: { type: 'relieve' } };
const half = { memoryMiB: 2048 };

describe('the search for moves', () => {
  it('relieves a hot host by the move that costs least, to the host with most room', () => {
    const from = cluster(
      [host('h1'), host('h2'), host('h3')],
      [vm('a', 'h1', { cpuUsed: 0.5 }), vm('b', 'h1', { cpuUsed: 0.4 }), vm('c', 'h2', { cpuUsed: 0.2 })],
    );
    expect(searched(from, relieve)).to.deep.equal({ a: 'h3' });
  });

  it('takes as many VMs off a host as it is too hot by, where one by one they gain less than they cost', () => {
    const vms = Array.from({ length: 12 }, (_, index) => vm(`a${index}`, 'h1', { cpuUsed: 0.09, memoryMiB: 256 }));
    const moved = searched(cluster([host('h1'), host('h2')], vms), { ...relieve, cost: 0.1 });
    expect(Object.keys(moved)).to.have.length(4);
  });

  it('exchanges two VMs where memory is full everywhere', () => {
    const from = cluster(
      [host('h1'), host('h2')],
      [
        vm('big', 'h1', { ...half, cpuUsed: 0.5 }),
        vm('other', 'h1', { ...half, cpuUsed: 0.4 }),
        vm('small', 'h2', { ...half, cpuUsed: 0.1 }),
        vm('small2', 'h2', { ...half, cpuUsed: 0.15 }),
      ],
    );
    const moved = searched(from, relieve);
    expect(Object.keys(moved)).to.have.length(2);
    expect(new Set(Object.values(moved))).to.deep.equal(new Set(['h1', 'h2']));
  });

  it('exchanges as many as it takes, where one exchange leaves the host hot', () => {
    const small = { memoryMiB: 1024 };
    const vms = [0, 1, 2, 3].flatMap((index) => [
      vm(`big${index}`, 'h1', { ...small, cpuUsed: 0.3 }),
      vm(`small${index}`, 'h2', { ...small, cpuUsed: 0.01 }),
    ]);
    const moved = searched(cluster([host('h1'), host('h2')], vms), relieve);
    expect(Object.keys(moved)).to.have.length(4);
    expect(Object.values(moved).filter((to) => to === 'h2')).to.have.length(2);
  });

  it('makes room by a third host where no exchange fits', () => {
    // the hot host takes nothing back, and only h3 has memory left, but no CPU for the VM that has to leave
    const from = cluster(
      [host('h1', { accepting: false }), host('h2'), host('h3')],
      [
        vm('a', 'h1', { ...half, cpuUsed: 0.5 }),
        vm('b', 'h1', { ...half, cpuUsed: 0.5 }),
        vm('c', 'h2', { ...half, cpuUsed: 0.1 }),
        vm('d', 'h2', { ...half, cpuUsed: 0.1 }),
        vm('e', 'h3', { ...half, cpuUsed: 0.6 }),
      ],
    );
    const moved = searched(from, relieve);
    expect(Object.keys(moved)).to.have.length(2);
    expect(Object.values(moved).sort()).to.deep.equal(['h2', 'h3']);
  });

  it('rotates three VMs where nothing shorter helps', () => {
    // a fits on h2 only for c's memory, c on h3 only for e's, and e only where a was
    const from = cluster(
      [host('h1', { memoryMiB: 3072 }), host('h2', { memoryMiB: 3072 }), host('h3', { memoryMiB: 2048 })],
      [
        vm('a', 'h1', { memoryMiB: 2048, cpuUsed: 0.5 }),
        vm('b', 'h1', { memoryMiB: 1024, cpuUsed: 0.4 }),
        vm('c', 'h2', { memoryMiB: 2048, cpuUsed: 0.1 }),
        vm('d', 'h2', { memoryMiB: 1024, cpuUsed: 0.1 }),
        vm('e', 'h3', { memoryMiB: 2048, cpuUsed: 0.05 }),
      ],
    );
    const bans = [
      ['a', 'h3'],
      ['c', 'h1'],
      ['d', 'h1'],
      ['b', 'h2'],
    ].map(([of, on]) => ({ ...constraint('ban', on), of: of! }));
    const moved = searched({ ...from, constraints: bans }, relieve);
    expect(moved).to.include({ e: 'h1' });
    expect(Object.keys(moved).sort()).to.deep.equal(['a', 'c', 'e']);
  });

  it('moves VMs that must stay together together', () => {
    const from: Cluster = {
      ...cluster(
        [host('h1'), host('h2')],
        [vm('a', 'h1', { cpuUsed: 0.4 }), vm('b', 'h1', { cpuUsed: 0.3 }), vm('c', 'h1', { cpuUsed: 0.25 })],
      ),
      constraints: [
        { ...constraint('gather'), of: 'pair' },
        { ...constraint('pin', 'h1'), of: 'c' },
      ],
    };
    const vms = from.vms.map((one) => (one.name === 'c' ? one : { ...one, groups: ['pair'] }));
    expect(searched({ ...from, vms }, { ...relieve, blocks: [[0, 1]] })).to.deep.equal({ a: 'h2', b: 'h2' });
  });

  it('empties hosts, although no single move gains', () => {
    const from = cluster(
      [host('h1', { cpuCapacity: 4 }), host('h2', { cpuCapacity: 4 }), host('h3', { cpuCapacity: 4 })],
      [vm('a', 'h1'), vm('b', 'h1'), vm('c', 'h1'), vm('d', 'h2'), vm('e', 'h2'), vm('f', 'h3')],
    );
    const asked: Asked = { objective: { type: 'consolidate' }, cost: 0.1 };
    expect(Object.values(searched(from, asked))).to.deep.equal(['h1', 'h1', 'h1']);
    expect(searched(from, { ...asked, cost: 0.6 }), 'two VMs would cost 1.2 for one host').to.deep.equal({ f: 'h1' });
    expect(searched(from, { ...asked, cost: 1.1 })).to.deep.equal({});
  });

  it('saves energy on the hosts that need least for the same work', () => {
    const thrifty = { power: { watts: [50, 60, 70] }, cpuCapacity: 2, cpuUsed: 0 };
    const hungry = { power: { watts: [200, 250, 300] }, cpuCapacity: 2, cpuUsed: 0 };
    const from = cluster([host('old', hungry), host('new', thrifty)], [vm('a', 'old'), vm('b', 'old'), vm('c', 'new')]);
    expect(searched(from, { objective: { type: 'energy' } })).to.deep.equal({ a: 'new', b: 'new' });
  });

  it('brings those together who talk, near where they cannot be on one host', () => {
    const from: Cluster = {
      ...cluster(
        [host('h1', { memoryMiB: 1024 }), host('h2', { memoryMiB: 1024 }), host('h3', { memoryMiB: 1024 })],
        [vm('a', 'h1', { memoryMiB: 1024 }), vm('b', 'h3', { memoryMiB: 1024 })],
      ),
      network: {
        otherwise: 10,
        distances: [{ between: ['h1', 'h2'], distance: 1 }],
        traffic: [{ between: ['a', 'b'], mbitPerSecond: 200 }],
      },
    };
    expect(searched(from, { objective: { type: 'network' } })).to.deep.equal({ b: 'h2' });
    const roomy = { ...from, hosts: from.hosts.map((one) => ({ ...one, memoryMiB: 4096 })) };
    expect(Object.keys(searched(roomy, { objective: { type: 'network' } }))).to.have.length(1);
  });

  it('moves no more VMs than it may', () => {
    const vms = Array.from({ length: 16 }, (_, index) => vm(`a${index}`, 'h1', { memoryMiB: 128, cpuUsed: 0.1 }));
    const from = cluster([host('h1', { cpuCapacity: 2 }), host('h2', { cpuCapacity: 2 })], vms);
    const asked: Asked = { objective: { type: 'balance' }, cost: 0 };
    expect(Object.keys(searched(from, asked))).to.have.length(8);
    expect(Object.keys(searched(from, { ...asked, maxMoves: 3 }))).to.have.length(3);
  });

  it('ends when its time is up, with what it has', () => {
    const vms = Array.from({ length: 400 }, (_, index) =>
      vm(`a${index}`, `h${(index % 5) + 1}`, { memoryMiB: 1, cpuUsed: 0.001 * (1 + (index % 7)) }),
    );
    const hosts = Array.from({ length: 20 }, (_, index) => host(`h${index + 1}`));
    let time = 0;
    const now = () => (time += 1);
    const effort = new Effort(Infinity, 3, now);
    const moved = searched(cluster(hosts, vms), { objective: { type: 'balance' }, cost: 0, effort });
    expect(time, 'the clock was read a few times only').to.be.below(8);
    expect(effort.weighed).to.be.above(0);
    expect(Object.keys(moved).length).to.be.above(0);
  });

  it('finds the same with the same seed', () => {
    const random = new SeededRandom(7);
    const vms = Array.from({ length: 60 }, (_, index) =>
      vm(`a${index}`, `h${(index % 4) + 1}`, { memoryMiB: 64, cpuUsed: Math.round(random.next() * 100) / 1000 }),
    );
    const hosts = Array.from({ length: 8 }, (_, index) => host(`h${index + 1}`));
    const asked: Asked = { objective: { type: 'balance' }, cost: 0.01, seed: 3 };
    expect(searched(cluster(hosts, vms), asked)).to.deep.equal(searched(cluster(hosts, vms), asked));
  });
});
