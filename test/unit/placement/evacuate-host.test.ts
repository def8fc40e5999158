import { expect } from 'chai';
import { SeededRandom } from '../../../core/model/random.js';
import type { Cluster, Plan } from '../../../core/placement/cluster.js';
import { planPlacement, type PlacementRequest } from '../../../core/placement/plan-placement.js';
import { faultsOf } from '../../support/placement-checker.js';
import { cluster, host, vm } from './clusters.js';

const BELOW = 0.8;

/** Twenty hosts at about half of their CPU, the first with 33 VMs, two of which cannot be moved. */
function twentyHosts(): Cluster {
  const random = new SeededRandom(20);
  const hosts = Array.from({ length: 20 }, (_, at) => host(`h${at + 1}`, { cpuCapacity: 16, memoryMiB: 65_536 }));
  const vms = hosts.flatMap(({ name }, at) =>
    Array.from({ length: at === 0 ? 33 : 20 }, (_, index) => {
      const locked = at === 0 && (index === 5 || index === 17);
      return vm(`${name}-${index + 1}`, name, {
        cpuUsed: 0.2 + random.next() * 0.4,
        memoryMiB: 1024 * (1 + Math.floor(random.next() * 3)),
        ...(locked ? { locked: 'it has a PCI device of its host' } : {}),
      });
    }),
  );
  return cluster(hosts, vms);
}

const EVACUATE: PlacementRequest = {
  goal: 'evacuate h1',
  objectives: [{ type: 'evacuate', hosts: ['h1'], weight: 10 }, { type: 'balance' }],
  limits: { below: BELOW, coolDownMs: 60_000, minimumGain: 0.01 },
  search: { seed: 1 },
};

/** The highest CPU share of any host that gets something, at any time: what leaves in a step counts until its end. */
function highest(seen: Cluster, { moves }: Plan): number {
  const on = new Map(seen.vms.map(({ name, host: at }) => [name, at]));
  const cpu = (name: string) => seen.vms.find((one) => one.name === name)?.cpuUsed ?? 0;
  let most = 0;
  for (const step of new Set(moves.map((move) => move.step ?? 0))) {
    const now = moves.filter((move) => (move.step ?? 0) === step);
    for (const { name, cpuCapacity } of seen.hosts) {
      const there = [...on].filter(([, at]) => at === name).reduce((sum, [one]) => sum + cpu(one), 0);
      const coming = now.filter(({ to }) => to === name).reduce((sum, move) => sum + cpu(move.vm), 0);
      if (name !== 'h1') most = Math.max(most, (there + coming) / cpuCapacity);
    }
    for (const move of now) on.set(move.vm, move.to);
  }
  return most;
}

describe('evacuating one of twenty hosts', () => {
  const seen = twentyHosts();
  const plan = planPlacement(seen, EVACUATE);

  it('moves all of its VMs that can be moved, and breaks no rule on the way', () => {
    const gone = new Set(plan.moves.filter(({ from }) => from === 'h1').map((move) => move.vm));
    expect(plan.answer).to.equal('move');
    expect(gone.size).to.equal(31);
    expect(plan.moves.some(({ to }) => to === 'h1')).to.equal(false);
    expect(faultsOf(seen, plan, { below: BELOW })).to.deep.equal([]);
  });

  it('brings no host to its limit at any step', () => {
    expect(highest(seen, plan)).to.be.above(0.3).and.below(BELOW);
  });

  it('names what cannot be moved, with the reason, before anything is moved', () => {
    const stays = plan.rejected.filter(({ rule }) => rule === 'locked');
    expect(stays.map((one) => one.vm)).to.have.members(['h1-6', 'h1-18']);
    expect(stays[0]?.detail).to.include('it has a PCI device of its host');
    expect(plan.left).to.include.members(['h1-6', 'h1-18']);
  });
});
