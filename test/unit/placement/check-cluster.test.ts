import { expect } from 'chai';
import type { Constraint } from '../../../core/model/deployment.js';
import { checkCluster } from '../../../core/placement/check-cluster.js';
import type { Cluster } from '../../../core/placement/cluster.js';
import { cluster, constraint, host, vm } from './clusters.js';

const right = cluster(
  [host('h1', { family: 'front' }), host('h2', { family: 'front' })],
  [vm('a', 'h1'), vm('b', 'h2')],
);
const told = (seen: Cluster, live = false) =>
  checkCluster(seen, { live }).map(({ code, details }) => `${String(details['path'])} ${code}`);
const messages = (seen: Cluster) => checkCluster(seen).map(({ message }) => message);
const hard = (type: Constraint['type'], rest: Partial<Constraint> = {}): Constraint => ({
  ...constraint(type),
  ...rest,
});

describe('the check of a cluster', () => {
  it('finds nothing wrong with one that is right, nor with an empty one', () => {
    expect(told(right)).to.deep.equal([]);
    expect(told({ at: 0, hosts: [], vms: [] })).to.deep.equal([]);
  });

  it('tells all at once: names that are used twice, or that nothing has', () => {
    const seen: Cluster = {
      ...right,
      hosts: [...right.hosts, host('h1'), host('')],
      vms: [...right.vms, vm('a', 'h2'), vm('c', 'h9')],
      constraints: [
        hard('pin', { of: 'Machin', on: 'h1 h7' }),
        hard('reserve', { of: 'fronts', cpu: 0.1 }),
        hard('ban'),
      ],
      network: {
        distances: [{ between: ['h1', 'h8'], distance: 1 }],
        otherwise: 1,
        traffic: [{ between: ['a', 'z'], mbitPerSecond: 1 }],
      },
    };
    expect(told(seen)).to.deep.equal([
      'hosts[2].name duplicate-name',
      'hosts[3].name value',
      'vms[2].name duplicate-name',
      'vms[3].host unknown-host',
      'constraints[0].on unknown-host',
      'constraints[0].of unknown-component',
      'constraints[1].of unknown-host',
      'constraints[2] constraint',
      'network.distances[0].between[1] unknown-host',
      'network.traffic[0].between[1] unknown-component',
    ]);
    expect(messages(seen)[5]).to.equal(
      'constraints[0].of: the constraint pin is of Machin, which is no VM, class or group of the cluster. Did you mean "Machine"?',
    );
  });

  it('tells numbers that are negative, not finite, or 0 where something is divided by them', () => {
    const seen: Cluster = {
      ...right,
      hosts: [
        host('h1', { cpuCapacity: 0, memoryMiB: NaN, overcommit: { memory: -1 } }),
        host('h2', { cpuUsed: Infinity }),
      ],
      vms: [
        vm('a', 'h1', { memoryMiB: -5, vcpus: 0, cpuUsed: -0.1 }),
        vm('b', 'h2', { moves: [{ at: NaN, from: 'h1', to: 'h2' }] }),
      ],
      constraints: [
        hard('spread', { most: 0 }),
        hard('reserve', { of: 'h1', cpu: 1.5 }),
        hard('online', { of: 'h1', least: 0.5 }),
      ],
    };
    expect(told(seen)).to.deep.equal([
      'hosts[0].cpuCapacity value',
      'hosts[0].memoryMiB value',
      'hosts[0].overcommit.memory value',
      'hosts[1].cpuUsed value',
      'vms[0].cpuUsed value',
      'vms[0].vcpus value',
      'vms[0].memoryMiB value',
      'vms[1].moves[0].at value',
      'constraints[0].most value',
      'constraints[1].cpu value',
      'constraints[2].least value',
    ]);
    expect(messages(seen)[0]).to.equal('hosts[0].cpuCapacity: cpuCapacity of h1 is 0; it is a finite number above 0.');
  });

  it('tells memory that is promised twice, unless the host overcommits or the cluster runs', () => {
    const vms = [vm('a', 'h1', { memoryMiB: 3000 }), vm('b', 'h1', { memoryMiB: 3000 })];
    const seen = cluster([host('h1')], vms);
    expect(messages(seen)).to.deep.equal([
      'hosts[0].memoryMiB: the VMs on h1 are promised 6000 MiB, and it has 4096 MiB for them. Correct one of the two, or tell overcommit.memory.',
    ]);
    expect(told(cluster([host('h1', { overcommit: { memory: 1.5 } })], vms))).to.deep.equal([]);
    expect(told(seen, true)).to.deep.equal([]);
  });

  const contradictions: Readonly<Record<string, { constraints: readonly Constraint[]; says: RegExp }>> = {
    'a pin and a ban': {
      constraints: [hard('pin', { on: 'h1' }), hard('ban', { of: 'a', on: 'h1' })],
      says: /pin of Machine to h1 and ban of a from h1 leave a no host together/,
    },
    'two pins': {
      constraints: [hard('pin', { on: 'h1' }), hard('pin', { of: 'a', on: 'h2' })],
      says: /leave a no host together/,
    },
    'a ban from every host': {
      constraints: [hard('ban', { on: 'h1 h2' })],
      says: /ban of Machine from h1 or h2 leaves a no host/,
    },
    'a gather and a spread': {
      constraints: [hard('gather'), hard('spread')],
      says: /a and b are gathered by gather of Machine and spread by spread of Machine/,
    },
    'a gather of what is pinned to different hosts': {
      constraints: [hard('gather'), hard('pin', { of: 'a', on: 'h1' }), hard('pin', { of: 'b', on: 'h2' })],
      says: /gather of Machine cannot be kept: pin of a to h1 and pin of b to h2 leave no host for all of them/,
    },
    'a spread over too few hosts': {
      constraints: [hard('pin', { on: 'h1' }), hard('spread')],
      says: /2 VMs of Machine are spread, at most 1 on one host, and only 1 host may take them/,
    },
    'more hosts to be on than there are': {
      constraints: [hard('online', { of: 'front', least: 3 })],
      says: /at least 3 hosts of front are to be on, and there are 2/,
    },
    'a least above a most': {
      constraints: [hard('online', { of: 'front', least: 2 }), hard('online', { of: 'front', most: 1 })],
      says: /at least 2 hosts of front are to be on, and at most 1 as constraints\[1\] says/,
    },
    'a reserve that is larger than its host': {
      constraints: [hard('reserve', { of: 'h1', memoryMiB: 5000 })],
      says: /5000 MiB of h1 are to be left free, and it has 4096 MiB/,
    },
  };
  for (const [what, { constraints, says }] of Object.entries(contradictions)) {
    it(`tells ${what}, and nothing where one of them is soft or the cluster runs`, () => {
      const seen = { ...right, constraints };
      expect(messages(seen).join('\n')).to.match(says);
      expect(messages(seen)).to.have.length(1);
      const soft = constraints.map((one) => ({ ...one, strength: 'soft' as const }));
      expect(told({ ...right, constraints: soft })).to.deep.equal([]);
      expect(told(seen, true)).to.deep.equal([]);
    });
  }
});
