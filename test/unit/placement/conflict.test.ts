import { expect } from 'chai';
import { SeededRandom } from '../../../core/model/random.js';
import type { Cluster } from '../../../core/placement/cluster.js';
import { compileProblem } from '../../../core/placement/compile-problem.js';
import { smallestConflict, type Conflict } from '../../../core/placement/conflict.js';
import { movableVms } from '../../../core/placement/stability/index.js';
import { randomCluster } from '../../support/random-clusters.js';
import { someEmpties } from '../../support/tiny-placements.js';
import { cluster, constraint, host, vm } from './clusters.js';

const BELOW = 0.8;

function emptying(seen: Cluster, name: string, nodes?: number): Conflict {
  const { movable, rejected } = movableVms(seen, { coolDownMs: 0, urgent: [name] });
  const problem = compileProblem(seen, { below: BELOW, movable });
  return smallestConflict(problem, { leave: [name], below: BELOW, rejected }, nodes === undefined ? {} : { nodes });
}

function texts(conflict: Conflict): readonly string[] {
  return conflict.feasible ? ['feasible'] : conflict.conflict;
}

describe('the smallest conflict', () => {
  it('names the constraint, the host that is closed and the memory that is missing, and nothing else', () => {
    const seen = {
      ...cluster(
        [
          host('h1'),
          host('h2', { memoryMiB: 1024 }),
          host('h3', { accepting: false, closed: 'it is in maintenance' }),
          host('h4'),
        ],
        [vm('web1', 'h1', { memoryMiB: 2048 }), vm('db1', 'h2', { className: 'Store' })],
      ),
      constraints: [
        { ...constraint('ban', 'h4'), of: 'web1' },
        constraint('spread'),
        { ...constraint('pin', 'h2'), of: 'Store' },
      ],
    };
    expect(texts(emptying(seen, 'h1'))).to.have.members([
      'web1 is banned from h4',
      'h3 takes no VMs: it is in maintenance',
      'h2 has 512 MiB free, web1 needs 2048 MiB',
    ]);
  });

  it('names the VMs that are spread', () => {
    const seen = {
      ...cluster([host('h1'), host('h2')], [vm('web1', 'h1'), vm('web2', 'h2')]),
      constraints: [constraint('spread')],
    };
    expect(texts(emptying(seen, 'h1'))).to.deep.equal(['web1 and web2 are spread over hosts']);
  });

  it('names what keeps a VM where it is', () => {
    const seen = cluster([host('h1'), host('h2')], [vm('web1', 'h1', { locked: 'it has a PCI device of its host' })]);
    expect(texts(emptying(seen, 'h1'))).to.deep.equal(['web1 stays where it is: it has a PCI device of its host']);
  });

  it('tells the placement where there is one after all', () => {
    const seen = cluster([host('h1'), host('h2')], [vm('web1', 'h1')]);
    const found = emptying(seen, 'h1');
    expect(found.feasible && [...found.placement]).to.deep.equal([[0, 1]]);
  });

  it('says so when it was cut off, and when other VMs were taken to stay', () => {
    const hosts = Array.from({ length: 8 }, (_, at) => host(`h${at + 1}`, { memoryMiB: 5000 }));
    const vms = Array.from({ length: 32 }, (_, at) =>
      vm(`vm${at + 1}`, `h${(at % 8) + 1}`, { memoryMiB: 1050 + at, cpuUsed: 0.01 }),
    );
    const cut = emptying(cluster(hosts, vms), 'h1', 8);
    expect(cut.feasible).to.equal(false);
    expect(!cut.feasible && cut.exact).to.equal(false);
    expect(texts(cut).join('; ')).to.include('all other VMs stay where they are').and.to.include('cut off');
  });

  it('is a conflict by itself, and none without any one of its members, in 2000 tiny clusters', function () {
    this.timeout(120_000);
    let conflicts = 0;
    for (let seed = 1; seed <= 2000; seed += 1) {
      const seen = randomCluster(new SeededRandom(seed), { hosts: [2, 3], vms: [1, 5], constraints: [0, 5] });
      const [first] = seen.hosts;
      const leave = [first?.name ?? ''];
      const found = emptying(seen, first?.name ?? '');
      const always = () => true;
      // what holds of the cluster as it is: only facts that are there at all
      const real = (kind: string, at: number): boolean => {
        const one = seen.hosts[at];
        if (kind === 'off') return one?.powered === 'off' || one?.powered === 'changing';
        if (kind === 'closed') return one?.accepting === false && one.powered === undefined;
        if (kind === 'unread') return one?.cpuUsed === undefined && one?.powered !== 'off';
        return always();
      };
      expect(someEmpties(seen, { leave, below: BELOW, holds: real }), `seed ${seed}`).to.equal(found.feasible);
      if (found.feasible) continue;
      conflicts += 1;
      expect(found.exact, `seed ${seed}`).to.equal(true);
      expect(
        found.conflict.every((text) => text !== ''),
        `seed ${seed}`,
      ).to.equal(true);
      const keys = found.facts.map(
        (fact) => `${fact.kind} ${'host' in fact ? fact.host : 'vm' in fact ? fact.vm : fact.constraint}`,
      );
      const of = (kept: readonly string[]) => (kind: string, at: number) => kept.includes(`${kind} ${at}`);
      const told = `seed ${seed}: ${found.conflict.join('; ')}`;
      expect(someEmpties(seen, { leave, below: BELOW, holds: of(keys) }), told).to.equal(false);
      for (const key of keys) {
        const without = keys.filter((other) => other !== key);
        expect(someEmpties(seen, { leave, below: BELOW, holds: of(without) }), `${told}, without ${key}`).to.equal(
          true,
        );
      }
    }
    expect(conflicts).to.be.above(300);
  });
});
