import { expect } from 'chai';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { planCloser } from '../../../../core/placement/policies/plan-closer.js';
import { planOverbook } from '../../../../core/placement/policies/plan-overbook.js';
import { cluster, host, unread, vm } from '../clusters.js';

const LIMITS = { below: 0.95, coolDownMs: 0, minimumGain: 0 };
const OVERBOOK = { limits: LIMITS, active: 0.25, most: 1, seed: 1 };
const busy = { cpuUsed: 0.4 };
const idle = { cpuUsed: 0.02 };

function after(before: Cluster, moves: readonly { vm: string; to: string }[]): Record<string, string> {
  const to = new Map(moves.map((move) => [move.vm, move.to]));
  return Object.fromEntries(before.vms.map(({ name, host: at }) => [name, to.get(name) ?? at]));
}

describe('plan: overbook', () => {
  it('moves an active VM away from another one, next to an inactive one', () => {
    const two = cluster([host('a'), host('b')], [vm('m1', 'a', busy), vm('m2', 'a', busy), vm('m3', 'b', idle)]);
    const plan = planOverbook(two, OVERBOOK);
    expect(plan.answer).to.equal('move');
    expect(plan.moves).to.have.length(1);
    expect(plan.moves[0]).to.include({ from: 'a', to: 'b' });
    expect(plan.before).to.include({ active: 2, mostOnOneHost: 2, tooMany: 1 });
    expect(plan.after).to.include({ mostOnOneHost: 1, tooMany: 0 });
  });

  it('changes an active and an inactive one where there is no room for a further one', () => {
    const large = { memoryMiB: 1400 };
    const before = cluster(
      [host('a'), host('b')],
      [
        vm('m1', 'a', { ...busy, ...large }),
        vm('m2', 'a', { ...busy, ...large }),
        vm('m3', 'b', { ...idle, memoryMiB: 1450 }),
        vm('m4', 'b', { ...idle, memoryMiB: 1290 }),
      ],
    );
    const plan = planOverbook(before, OVERBOOK);
    expect(plan.answer).to.equal('move');
    expect(plan.moves).to.have.length(2);
    const places = after(before, plan.moves);
    expect(places['m1']).not.to.equal(places['m2']);
  });

  it('leaves all as it is where no host has too many, also after a moment of work', () => {
    const apart = cluster([host('a'), host('b')], [vm('m1', 'a', busy), vm('m2', 'b', busy), vm('m3', 'b', idle)]);
    expect(planOverbook(apart, OVERBOOK)).to.include({ answer: 'nothing-to-do' });
    const demand = { windowMs: 60_000, samples: 30, mean: 0.05, p50: 0.02, p90: 0.1, p95: 0.2, max: 0.9 };
    const moment = cluster([host('a'), host('b')], [vm('m1', 'a', busy), vm('m2', 'a', { cpuUsed: 0.9, demand })]);
    expect(planOverbook(moment, OVERBOOK)).to.include({ answer: 'nothing-to-do' });
  });

  it('says what cannot hold together where more are active than hosts may have', () => {
    const three = cluster(
      [host('a'), host('b')],
      ['m1', 'm2', 'm3'].map((name, i) => vm(name, i < 2 ? 'a' : 'b', busy)),
    );
    const plan = planOverbook(three, OVERBOOK);
    expect(plan.answer).to.equal('infeasible');
    expect(plan.conflict).to.deep.equal(['3 VMs are active', '2 hosts take VMs', 'a host may have 1 active VM']);
  });

  it('does not count what it has no reading of', () => {
    const plan = planOverbook(cluster([host('a'), host('b')], [vm('m1', 'a', busy), unread(vm('m2', 'a'))]), OVERBOOK);
    expect(plan.answer).to.equal('nothing-to-do');
    expect(plan.why).to.include('of 1 VMs nothing is known');
  });
});

describe('plan: closer', () => {
  const CLOSER = { limits: { below: 0.8, coolDownMs: 0, minimumGain: 0.05 }, seed: 1 };
  const near = { distances: [{ between: ['a', 'b'] as const, distance: 1 }], otherwise: 10 };

  it('brings a VM to the one it talks to, or as near as there is room', () => {
    const hosts = [host('a', { memoryMiB: 600 }), host('b'), host('c')];
    const traffic = [{ between: ['web', 'db'] as const, mbitPerSecond: 200 }];
    const base = cluster(hosts, [vm('db', 'a'), vm('web', 'c'), vm('other', 'c')]);
    const plan = planCloser({ ...base, network: { ...near, traffic } }, CLOSER);
    expect(plan.answer).to.equal('move');
    expect(plan.moves.map(({ vm: name }) => name)).to.not.include('other');
    expect(plan.after?.['trafficDistance']).to.be.lessThan(plan.before?.['trafficDistance'] ?? 0);
  });

  it('leaves alone what gains less than it costs, and what talks to nobody', () => {
    const base = cluster([host('a'), host('b'), host('c')], [vm('db', 'a'), vm('web', 'c')]);
    const little = [{ between: ['web', 'db'] as const, mbitPerSecond: 0.5 }];
    expect(planCloser({ ...base, network: { ...near, traffic: little } }, CLOSER).moves).to.deep.equal([]);
    expect(planCloser({ ...base, network: { ...near, traffic: [] } }, CLOSER)).to.include({ answer: 'nothing-to-do' });
    expect(planCloser(base, CLOSER).why).to.include('tells no distances');
  });
});
