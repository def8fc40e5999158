import { expect } from 'chai';
import fc from 'fast-check';
import type { Cluster, ClusterHost, ClusterVm } from '../../../core/placement/cluster.js';
import { planGroup, type QueueGroup } from '../../../core/placement/queue-groups.js';

const HOSTS = ['host1', 'host2'];
const LIMITS = { constraints: [] };

interface Told {
  readonly name: string;
  readonly share: number;
  readonly least?: number;
  readonly most?: number;
  readonly waiting?: number | undefined;
  /** Of each machine: its host, and what runs on it. */
  readonly machines?: readonly (readonly [string, number | undefined, 'leaving'?])[];
}

function group({ name, share, least = 0, most = Infinity, waiting, machines = [] }: Told): QueueGroup {
  return {
    name,
    share,
    least,
    most,
    ...(waiting === undefined ? {} : { waiting }),
    machines: machines.map(([host, running, leaving], index) => ({
      name: `${name}${index + 1}`,
      host,
      ...(running === undefined ? {} : { running }),
      leaving: leaving === 'leaving',
    })),
    next: vm(`${name}new`, name, ''),
    hosts: HOSTS,
  };
}

function vm(name: string, className: string, host: string): ClusterVm {
  return { name, className, host, vcpus: 1, memoryMiB: 1000, running: host !== '' };
}

/** Each host has room for two machines. */
function cluster(groups: readonly QueueGroup[]): Cluster {
  const hosts = HOSTS.map((name): ClusterHost => ({ name, cpuCapacity: 2, memoryMiB: 2000, accepting: true }));
  return {
    at: 0,
    hosts,
    vms: groups.flatMap(({ machines, name }) => machines.map((machine) => vm(machine.name, name, machine.host))),
  };
}

function plan(own: Told, others: readonly Told[] = [], idle?: string) {
  const groups = [own, ...others].map(group);
  const limits = idle === undefined ? LIMITS : { ...LIMITS, idle };
  return planGroup(cluster(groups), groups, groups[0] as QueueGroup, limits);
}

