import { expect } from 'chai';
import type { Cluster, Move, Plan } from '../../../core/placement/cluster.js';
import { faultsOf } from '../../support/placement-checker.js';
import { cluster, constraint, host, unread, vm } from './clusters.js';

const move = (name: string, from: string, to: string, step = 0): Move => ({
  vm: name,
  from,
  to,
  gain: 1,
  step,
  why: '',
});
const plan = (moves: readonly Move[], rest: Partial<Plan> = {}): Plan => ({
  goal: 'test',
  answer: 'move',
  moves,
  rejected: [],
  why: '',
  ...rest,
});
const faults = (seen: Cluster, moves: readonly Move[], rest: Partial<Plan> = {}) =>
  faultsOf(seen, plan(moves, rest), { below: 0.8 });

/** The checker is what the property tests stand on, so that each kind of fault is shown to be found. */
describe('the checker of plans', () => {
  const two = cluster([host('h1'), host('h2')], [vm('a', 'h1'), vm('b', 'h2')]);

  it('finds nothing wrong with a plan that is right', () => {
    expect(faults(two, [move('a', 'h1', 'h2')])).to.deep.equal([]);
    expect(faults(two, [])).to.deep.equal([]);
  });

  const wrong: Readonly<
    Record<string, { seen: Cluster; moves: readonly Move[]; rest?: Partial<Plan>; fault: RegExp }>
  > = {
    'a VM that is elsewhere': { seen: two, moves: [move('a', 'h2', 'h1')], fault: /a is on h1, not on h2/ },
    'names that are not there': { seen: two, moves: [move('c', 'h1', 'h2'), move('a', 'h1', 'h9')], fault: /no VM c/ },
    'a VM that is not running': {
      seen: cluster([host('h1'), host('h2')], [vm('a', 'h1', { running: false })]),
      moves: [move('a', 'h1', 'h2')],
      fault: /not running/,
    },
    'a VM that was not read': {
      seen: cluster([host('h1'), host('h2')], [unread(vm('a', 'h1'))]),
      moves: [move('a', 'h1', 'h2')],
      fault: /not read/,
    },
    'a host in maintenance': {
      seen: cluster([host('h1'), host('h2', { accepting: false })], [vm('a', 'h1')]),
      moves: [move('a', 'h1', 'h2')],
      fault: /h2 takes no VMs/,
    },
    'a host that is off and not woken': {
      seen: cluster([host('h1'), host('h2', { powered: 'off' })], [vm('a', 'h1')]),
      moves: [move('a', 'h1', 'h2')],
      fault: /h2 is off/,
    },
    'memory on both sides while two swap': {
      seen: cluster([host('h1'), host('h2')], [vm('a', 'h1', { memoryMiB: 4096 }), vm('b', 'h2', { memoryMiB: 4096 })]),
      moves: [move('a', 'h1', 'h2'), move('b', 'h2', 'h1')],
      fault: /memory on h2/,
    },
    'a target that comes too near its limit': {
      seen: cluster([host('h1'), host('h2')], [vm('a', 'h1', { cpuUsed: 0.5 }), vm('b', 'h2', { cpuUsed: 0.4 })]),
      moves: [move('a', 'h1', 'h2')],
      fault: /cpu on h2/,
    },
    'VMs that are to be spread and meet on the way': {
      seen: {
        ...cluster([host('h1'), host('h2')], [vm('a', 'h1'), vm('b', 'h2')]),
        constraints: [constraint('spread')],
      },
      moves: [move('a', 'h1', 'h2'), move('b', 'h2', 'h1')],
      fault: /spread 0 of Machine, h2 is 1/,
    },
    'what is gathered and moves one after the other': {
      seen: {
        ...cluster([host('h1'), host('h2')], [vm('a', 'h1'), vm('b', 'h1')]),
        constraints: [constraint('gather')],
      },
      moves: [move('a', 'h1', 'h2', 0), move('b', 'h1', 'h2', 1)],
      fault: /gather 0 of Machine is 1/,
    },
    'a host that a pin does not name': {
      seen: { ...two, constraints: [constraint('pin', 'h1')] },
      moves: [move('a', 'h1', 'h2')],
      fault: /pin of Machine forbids h2/,
    },
    'a reserve that is used up': {
      seen: { ...two, constraints: [{ ...constraint('reserve'), of: 'h2', memoryMiB: 3500 }] },
      moves: [move('a', 'h1', 'h2')],
      fault: /reserved memory on h2/,
    },
    'a host that is switched off with a VM on it': {
      seen: two,
      moves: [],
      rest: { powerOff: ['h1'] },
      fault: /h1 is switched off with something on it/,
    },
    'too few hosts that stay on': {
      seen: {
        ...cluster([host('h1', { family: 'all' }), host('h2', { family: 'all' })], [vm('a', 'h1')]),
        constraints: [{ ...constraint('online'), of: 'all', least: 2 }],
      },
      moves: [],
      rest: { powerOff: ['h2'] },
      fault: /only 1 hosts of all stay on/,
    },
  };
  for (const [what, { seen, moves, rest, fault }] of Object.entries(wrong)) {
    it(`finds ${what}`, () => {
      expect(faults(seen, moves, rest).join('\n')).to.match(fault);
    });
  }
});
