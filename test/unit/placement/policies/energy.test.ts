import { expect } from 'chai';
import type { Cluster, ClusterHost } from '../../../../core/placement/cluster.js';
import { planEnergy, type EnergyOptions } from '../../../../core/placement/policies/plan-energy.js';
import { cluster, constraint, host, unread, vm } from '../clusters.js';

const NAMES = ['a', 'b', 'c', 'd'];
const MINUTE = 60_000;

function options(rest: Partial<EnergyOptions> = {}): EnergyOptions {
  return {
    limits: { below: 0.8, coolDownMs: 0, minimumGain: 0 },
    fill: 0.7,
    spare: 0,
    minimumOnMs: 10 * MINUTE,
    minimumOffMs: 5 * MINUTE,
    switchable: new Set(NAMES),
    seed: 1,
    ...rest,
  };
}

const off = (name: string, poweredAt = -10 * MINUTE): ClusterHost => {
  return host(name, { accepting: false, closed: 'it is switched off', powered: 'off', poweredAt });
};

function with_(base: Cluster, rest: Partial<Cluster>): Cluster {
  return { ...base, ...rest };
}

describe('plan: energy', () => {
  it('switches off what runs nothing, and keeps the spare hosts', () => {
    const quiet = cluster([host('a'), host('b'), host('c'), host('d')], [vm('m1', 'a'), vm('m2', 'a')]);
    const plan = planEnergy(quiet, options({ spare: 1 }));
    expect(plan.answer).to.equal('switch');
    expect(plan.powerOff).to.have.length(2);
    expect(plan.powerOff).not.to.include('a');
    expect(plan.after?.['hostsOn']).to.equal(2);
    expect(plan.rejected.map(({ detail }) => detail).join()).to.include('besides 1 to spare');
  });

  it('switches the most wasteful host off first', () => {
    const hosts = [
      host('a'),
      host('b', { power: { watts: [90, 135] } }),
      host('c', { power: { watts: [200, 300] } }),
      host('d', { power: { watts: [80, 110] } }),
    ];
    const plan = planEnergy(cluster(hosts, [vm('m1', 'a', { cpuUsed: 0.5 })]), options({ spare: 2 }));
    expect(plan.powerOff).to.deep.equal(['c']);
    expect(plan.after?.['watts']).to.be.lessThan(plan.before?.['watts'] ?? 0);
  });

  it('empties one host, the one with least to move, and never onto an empty one', () => {
    const hosts = [host('a'), host('b'), host('c', { powered: 'on', poweredAt: 1_000_000 })];
    const plan = planEnergy(
      cluster(hosts, [vm('m1', 'a'), vm('m2', 'a'), vm('m3', 'b')]),
      options({ minimumOnMs: 1000 }),
    );
    expect(plan.answer).to.equal('move');
    expect(plan.moves.map((move) => [move.vm, move.from, move.to])).to.deep.equal([['m3', 'b', 'a']]);
    expect(plan.powerOff).to.deep.equal(['b']);
  });

  it('empties several hosts at once where the others carry it all', () => {
    const hosts = NAMES.map((name) => host(name, { power: { watts: [90, 130] } }));
    const plan = planEnergy(
      cluster(
        hosts,
        NAMES.map((name, index) => vm(`m${index}`, name)),
      ),
      options(),
    );
    expect(plan.answer).to.equal('move');
    expect(plan.powerOff?.length).to.be.greaterThan(1);
    expect(plan.moves.map(({ from }) => from).sort()).to.deep.equal([...(plan.powerOff ?? [])].sort());
  });

  it('leaves a host alone of which not all fits elsewhere', () => {
    const heavy = { cpuUsed: 0.4 };
    const full = cluster([host('a'), host('b')], [vm('m1', 'a', heavy), vm('m2', 'b', heavy)]);
    const plan = planEnergy(full, options());
    expect(plan.answer).to.equal('nothing-to-do');
    expect(plan.moves).to.deep.equal([]);
    expect(plan.why).to.include('without it 1 host would be at 80 %');
    const locked = cluster(
      [host('a'), host('b')],
      [vm('m1', 'a'), vm('m2', 'b', { locked: 'it has a device' }), vm('m3', 'a', { locked: 'it has a device' })],
    );
    expect(planEnergy(locked, options()).answer).to.equal('no-gain');
  });

  it('keeps as many on as a constraint asks for, and leaves those that cannot be switched', () => {
    const empty = cluster([host('a'), host('b'), host('c'), host('d')], [vm('m1', 'a')]);
    const family = empty.hosts.map((one) => ({ ...one, family: 'servers' }));
    const online = { ...constraint('spread'), type: 'online' as const, of: 'servers', least: 3 };
    const plan = planEnergy(with_(empty, { hosts: family, constraints: [online] }), options());
    expect(plan.powerOff).to.have.length(1);
    const only = planEnergy(empty, options({ switchable: new Set(['c']) }));
    expect(only.powerOff).to.deep.equal(['c']);
    expect(only.rejected.map(({ detail }) => detail)).to.include('b cannot be switched');
  });

  it('leaves a host on that was switched on a moment ago', () => {
    const fresh = host('b', { poweredAt: 1_000_000 - MINUTE });
    const plan = planEnergy(cluster([host('a'), fresh], [vm('m1', 'a')]), options({ switchable: new Set(['b']) }));
    expect(plan.answer).to.equal('nothing-to-do');
    expect(plan.why).to.include('b was switched on 60 s ago and stays on for 600 s');
  });

  it('wakes the most thrifty host when the load has grown, and one at a time', () => {
    const hosts = [
      host('a'),
      { ...off('b'), power: { watts: [100, 200] } },
      { ...off('c'), power: { watts: [50, 100] } },
    ];
    const busy = cluster(hosts, [vm('m1', 'a', { cpuUsed: 0.5 }), vm('m2', 'a', { cpuUsed: 0.4 })]);
    const plan = planEnergy(busy, options());
    expect(plan).to.include({ answer: 'switch' });
    expect(plan.wake).to.deep.equal(['c']);
    expect(plan.why).to.include('would be at 90 %');
    const coming = with_(busy, {
      hosts: busy.hosts.map((one) => (one.name === 'c' ? { ...one, powered: 'changing' } : one)),
    });
    expect(planEnergy(coming, options()).wake).to.equal(undefined);
  });

  it('wakes one for a hot host that finds no relief, though the others have little to do', () => {
    const big = { cpuUsed: 0.9, memoryMiB: 3900 };
    const hosts = [host('a'), host('b'), off('c')];
    const plan = planEnergy(
      cluster(hosts, [
        vm('m1', 'a', big),
        vm('m3', 'a', { memoryMiB: 100, cpuUsed: 0 }),
        vm('m2', 'b', { memoryMiB: 3900 }),
      ]),
      options({ spare: 0 }),
    );
    expect(plan.wake).to.deep.equal(['c']);
    expect(plan.why).to.include('a is at 90 %, and none that is on can take anything from there');
  });

  it('leaves a host off that was switched off a moment ago, and says so', () => {
    const busy = [vm('m1', 'a', { cpuUsed: 0.5 }), vm('m2', 'a', { cpuUsed: 0.45 })];
    const plan = planEnergy(cluster([host('a'), off('b', 1_000_000 - MINUTE)], busy), options());
    expect(plan.answer).to.equal('infeasible');
    expect(plan.why).to.include('hosts stay off for 300 s, and b was switched off 60 s ago');
  });

  it('wakes none where each machine has a host to itself, unless hosts are to be to spare', () => {
    const alone = cluster(
      [host('a'), host('b'), off('c')],
      [vm('m1', 'a', { cpuUsed: 1 }), vm('m2', 'b', { cpuUsed: 1 })],
    );
    expect(planEnergy(alone, options()).answer).to.equal('nothing-to-do');
    expect(planEnergy(alone, options({ spare: 1 })).wake).to.deep.equal(['c']);
  });

  it('wakes the host that somebody needs', () => {
    const plan = planEnergy(cluster([host('a'), off('b'), off('c')], [vm('m1', 'a')]), options({ needed: 'c' }));
    expect(plan.wake).to.deep.equal(['c']);
  });

  it('does nothing on missing readings', () => {
    const blind = { name: 'b', cpuCapacity: 1, memoryMiB: 4096, accepting: true };
    const plan = planEnergy(cluster([host('a'), blind, host('c')], [vm('m1', 'a')]), options());
    expect(plan.answer).to.equal('infeasible');
    expect(plan.why).to.include('no fresh CPU reading of b');
    const unknown = planEnergy(
      cluster([host('a'), host('b')], [unread(vm('m1', 'a')), vm('m2', 'b', { memoryMiB: 3900 })]),
      options(),
    );
    expect(unknown.moves.every((move) => move.vm !== 'm1')).to.equal(true);
  });
});
