import { expect } from 'chai';
import { AttituneError } from '../../../../core/model/errors.js';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { planConsolidation } from '../../../../core/placement/consolidate/index.js';
import { cluster, constraint, host, unread, vm } from '../clusters.js';

const LIMITS = { below: 0.8, coolDownMs: 60_000 };
const CURVE = { watts: [50, 100] };

function plan(given: Cluster, more: object = {}) {
  return planConsolidation(given, { limits: LIMITS, ...more });
}

const told = ({ moves }: ReturnType<typeof plan>) => moves.map((move) => `${move.vm}: ${move.from} > ${move.to}`);

describe('planConsolidation', () => {
  const three = () => [host('h1', { power: CURVE }), host('h2', { power: CURVE }), host('h3', { power: CURVE })];

  it('empties what can be spared, and says what that saves', () => {
    const given = cluster(three(), [
      vm('a', 'h1', { cpuUsed: 0.4 }),
      vm('b', 'h2', { cpuUsed: 0.2 }),
      vm('c', 'h3', { cpuUsed: 0.4 }),
    ]);
    const found = plan(given, { powerOff: ['h1', 'h2', 'h3'] });
    expect(found.answer).to.equal('move');
    expect(told(found)).to.deep.equal(['b: h2 > h1']);
    expect(found.powerOff).to.deep.equal(['h2']);
    expect(found.before).to.deep.equal({ hostsInUse: 3, overloaded: 0, watts: 200 });
    expect(found.after).to.deep.equal({ hostsInUse: 2, overloaded: 0, watts: 150 });
    expect(found.why).to.equal('the other hosts can do without h2');
    expect(found.moves[0]!.why).to.contain('h2 goes from 20 % to about 0 % without b');
  });

  it('switches nothing off that it was not allowed to', () => {
    const given = cluster(three(), [vm('a', 'h1', { cpuUsed: 0.4 }), vm('b', 'h2', { cpuUsed: 0.2 })]);
    expect(plan(given)).to.not.have.property('powerOff');
  });

  it('relieves a host above its limit, and wakes one where nobody has room', () => {
    const hot = [vm('a', 'h1', { cpuUsed: 0.6 }), vm('b', 'h1', { cpuUsed: 0.3 })];
    const hosts = [host('h1'), host('h2', { powered: 'off' })];
    const found = plan(cluster(hosts, hot), { wake: ['h2'] });
    expect(told(found)).to.deep.equal(['b: h1 > h2']);
    expect(found.wake).to.deep.equal(['h2']);
    const kept = plan(cluster(hosts, hot));
    expect(kept.answer).to.equal('infeasible');
    expect(kept.conflict).to.not.be.empty;
  });

  it('leaves what single moves do not relieve to the search', () => {
    const half = { memoryMiB: 2048 };
    const vms = [
      vm('large', 'h1', { cpuUsed: 0.5, ...half }),
      vm('small', 'h1', { cpuUsed: 0.35, ...half }),
      vm('other', 'h2', { cpuUsed: 0.15, ...half }),
      vm('third', 'h2', { cpuUsed: 0.2, ...half }),
      vm('fourth', 'h3', { cpuUsed: 0.6, ...half }),
    ];
    // h2 has no memory left until something goes to h3, which has no CPU for anything of h1
    const found = plan(cluster(three(), vms));
    expect(found.answer).to.equal('move');
    expect(found.moves.length).to.be.at.least(2);
  });

  it('keeps hard constraints', () => {
    const vms = [vm('a', 'h1', { cpuUsed: 0.4 }), vm('b', 'h2', { cpuUsed: 0.1 }), vm('c', 'h3', { cpuUsed: 0.4 })];
    const spread = { ...cluster(three(), vms), constraints: [constraint('spread')] };
    expect(plan(spread).answer).to.equal('nothing-to-do');
    const banned = { ...cluster(three(), vms), constraints: [constraint('ban', 'h1')] };
    expect(told(plan(banned))).to.not.include('b: h2 > h1');
    const full = cluster(
      three().map((one) => ({ ...one, memoryMiB: 800 })),
      vms,
    );
    expect(plan(full).answer).to.equal('nothing-to-do');
  });

  it('lets rest what moved lately', () => {
    const vms = [vm('a', 'h1', { cpuUsed: 0.4 }), vm('b', 'h2', { cpuUsed: 0.1, movedAt: 990_000 })];
    expect(told(plan(cluster([host('h1'), host('h2')], vms)))).to.not.include('b: h2 > h1');
  });

  it('decides nothing while a host that is on was not read', () => {
    const vms = [vm('a', 'h1', { cpuUsed: 0.4 }), unread(vm('b', 'h2'))];
    const given = cluster([host('h1'), host('h2')], vms);
    const blind = { ...given.hosts[1]! };
    Reflect.deleteProperty(blind, 'cpuUsed');
    const found = plan({ ...given, hosts: [given.hosts[0]!, blind] });
    expect(found.answer).to.equal('infeasible');
    expect(found.why).to.equal('no fresh CPU reading of h2, so nothing is moved');
  });

  it('keeps room for what is expected, with its deviation', () => {
    const demand = { windowMs: 1, samples: 9, mean: 0.3, p50: 0.3, p90: 0.6, p95: 0.6, max: 0.7 };
    const restless = [
      vm('a', 'h1', { cpuUsed: 0.3, demand }),
      vm('b', 'h2', { cpuUsed: 0.3, demand: { ...demand, mean: 0.4 } }),
    ];
    expect(plan(cluster([host('h1'), host('h2')], restless)).answer).to.equal('nothing-to-do');
    const steady = restless.map((one) => ({ ...one, demand: { ...demand, p90: 0.3 } }));
    expect(plan(cluster([host('h1'), host('h2')], steady)).answer).to.equal('move');
  });

  it('refuses a cluster that cannot be', () => {
    const given = cluster([host('h1')], [vm('a', 'h1', { memoryMiB: -1 })]);
    expect(() => plan(given)).to.throw(AttituneError);
  });

  it('comes to rest', () => {
    const names = ['h1', 'h2', 'h3', 'h4'];
    let vms = names.flatMap((on, index) => [
      vm(`${on}a`, on, { cpuUsed: 0.11 * (index + 1) }),
      vm(`${on}b`, on, { cpuUsed: 0.45 }),
    ]);
    const now = () =>
      cluster(
        names.map((name) => host(name)),
        vms,
      );
    for (let round = 0; round < 6; round += 1) {
      const goes = new Map(plan(now()).moves.map(({ vm: name, to }) => [name, to]));
      vms = vms.map((one) => ({ ...one, host: goes.get(one.name) ?? one.host }));
    }
    expect(plan(now()).moves).to.deep.equal([]);
  });
});
