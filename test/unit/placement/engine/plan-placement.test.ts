import { expect } from 'chai';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { AttituneError } from '../../../../core/model/errors.js';
import { planPlacement, type PlacementRequest } from '../../../../core/placement/plan-placement.js';
import { cluster, constraint, host, unread, vm } from '../clusters.js';

function request(
  objective: PlacementRequest['objectives'][number],
  rest: Partial<PlacementRequest> = {},
  limits: Partial<PlacementRequest['limits']> = {},
): PlacementRequest {
  return {
    goal: objective.type,
    objectives: [objective],
    limits: { below: 0.8, coolDownMs: 60_000, minimumGain: 0.05, ...limits },
    search: { seed: 1 },
    ...rest,
  };
}

const relieve = request({ type: 'relieve' });
const hot = cluster(
  [host('h1'), host('h2'), host('h3')],
  [vm('a', 'h1', { cpuUsed: 0.5 }), vm('b', 'h1', { cpuUsed: 0.4 }), vm('c', 'h2', { cpuUsed: 0.2 })],
);

describe('plans of placements', () => {
  it('tell moves with their gain, what hosts come to, measures before and after, and what was second best', () => {
    const plan = planPlacement(hot, relieve);
    expect(plan.answer).to.equal('move');
    expect(plan.moves).to.have.length(1);
    const [move] = plan.moves;
    expect(move).to.include({ vm: 'b', from: 'h1', to: 'h3', step: 0 });
    expect(move!.gain, 'the share of its host that it frees').to.equal(0.4);
    expect(move!.cost).to.be.within(0.001, 0.4);
    expect(move!.why).to.equal(
      'h1 goes from 90 % to about 50 % without b, which uses 40 % of it; h3 goes from 0 % to about 40 %',
    );
    expect(plan.before).to.include({ hotHosts: 1, highestCpu: 0.9, vmsMoved: 0 });
    expect(plan.after).to.include({ hotHosts: 0, vmsMoved: 1 });
    expect(plan.why).to.equal('h1 is at 90 %; one VM is moved; then no host is hot');
    const { detail, ...other } = plan.rejected.find(({ vm: name, to }) => name === 'b' && to === 'h2')!;
    expect(other).to.deep.equal({ vm: 'b', to: 'h2', rule: 'second-best' });
    expect(detail).to.match(/^to h3 it gains [\d.]+, to h2 [\d.]+$/);
    expect(plan.elapsedMs).to.equal(undefined);
  });

  it('change nothing when they are carried out and asked for again', () => {
    const plan = planPlacement(hot, relieve);
    const moved: Cluster = {
      ...hot,
      hosts: hot.hosts.map((one) => ({ ...one, cpuUsed: { h1: 0.5, h2: 0.2, h3: 0.4 }[one.name] ?? 0 })),
      vms: hot.vms.map((one) => ({ ...one, host: plan.moves.find((move) => move.vm === one.name)?.to ?? one.host })),
    };
    expect(planPlacement(moved, relieve)).to.include({ answer: 'nothing-to-do', why: 'no host is hot' });
  });

  it('say that moves gain less than they cost, apart from that there is nothing to do', () => {
    const uneven = cluster(
      [host('h1'), host('h2')],
      [vm('a', 'h1', { cpuUsed: 0.03 }), vm('b', 'h1', { cpuUsed: 0.02 })],
    );
    const cpu = { type: 'balance', measures: { cpu: 1 } } as const;
    expect(planPlacement(uneven, request(cpu)).answer).to.equal('no-gain');
    expect(planPlacement(uneven, request(cpu, {}, { minimumGain: 0.001 })).answer).to.equal('move');
    const even = cluster([host('h1'), host('h2')], [vm('a', 'h1'), vm('b', 'h2')]);
    expect(planPlacement(even, request(cpu)).answer).to.equal('nothing-to-do');
    expect(planPlacement(uneven, request({ ...cpu, enough: 0.1 }, {}, { minimumGain: 0 })).answer).to.equal(
      'nothing-to-do',
    );
  });

  it('name what stands against them where nothing fits', () => {
    const full = cluster([host('h1'), host('h2')], [vm('a', 'h1', { cpuUsed: 0.9 }), vm('b', 'h2', { cpuUsed: 0.1 })]);
    const plan = planPlacement(
      { ...full, constraints: [{ ...constraint('pin', 'h1'), of: 'a' }] },
      request({ type: 'evacuate', hosts: ['h1'] }, {}, { below: 1.5 }),
    );
    expect(plan.answer).to.equal('infeasible');
    expect(plan.left).to.deep.equal(['a']);
    expect(plan.conflict).to.deep.equal(['a is pinned to h1']);
    expect(plan.rejected).to.deep.include({
      vm: 'a',
      to: 'h2',
      rule: 'constraint',
      detail: 'the constraint pin of a to h1 forbids h2',
    });
  });

  it('move nothing on missing readings', () => {
    const blind = { ...hot, vms: hot.vms.map(unread) };
    const plan = planPlacement(blind, relieve);
    expect(plan.moves).to.deep.equal([]);
    expect(plan.answer).to.equal('infeasible');
  });

  it('empty a host, to where most room is, whatever rests', () => {
    const vms = ['a', 'b', 'c', 'd'].map((name) => vm(name, 'h1', { movedAt: 999_000 }));
    const plan = planPlacement(
      cluster([host('h1'), host('h2'), host('h3')], vms),
      request({ type: 'evacuate', hosts: ['h1'] }),
    );
    expect(plan.moves).to.have.length(4);
    expect(plan.moves.filter(({ to }) => to === 'h2')).to.have.length(2);
    expect(plan.after).to.include({ vmsLeft: 0 });
  });

  it('use a detour where VMs exchange their places and nothing else has room', () => {
    const quarter = { memoryMiB: 2048 };
    const swap = cluster(
      [host('h1'), host('h2'), host('h3')],
      [
        vm('big', 'h1', { ...quarter, cpuUsed: 0.5 }),
        vm('mean', 'h1', { ...quarter, cpuUsed: 0.4 }),
        vm('small', 'h2', { ...quarter, cpuUsed: 0.1 }),
        vm('little', 'h2', { ...quarter, cpuUsed: 0.1 }),
        vm('other', 'h3', { ...quarter, cpuUsed: 0.6 }),
      ],
    );
    const constraints = ['small', 'little'].map((of) => ({ ...constraint('ban', 'h1'), of }));
    const plan = planPlacement({ ...swap, constraints }, relieve);
    expect(plan.answer).to.equal('move');
    expect(plan.after).to.include({ hotHosts: 0 });
  });

  it('wake a host only where those that are on do not do', () => {
    const asleep = host('h4', { powered: 'off', accepting: false });
    const with4 = { ...hot, hosts: [...hot.hosts, asleep] };
    expect(planPlacement(with4, { ...relieve, wake: ['h4'] })).to.not.have.property('wake');
    const crowded = cluster(
      [host('h1'), host('h2')],
      [vm('a', 'h1', { cpuUsed: 0.5 }), vm('b', 'h1', { cpuUsed: 0.4 }), vm('c', 'h2', { cpuUsed: 0.75 })],
    );
    const woken = planPlacement({ ...crowded, hosts: [...crowded.hosts, asleep] }, { ...relieve, wake: ['h4'] });
    expect(woken.wake).to.deep.equal(['h4']);
    expect(woken.moves[0]).to.include({ to: 'h4' });
    expect(planPlacement({ ...crowded, hosts: [...crowded.hosts, asleep] }, relieve).answer).to.equal('infeasible');
  });

  it('name hosts that may be switched off once they are empty', () => {
    const power = { watts: [100, 200] };
    const from = cluster([host('h1', { power }), host('h2', { power })], [vm('a', 'h1'), vm('b', 'h2')]);
    const energy = request({ type: 'energy' });
    expect(planPlacement(from, { ...energy, powerOff: ['h1', 'h2'] }).powerOff).to.have.length(1);
    const bound = { ...energy, powerOff: [] };
    expect(planPlacement(from, bound), 'an empty host that stays on saves nothing').to.include({
      answer: 'nothing-to-do',
    });
  });

  it('keep to a band: a host is hot from `above` on, and then brought below the limit', () => {
    const band = request({ type: 'relieve', above: 0.8 }, {}, { below: 0.6 });
    const warm = cluster([host('h1'), host('h2')], [vm('a', 'h1', { cpuUsed: 0.4 }), vm('b', 'h1', { cpuUsed: 0.35 })]);
    expect(planPlacement(warm, band).answer).to.equal('nothing-to-do');
    const hotter = cluster(
      [host('h1'), host('h2')],
      [vm('a', 'h1', { cpuUsed: 0.45 }), vm('b', 'h1', { cpuUsed: 0.4 })],
    );
    expect(planPlacement(hotter, band).moves).to.have.length(1);
  });

  it('find the few hosts that constraints leave among many', () => {
    const hosts = Array.from({ length: 200 }, (_, index) => host(`h${index + 1}`));
    // all of the others have less load than those that a may go to
    const vms = [
      vm('a', 'h1', { cpuUsed: 0.5 }),
      vm('b', 'h1', { cpuUsed: 0.45 }),
      vm('c', 'h150', { cpuUsed: 0.2 }),
      vm('d', 'h151', { cpuUsed: 0.25 }),
    ];
    const stays = { ...constraint('pin', 'h1'), of: 'b' };
    const pinned = { ...cluster(hosts, vms), constraints: [stays, { ...constraint('pin', 'h1 h150 h151'), of: 'a' }] };
    expect(planPlacement(pinned, relieve).moves[0]).to.include({ vm: 'a', to: 'h150' });
    const soft = { ...constraint('pin', 'h151', 'soft'), of: 'a' };
    const drawn = { ...cluster(hosts, vms), constraints: [stays, soft] };
    expect(planPlacement(drawn, relieve).moves[0]).to.include({ vm: 'a', to: 'h151' });
    const together = {
      ...cluster(hosts, vms),
      vms: vms.map((one) => ('ad'.includes(one.name) ? { ...one, groups: ['pair'] } : one)),
      constraints: [stays, { ...constraint('gather', undefined, 'soft'), of: 'pair' }],
    };
    expect(planPlacement(together, relieve).moves[0]).to.include({ vm: 'a', to: 'h151' });
  });

  it('refuse clusters that cannot be, and tell of time where there is a clock', () => {
    const wrong = { ...hot, vms: [...hot.vms, vm('a', 'h2'), vm('x', 'nowhere')] };
    expect(() => planPlacement(wrong, relieve)).to.throw(AttituneError);
    let time = 0;
    const plan = planPlacement(hot, { ...relieve, search: { seed: 1, now: () => (time += 5) } });
    expect(plan.elapsedMs).to.be.above(0);
    const empty = planPlacement({ at: 0, hosts: [], vms: [] }, relieve);
    expect(empty).to.include({ answer: 'nothing-to-do' });
  });
});
