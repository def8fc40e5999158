import { expect } from 'chai';
import type { Cluster, ClusterHost, ClusterVm } from '../../../core/placement/cluster.js';
import { planRoom, type RoomOptions } from '../../../core/placement/room.js';

const host = (name: string, more: Partial<ClusterHost> = {}): ClusterHost => ({
  name,
  cpuCapacity: 4,
  cpus: 4,
  memoryMiB: 2048,
  accepting: true,
  ...more,
});
const vm = (name: string, on: string, more: Partial<ClusterVm> = {}): ClusterVm => ({
  name,
  className: 'Machine',
  host: on,
  vcpus: 1,
  memoryMiB: 1024,
  running: true,
  ...more,
});
const CLUSTER: Cluster = {
  at: 100_000,
  hosts: [host('host1'), host('host2'), host('host3')],
  vms: [vm('a', 'host1'), vm('b', 'host1'), vm('c', 'host2', { memoryMiB: 512 })],
};
const OPTIONS: RoomOptions = {
  vm: 'a',
  memoryMiB: 1500,
  vcpus: 2,
  hosts: ['host1', 'host2', 'host3'],
  below: 0.95,
  coolDownMs: 0,
  constraints: [],
};
const plan = (cluster: Partial<Cluster> = {}, options: Partial<RoomOptions> = {}) =>
  planRoom({ ...CLUSTER, ...cluster }, { ...OPTIONS, ...options });
const rules = (of: ReturnType<typeof plan>) => of.rejected.map(({ to, rule }) => `${to ?? 'it'} ${rule}`);
const place = { file: 'test', line: 1, column: 1 };

describe('room for a VM that is to grow', () => {
  it('is on the host with most memory free, and tells the size and who was second', () => {
    const found = plan();
    expect(found).to.include({ answer: 'move', memory: '1500 MiB', vcpus: '2' });
    expect(found.moves[0]).to.include({ vm: 'a', from: 'host1', to: 'host3' });
    expect(found.why).to.include('host3 has 2048 MiB free');
    expect(rules(found)).to.deep.equal(['host2 second-best']);
  });

  it('counts what it is to have, not what it has', () => {
    const found = plan({}, { memoryMiB: 1600 });
    expect(found.moves[0]?.to).to.equal('host3');
    expect(rules(found)).to.deep.equal(['host2 memory']);
    expect(plan({}, { memoryMiB: 4096 })).to.include({ answer: 'infeasible' });
  });

  it('is on no host that takes none, has too few CPUs, is left out, or is of another family', () => {
    const hosts = [host('host1'), host('host2', { accepting: false, closed: 'it is in maintenance' }), host('host3')];
    expect(rules(plan({ hosts }, { except: ['host3'] }))).to.deep.equal(['host2 not-accepting', 'host3 excepted']);
    const small = [host('host1'), host('host2', { cpus: 1 }), host('host3', { cpus: 1 })];
    const none = plan({ hosts: small });
    expect(none.answer).to.equal('infeasible');
    expect(none.why).to.include('host2 has 1 CPUs, and a is to have 2');
    expect(plan({}, { hosts: ['host1'] }).why).to.equal('there is no host but host1 for a');
  });

  it('is on no host that would be overloaded, where the load is known', () => {
    const hosts = [host('host1'), host('host2'), host('host3', { cpuUsed: 3.5 })];
    const vms = [vm('a', 'host1', { cpuUsed: 0.5 }), ...CLUSTER.vms.slice(1)];
    expect(plan({ hosts, vms }).moves[0]?.to).to.equal('host2');
    expect(rules(plan({ hosts, vms }))).to.deep.equal(['host3 would-overload']);
    expect(plan({ hosts }).moves[0]?.to).to.equal('host3');
  });

  it('keeps hard constraints, and soft ones where it can', () => {
    const spread = { type: 'spread', of: 'Machine', strength: 'soft', place } as const;
    const vms = [...CLUSTER.vms.slice(0, 2), vm('c', 'host3', { memoryMiB: 100 })];
    expect(plan({ vms, hosts: CLUSTER.hosts }, { constraints: [spread] }).moves[0]?.to).to.equal('host2');
    const ban = { type: 'ban', of: 'a', on: 'host3', strength: 'hard', place } as const;
    expect(rules(plan({}, { constraints: [ban] }))).to.deep.equal(['host3 constraint']);
  });

  it('is looked for only for a VM that runs, and has not just moved', () => {
    const stopped = plan({ vms: [vm('a', 'host1', { running: false })] });
    expect([stopped.answer, rules(stopped)]).to.deep.equal(['infeasible', ['it not-running']]);
    const moved = plan({ vms: [vm('a', 'host1', { movedAt: 99_000 })] }, { coolDownMs: 10_000 });
    expect([moved.answer, rules(moved)]).to.deep.equal(['infeasible', ['it cool-down']]);
    expect(plan({ vms: [] }).why).to.equal('there is no VM a');
  });
});
