import { expect } from 'chai';
import fc from 'fast-check';
import { afterMove, memoryUsed } from '../../../core/placement/cluster.js';
import { planElsewhere } from '../../../core/placement/elsewhere.js';
import { planEvacuation } from '../../../core/placement/evacuate.js';
import { cluster, constraint, host, unread, vm } from './clusters.js';

const OPTIONS = { host: 'a', below: 0.95, coolDownMs: 0, constraints: [] };

describe('plan:evacuate', () => {
  const hosts = [host('a', { accepting: false }), host('b'), host('c')];

  it('moves the largest first, to the host where most room is left', () => {
    const plan = planEvacuation(
      cluster(hosts, [vm('a1', 'a'), vm('a2', 'a', { memoryMiB: 1024 }), vm('b1', 'b', { cpuUsed: 0.3 })]),
      OPTIONS,
    );
    expect(plan.moves).to.deep.equal([
      { vm: 'a2', from: 'a', to: 'c', gain: 0.1, why: 'a is to be emptied; c goes to about 10 %' },
    ]);
    expect(plan.left).to.deep.equal(['a2', 'a1']);
  });

  it('goes on with the next where one cannot be moved', () => {
    const plan = planEvacuation(cluster(hosts, [vm('a1', 'a'), vm('a2', 'a', { memoryMiB: 8192 })]), OPTIONS);
    expect(plan.moves.map((move) => move.vm)).to.deep.equal(['a1']);
    expect(plan.rejected.map(({ vm: name, rule }) => `${name} ${rule}`)).to.deep.equal(['a2 memory', 'a2 memory']);
    const except = planEvacuation(cluster(hosts, [vm('a1', 'a'), vm('a2', 'a')]), { ...OPTIONS, except: ['a1'] });
    expect(except.moves.map((move) => move.vm)).to.deep.equal(['a2']);
    expect(except.rejected.map(({ rule }) => rule)).to.deep.equal(['excepted']);
  });

  it('tells what is left and why where nothing can be moved', () => {
    const full = [
      hosts[0]!,
      host('b', { cpuUsed: 0.9 }),
      host('c', { accepting: false, closed: 'it is in maintenance' }),
    ];
    const plan = planEvacuation(cluster(full, [vm('a1', 'a')]), OPTIONS);
    expect(plan).to.deep.include({ answer: 'infeasible', left: ['a1'] });
    expect(plan.why).to.equal('b would reach 100 %, the limit is 95 %; c takes no VMs now: it is in maintenance');
  });

  it('is done when no VM runs there, and names the software that stays', () => {
    const software = [host('a', { software: ['Apache_1'] }), host('b')];
    const plan = planEvacuation(cluster(software, [vm('b1', 'b'), vm('a1', 'a', { running: false })]), OPTIONS);
    expect(plan).to.deep.include({ answer: 'nothing-to-do', left: ['Apache_1'] });
    expect(plan.why).to.equal('no VM runs on a any more; Apache_1 runs on a itself and cannot be moved live');
  });
});

describe('an evacuation', () => {
  it('comes to rest with limits kept, and leaves only what no host takes', () => {
    const machine = fc.record({
      on: fc.constantFrom('a', 'b', 'c'),
      memory: fc.integer({ min: 1, max: 8 }),
      cpu: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(machine, { maxLength: 10 }), (list) => {
        const vms = list.map(({ on, memory, cpu }, index) =>
          vm(`vm${index}`, on, { memoryMiB: memory * 512, cpuUsed: cpu / 100 }),
        );
        let now = cluster([host('a', { accepting: false }), host('b'), host('c')], vms);
        for (let moves = 0; moves <= list.length; moves += 1) {
          const plan = planEvacuation(now, OPTIONS);
          const [move] = plan.moves;
          if (!move) {
            const left = now.vms.filter((one) => one.host === 'a').map(({ name }) => name);
            expect(plan.left).to.have.members(left);
            // each that is left was refused by each of the other hosts, with its reason
            expect(plan.rejected).to.have.length(2 * left.length);
            return;
          }
          now = afterMove(
            now,
            now.vms.find(({ name }) => name === move.vm)!,
            move.to,
          );
          expect(now.hosts.find(({ name }) => name === move.to)!.cpuUsed).to.be.below(0.95);
          expect(memoryUsed(now, move.to)).to.be.at.most(4096);
        }
        expect.fail('it does not come to rest');
      }),
      { numRuns: 300, seed: 11 },
    );
  });
});

describe('plan:elsewhere', () => {
  const everywhere = new Map(['m', 'n', 's'].map((name) => [name, ['a', 'b', 'c']] as const));
  const down = (name: string, rest = {}) => unread(vm(name, 'a', { running: false, ...rest }));

  it('finds a host other than the failed one, without readings, by free memory', () => {
    const now = cluster([host('a'), host('b'), host('c')], [vm('b1', 'b'), down('m')]);
    const plan = planElsewhere(now, { components: [down('m')], hostsOf: everywhere, constraints: [] });
    expect(plan.moves).to.deep.equal([{ vm: 'm', from: 'a', to: 'c', gain: 0, why: 'c has 4096 MiB free for m' }]);
  });

  it('prefers fewest broken soft constraints, and respects hard ones', () => {
    const now = cluster([host('a'), host('b', { memoryMiB: 1024 }), host('c')], [vm('c1', 'c'), down('m')]);
    const components = [down('m')];
    const spread = planElsewhere(now, {
      components,
      hostsOf: everywhere,
      constraints: [constraint('spread', undefined, 'soft')],
    });
    expect(spread.moves.map(({ to }) => to)).to.deep.equal(['b']);
    const banned = planElsewhere(now, {
      components,
      hostsOf: everywhere,
      constraints: [constraint('ban', 'c'), constraint('ban', 'b')],
    });
    expect(banned.answer).to.equal('infeasible');
    expect(banned.rejected.map(({ rule }) => rule)).to.deep.equal(['constraint', 'constraint']);
  });

  it('places what fits and tells of the rest; room is given away only once', () => {
    const now = cluster([host('a'), host('b', { memoryMiB: 600 })], [down('m'), down('n')]);
    const plan = planElsewhere(now, { components: [down('m'), down('n')], hostsOf: everywhere, constraints: [] });
    expect(plan.answer).to.equal('move');
    expect(plan.moves.map(({ vm: name, to }) => `${name} ${to}`)).to.deep.equal(['m b']);
    expect(plan.rejected.map(({ detail }) => detail)).to.deep.equal(['n needs 512 MiB and b has 88 MiB free']);
  });

  it('says so where there is no other host, or nothing to place', () => {
    const alone = planElsewhere(cluster([host('a')], [down('m')]), {
      components: [down('m')],
      hostsOf: everywhere,
      constraints: [],
    });
    expect(alone).to.include({ answer: 'infeasible', why: 'there is no host but a for m' });
    const nothing = planElsewhere(cluster([host('a')], []), { components: [], hostsOf: new Map(), constraints: [] });
    expect(nothing.answer).to.equal('nothing-to-do');
  });
});