describe('plan of a group with a queue', () => {
  it('grows while something waits, up to its most, and only on a fresh reading', () => {
    expect(plan({ name: 'a', share: 1, waiting: 3 })).to.include({ answer: 'grow' });
    expect(plan({ name: 'a', share: 1, waiting: 0 })).to.include({ answer: 'nothing-to-do' });
    expect(plan({ name: 'a', share: 1 })).to.include({
      answer: 'nothing-to-do',
      why: 'there is no fresh reading of what waits in a',
    });
    expect(plan({ name: 'a', share: 1, most: 1, waiting: 3, machines: [['host1', 1]] })).to.include({
      answer: 'nothing-to-do',
    });
  });

  it('grows above its share into what the others leave unused, and not into what they are due', () => {
    const own: Told = {
      name: 'a',
      share: 1,
      waiting: 5,
      machines: [
        ['host1', 1],
        ['host1', 1],
        ['host2', 1],
      ],
    };
    expect(plan(own, [{ name: 'b', share: 1, waiting: 0 }]).answer).to.equal('grow');
    expect(plan(own, [{ name: 'b', share: 1, waiting: 1 }])).to.include({ answer: 'infeasible' });
    expect(plan(own, [{ name: 'b', share: 1, waiting: 1 }]).why).to.include('what is free is kept for b');
  });

  it('below its share and without room names the group that is furthest above its own', () => {
    const others: Told[] = [
      {
        name: 'b',
        share: 1,
        waiting: 0,
        machines: [
          ['host1', 1],
          ['host1', 1],
          ['host2', 1],
        ],
      },
      { name: 'c', share: 1, waiting: 0, machines: [['host2', 1]] },
    ];
    expect(plan({ name: 'a', share: 1, waiting: 1 }, others)).to.include({ answer: 'infeasible', component: 'b' });
    const content: Told[] = [
      {
        name: 'b',
        share: 2,
        machines: [
          ['host1', 1],
          ['host1', 1],
        ],
      },
      {
        name: 'c',
        share: 2,
        machines: [
          ['host2', 1],
          ['host2', 1],
        ],
      },
    ];
    const none = plan({ name: 'a', share: 1, waiting: 1 }, content);
    expect(none).to.include({ answer: 'infeasible' });
    expect(none.component).to.equal(undefined);
  });

  it('gives way with the machine that has least to do, one for each group that is short', () => {
    const starving: Told = { name: 'b', share: 1, waiting: 1 };
    const own: Told = {
      name: 'a',
      share: 1,
      waiting: 4,
      machines: [
        ['host1', 2],
        ['host1', 1],
        ['host2', 0],
        ['host2', 3],
      ],
    };
    expect(plan(own, [starving])).to.include({ answer: 'remove', component: 'a3' });
    const going: Told = {
      ...own,
      machines: [
        ['host1', 2],
        ['host1', 1, 'leaving'],
        ['host2', 0],
        ['host2', 3],
      ],
    };
    expect(plan(going, [starving]).answer).not.to.equal('remove');
    expect(plan(going, [starving, { name: 'c', share: 1, waiting: 1 }])).to.include({
      answer: 'remove',
      component: 'a3',
    });
  });

  it('gives none away of which nothing is known, and none for a group whose reading is stale', () => {
    const own: Told = {
      name: 'a',
      share: 0,
      machines: [
        ['host1', undefined],
        ['host1', undefined],
        ['host2', undefined],
        ['host2', undefined],
      ],
    };
    const answer = plan(own, [{ name: 'b', share: 1, waiting: 1 }]);
    expect(answer).to.include({ answer: 'infeasible' });
    expect(answer.rejected.map(({ rule }) => rule)).to.deep.equal(Array(4).fill('no-fresh-reading'));
    expect(plan({ ...own, machines: [['host1', 0]] }, [{ name: 'b', share: 1 }]).answer).to.equal('nothing-to-do');
  });

  it('lets an idle machine go, unless something waits, it has work again, or it is one of the least', () => {
    const own: Told = { name: 'a', share: 1, waiting: 0, machines: [['host1', 0]] };
    expect(plan(own, [], 'a1')).to.include({ answer: 'remove', component: 'a1' });
    expect(plan({ ...own, waiting: 1 }, [], 'a1').answer).to.equal('nothing-to-do');
    expect(plan({ ...own, machines: [['host1', 1]] }, [], 'a1').answer).to.equal('nothing-to-do');
    expect(plan({ ...own, machines: [['host1', undefined]] }, [], 'a1').answer).to.equal('nothing-to-do');
    expect(plan({ ...own, least: 1 }, [], 'a1').answer).to.equal('nothing-to-do');
  });

  it('always comes to rest: every share that is waited for is had, and nobody is robbed of one', () => {
    const told = (name: string) =>
      fc.record({
        name: fc.constant(name),
        share: fc.integer({ min: 0, max: 2 }),
        waiting: fc.integer({ min: 0, max: 5 }),
        machines: fc.array(fc.tuple(fc.constantFrom(...HOSTS), fc.integer({ min: 0, max: 2 })), { maxLength: 2 }),
      });
    fc.assert(
      fc.property(told('a'), told('b'), told('c'), (...drawn) => {
        const shares = drawn.reduce((sum, { share }) => sum + share, 0);
        fc.pre(shares <= 4);
        // as many machines as fit, two on a host
        const free = new Map(HOSTS.map((host) => [host, 2]));
        let groups = drawn.map((one) =>
          group({
            ...one,
            machines: one.machines.filter(([host]) => {
              const left = free.get(host) ?? 0;
              free.set(host, left - 1);
              return left > 0;
            }),
          }),
        );
        const before = groups.map(({ machines }) => machines.length);
        for (let round = 0, quiet = 0; quiet < groups.length; round += 1) {
          expect(round, 'it never comes to rest').to.be.below(60);
          const own = groups[round % groups.length] as QueueGroup;
          const { answer, component } = planGroup(cluster(groups), groups, own, LIMITS);
          quiet = answer === 'grow' || answer === 'remove' ? 0 : quiet + 1;
          groups = groups.map((one) => (one === own ? after(one, groups, answer, component) : one));
        }
        groups.forEach(({ machines, share, waiting = 0 }, index) => {
          const had = Math.min(share, before[index] ?? 0);
          expect(machines.length).to.be.at.least(had);
          // what it grows by takes one of those that wait
          if (waiting > 0) expect(machines.length).to.be.at.least(share);
        });
      }),
      { numRuns: 300 },
    );
  });
});

/** A group after what was decided for it; what is removed has gone at once. */
function after(own: QueueGroup, groups: readonly QueueGroup[], answer: string, component?: string): QueueGroup {
  if (answer === 'remove') return { ...own, machines: own.machines.filter(({ name }) => name !== component) };
  if (answer !== 'grow') return own;
  const used = (host: string) =>
    groups.flatMap(({ machines }) => machines).filter((machine) => machine.host === host).length;
  const host = HOSTS.find((name) => used(name) < 2);
  expect(host, `${own.name} grows where there is no room`).not.to.equal(undefined);
  const machine = { name: `${own.name}+${own.machines.length}`, host: host ?? '', running: 1, leaving: false };
  return { ...own, waiting: Math.max(0, (own.waiting ?? 0) - 1), machines: [...own.machines, machine] };
}
