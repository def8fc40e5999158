import { expect } from 'chai';
import type { Constraint } from '../../../core/model/deployment.js';
import type { Cluster } from '../../../core/placement/cluster.js';
import { firstHost } from '../../../core/placement/first-host.js';
import { planRelief } from '../../../core/placement/relieve.js';
import { cluster, constraint, host, vm } from './clusters.js';

const hard = (type: Constraint['type'], rest: Partial<Constraint> = {}): Constraint => ({
  ...constraint(type),
  ...rest,
});

/** The target that `relieve` chooses for the VMs of h1, or why there is none. */
function target(seen: Cluster, constraints: readonly Constraint[]): string {
  const plan = planRelief(seen, { host: 'h1', below: 0.8, coolDownMs: 0, minimumGain: 0.05, constraints });
  return plan.moves[0] ? `${plan.moves[0].vm} ${plan.moves[0].to}` : plan.why;
}

describe('goals of one move', () => {
  const hot = vm('a', 'h1', { cpuUsed: 0.9, groups: ['edge'] });

  it('know pins and bans to several hosts, and groups', () => {
    const seen = cluster(
      [host('h1'), host('h2'), host('h3')],
      [{ ...hot, cpuUsed: 0.7 }, vm('c', 'h1', { cpuUsed: 0.2, locked: 'x' })],
    );
    expect(target(seen, [hard('pin', { of: 'edge', on: 'h1 h3' })])).to.include('a h3');
    expect(target(seen, [hard('ban', { of: 'edge', on: 'h2 h3' })])).to.include(
      'the constraint ban of edge from h2 or h3 forbids h2',
    );
  });

  it('count how many a spread lets be on one host, and gather where most are', () => {
    const vms = [
      { ...hot, cpuUsed: 0.5 },
      vm('b', 'h2'),
      vm('c', 'h3'),
      vm('d', 'h3'),
      vm('e', 'h1', { className: 'Store', cpuUsed: 0.4, running: false }),
    ];
    const seen = cluster([host('h1'), host('h2'), host('h3')], vms);
    expect(target(seen, [hard('spread', { most: 2 })])).to.equal('a h2');
    expect(target(seen, [hard('spread', { most: 1 })])).to.include('the constraint spread of Machine forbids');
    expect(target(seen, [hard('gather')])).to.equal('a h3');
  });

  it('leave free what is reserved, and open no further host than may be on', () => {
    const vms = [
      { ...hot, cpuUsed: 0.6 },
      vm('b', 'h2', { cpuUsed: 0.05 }),
      vm('e', 'h1', { className: 'Store', cpuUsed: 0.3, running: false }),
    ];
    const seen = cluster(
      [host('h1', { family: 'front' }), host('h2', { family: 'front' }), host('h3', { family: 'front' })],
      vms,
    );
    expect(target(seen, [])).to.equal('a h3');
    expect(target(seen, [hard('online', { of: 'front', most: 2 })])).to.equal('a h2');
    expect(target(seen, [hard('reserve', { of: 'h3', memoryMiB: 4000 })])).to.equal('a h2');
    expect(target(seen, [hard('reserve', { of: 'h3', cpu: 0.5 })])).to.equal('a h2');
    expect(target(seen, [hard('reserve', { of: 'h3', cpu: 0.3 })])).to.equal('a h3');
  });

  it('take overcommitment, CPU models and power of hosts into account', () => {
    const hosts = [
      host('h1'),
      host('h2', { memoryReservedMiB: 4000 }),
      host('h3', { powered: 'off' }),
      host('h4', { cpuModels: ['EPYC'] }),
      host('h5', { cpus: 1, overcommit: { vcpus: 1 } }),
    ];
    const seen = cluster(hosts, [
      { ...hot, cpuUsed: 0.6, cpuModel: 'Broadwell', vcpus: 2 },
      vm('c', 'h1', { cpuUsed: 0.3, running: false }),
    ]);
    expect(target(seen, []))
      .to.include('a needs 512 MiB and h2 has 96 MiB free')
      .and.include('h3 is off')
      .and.include('which h4 does not have')
      .and.include('of the 1 that it may promise');
  });

  it('place a new VM by the same constraints', () => {
    const seen = cluster([host('h1', { family: 'front' }), host('h2', { family: 'front' })], [vm('b', 'h1')]);
    const fresh = vm('a', '', { groups: ['edge'] });
    expect(firstHost(seen, fresh, [hard('ban', { of: 'edge', on: 'h1' })]).host).to.equal('h2');
    expect(firstHost(seen, fresh, [hard('reserve', { of: 'h1', memoryMiB: 4000 })]).host).to.equal('h2');
    expect(firstHost(seen, fresh, [hard('online', { of: 'front', most: 1 }), hard('spread')]).reasons).to.deep.equal([
      'the constraint spread of Machine forbids h1',
      'the constraint online of front, at most 1 forbids h2',
    ]);
  });
});
