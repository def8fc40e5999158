import { expect } from 'chai';
import type { Cluster, Move, Plan } from '../../../core/placement/cluster.js';
import { AttituneError } from '../../../core/model/errors.js';
import { clusterOf, oneHotSpot, oneToEmpty, planOn } from '../../support/hot-cluster.js';

/** The highest share of CPU and of memory on any host while each step runs: what moves counts on both of its hosts. */
function worstOnTheWay(
  { hosts, vms }: Cluster,
  { moves }: Plan,
): { cpu: number; memory: number; last: Map<string, string> } {
  const at = new Map(vms.map(({ name, host }) => [name, new Set([host])]));
  const worst = { cpu: 0, memory: 0 };
  const steps = [...new Set(moves.map(({ step = 0 }) => step))].sort((a, b) => a - b);
  const look = () => {
    for (const host of hosts) {
      const here = vms.filter(({ name }) => at.get(name)?.has(host.name));
      const cpu = here.reduce((sum, vm) => sum + (vm.cpuUsed ?? 0), 0) / host.cpuCapacity;
      worst.cpu = Math.max(worst.cpu, cpu);
      worst.memory = Math.max(worst.memory, here.reduce((sum, vm) => sum + vm.memoryMiB, 0) / host.memoryMiB);
    }
  };
  for (const number of steps) {
    const step = moves.filter(({ step: own = 0 }) => own === number);
    for (const { vm, to } of step) at.get(vm)?.add(to);
    look();
    for (const { vm, from } of step) at.get(vm)?.delete(from);
  }
  look();
  return { ...worst, last: new Map([...at].map(([name, on]) => [name, [...on].join()])) };
}

const route = ({ vm, from, to }: Move) => `${vm} ${from}>${to}`;
const failureOf = (run: () => unknown): AttituneError => {
  try {
    run();
  } catch (error) {
    return AttituneError.from(error);
  }
  throw new Error('it did not fail');
};

describe('plan:hotspot', () => {
  it('relieves one hot spot among fifty VMs by one plan, and nothing else gets hot', () => {
    const cluster = oneHotSpot();
    const plan = planOn(cluster, 'hotspot', { host: 'host1' });
    expect(plan.answer).to.equal('move');
    expect(plan.moves.every(({ from }) => from === 'host1')).to.equal(true);
    expect(plan.moves.length).to.be.at.most(2);
    const { last } = worstOnTheWay(cluster, plan);
    for (const host of cluster.hosts) {
      const used = cluster.vms
        .filter(({ name }) => last.get(name) === host.name)
        .reduce((sum, vm) => sum + (vm.cpuUsed ?? 0), 0);
      expect(used / host.cpuCapacity, host.name).to.be.below(0.75);
    }
    expect(plan.rejected.length).to.be.greaterThan(0);
  });

  it('exchanges VMs where no host takes one as it is', () => {
    const full = { memoryMiB: 65_536 / 4 };
    const cluster = clusterOf(2, 2, [
      ...Array.from({ length: 4 }, () => ({ host: 'host1', cpuUsed: 0.4, ...full })),
      ...Array.from({ length: 4 }, () => ({ host: 'host2', cpuUsed: 0.05, ...full })),
    ]);
    expect(planOn(cluster, 'hotspot', { host: 'host1' }).answer, 'nowhere to step aside to').to.not.equal('move');
    const third = clusterOf(3, 2, [...cluster.vms, { host: 'host3', name: 'vm9', cpuUsed: 1.2, memoryMiB: 1024 }]);
    const plan = planOn(third, 'hotspot', { host: 'host1' });
    expect(plan.answer).to.equal('move');
    expect(worstOnTheWay(third, plan).memory).to.be.at.most(1);
  });

  it('refuses what it does not know, and a host that is none', () => {
    const cluster = oneHotSpot();
    expect(failureOf(() => planOn(cluster, 'hotspot', { host: 'host99' })).code).to.equal('unknown-host');
    expect(failureOf(() => planOn(cluster, 'hotspot', { host: 'all', demand: 'p99' })).message).to.contain(
      '"p99" is no value of "demand"; there are used, mean, p50',
    );
    expect(failureOf(() => planOn(cluster, 'hotspot', { host: 'all', hot: '1' })).code).to.equal('unknown-attribute');
  });
});

describe('plan:balance', () => {
  it('says that load is even enough, that it gains too little, or moves', () => {
    const even = clusterOf(
      4,
      2,
      Array.from({ length: 8 }, (_, index) => ({ host: `host${1 + (index % 4)}`, cpuUsed: 0.4 })),
    );
    expect(planOn(even, 'balance', {}).answer).to.equal('nothing-to-do');
    const uneven = clusterOf(
      4,
      2,
      Array.from({ length: 8 }, (_, index) => ({ host: `host${1 + (index % 2)}`, cpuUsed: 0.4 })),
    );
    const plan = planOn(uneven, 'balance', {});
    expect(plan.answer).to.equal('move');
    expect(plan.moves).to.have.length(4);
    expect(plan.after?.['cpuDeviation'] ?? 1).to.be.below(plan.before?.['cpuDeviation'] ?? 0);
    expect(planOn(uneven, 'balance', { minimumGain: '100 %' }).answer).to.equal('no-gain');
    expect(planOn(uneven, 'balance', { threshold: '60 %' }).answer).to.equal('nothing-to-do');
    expect(planOn(uneven, 'balance', { most: '1' }).moves).to.have.length(1);
  });

  it('names hosts that were not read', () => {
    const cluster = clusterOf(3, 2, [{ host: 'host1' }]);
    const hosts = cluster.hosts.map((host) => {
      const unread: { -readonly [Key in keyof typeof host]: (typeof host)[Key] } = { ...host };
      delete unread.cpuUsed;
      return unread;
    });
    expect(planOn({ ...cluster, hosts }, 'balance', {}).why).to.match(/no fresh CPU reading of host1, host2, host3$/);
  });

  it('refuses a measure that there is not', () => {
    expect(failureOf(() => planOn(oneHotSpot(), 'balance', { measures: 'cpu heat' })).message).to.contain('"heat"');
  });
});

describe('plan:drain', () => {
  it('empties one of twenty hosts with 33 VMs, no host above its limit at any step', () => {
    const cluster = oneToEmpty();
    const plan = planOn(cluster, 'drain', { host: 'host1', below: '95 %' });
    expect(plan.answer).to.equal('move');
    expect(plan.left).to.deep.equal([]);
    expect(plan.moves).to.have.length(33);
    const { cpu, memory, last } = worstOnTheWay(cluster, plan);
    expect(cpu).to.be.below(0.95);
    expect(memory).to.be.at.most(1);
    expect([...last.values()]).to.not.include('host1');
    expect(new Set(plan.moves.map(({ vm }) => vm)).size).to.equal(33);
  });

  it('names what cannot leave, with the reason, and plans for the others', () => {
    const cluster = oneToEmpty();
    const [first, second, ...rest] = cluster.vms;
    if (!first || !second) throw new Error('there are no VMs');
    const vms = [{ ...first, locked: 'it has a dongle' }, { ...second, running: false }, ...rest];
    const hosts = cluster.hosts.map((host) => (host.name === 'host1' ? { ...host, software: ['ntp'] } : host));
    const plan = planOn({ ...cluster, hosts, vms }, 'drain', { host: 'host1' });
    expect(plan.left).to.deep.equal(['vm1', 'ntp']);
    expect(plan.why).to.match(/vm1 stays where it is: it has a dongle.*ntp runs on host1 itself/);
    expect(plan.moves).to.have.length(31);
  });

  it('has nothing to do on an empty host, and none where nothing fits', () => {
    const cluster = oneToEmpty();
    const empty = { ...cluster, vms: cluster.vms.filter(({ host }) => host !== 'host1') };
    expect(planOn(empty, 'drain', { host: 'host1' })).to.deep.include({ answer: 'nothing-to-do', left: [] });
    const closed = cluster.hosts.map((host) => (host.name === 'host1' ? host : { ...host, accepting: false }));
    const stuck = planOn({ ...cluster, hosts: closed }, 'drain', { host: 'host1' });
    expect([stuck.answer, stuck.left?.length, stuck.moves.length]).to.deep.equal(['infeasible', 33, 0]);
  });
});

describe('plan:return of VMs by name', () => {
  it('brings back as many as fit, and names those that do not', () => {
    const cluster = clusterOf(2, 2, [
      { host: 'host2', cpuUsed: 0.5 },
      { host: 'host2', cpuUsed: 0.5 },
      { host: 'host2', cpuUsed: 0.5 },
      { host: 'host1', cpuUsed: 0.2 },
    ]);
    const plan = planOn(cluster, 'return', { host: 'host1', vms: 'vm1, vm2, vm3, vm4', below: '80 %' });
    expect(plan.moves.map(route)).to.deep.equal(['vm1 host2>host1', 'vm2 host2>host1']);
    expect(plan.left).to.deep.equal(['vm3']);
    expect(planOn(cluster, 'return', { host: 'host1', vms: 'vm4' }).answer).to.equal('nothing-to-do');
    expect(planOn(cluster, 'return', { host: 'host1', vms: 'vm3', below: '10 %' }).answer).to.equal('infeasible');
  });
});
