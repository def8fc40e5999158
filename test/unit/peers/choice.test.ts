import { expect } from 'chai';
import fc from 'fast-check';
import type { PeerReadings, PeerRole, PeerVm } from '../../../core/model/peer.js';
import { SeededRandom } from '../../../core/model/random.js';
import {
  firstRanks,
  objectionTo,
  pickToTake,
  rankToGive,
  roleAfter,
  type Situation,
} from '../../../core/peers/choice.js';
import { whatIf } from '../../../core/peers/what-if.js';
import { vm } from '../../support/peer-world.js';

const MACHINE: PeerReadings = {
  ...{ cpuLoadOne: 0, cpuLoadFive: 0, cpuLoadFifteen: 0, actualFreeMemory: 8192, actualUsedMemory: 0 },
  ...{ totalVmMemory: 0, localVmCount: 0, cpus: 8 },
};

/** Between two limits of load. */
const byLoad =
  (low: number, high: number) =>
  ({ cpuLoadOne }: PeerReadings): PeerRole =>
    cpuLoadOne > high ? 'overloaded' : cpuLoadOne < low ? 'underloaded' : 'idle';

const at = (vms: readonly PeerVm[], roleIf: Situation['roleIf']): Situation => ({
  readings: whatIf(MACHINE, { plus: vms }),
  roleIf,
});

const anyVm = fc.record({
  name: fc.uuid(),
  memoryMiB: fc.integer({ min: 1, max: 2048 }),
  vcpus: fc.constant(1),
  load: fc.integer({ min: 0, max: 400 }).map((load) => load / 100),
});
const anyVms = fc.uniqueArray(anyVm, { selector: ({ name }) => name, minLength: 1, maxLength: 8 });

describe('what a peer gives and takes', () => {
  it('what comes and goes again changes nothing, in any order', () => {
    fc.assert(
      fc.property(anyVms, (vms) => {
        const there = whatIf(MACHINE, { plus: vms });
        expect(there.localVmCount).to.equal(vms.length);
        expect(there.actualFreeMemory + there.actualUsedMemory).to.equal(8192);
        const back = vms.reduceRight((readings, each) => whatIf(readings, { minus: [each] }), there);
        expect(back.totalVmMemory).to.equal(0);
        expect(back.cpuLoadOne).to.be.closeTo(0, 1e-5);
      }),
    );
  });

  it('simulated, the first choice needs no more moves than any other set of VMs would, by load', () => {
    fc.assert(
      fc.property(anyVms, fc.integer({ min: 1, max: 8 }), (vms, high) => {
        const situation = at(vms, byLoad(0, high));
        if (roleAfter(situation, {}) !== 'overloaded') return;
        const [best] = rankToGive('simulated', vms, situation, new SeededRandom(1));
        const least = Math.min(
          ...subsets(vms)
            .filter((minus) => roleAfter(situation, { minus }) !== 'overloaded')
            .map(({ length }) => length),
        );
        expect(best?.moves).to.equal(least);
      }),
    );
  });

  it('simulated, one that makes it idle at once comes before smaller ones; then the smallest', () => {
    const vms = [vm('small', 128, 0.3), vm('right', 1024, 1.2), vm('righter', 512, 1.1), vm('all', 64, 3)];
    const situation = at(vms, byLoad(4, 4.6));
    const ranked = rankToGive('simulated', vms, situation, new SeededRandom(1));
    expect(ranked.map(({ vm: { name }, moves }) => `${name} ${moves}`)).to.deep.equal([
      'righter 1',
      'right 1',
      'all 2',
      'small 2',
    ]);
    expect(firstRanks(ranked, 1).map(({ name }) => name)).to.deep.equal(['righter', 'right']);
    expect(firstRanks(ranked, 2)).to.have.length(4);
  });

  it('by chance, it is any of them, and each at times', () => {
    const vms = [vm('a', 1, 1), vm('b', 1, 1), vm('c', 1, 1)];
    const random = new SeededRandom(7);
    const chosen = Array.from({ length: 60 }, () => rankToGive('random', vms, at(vms, byLoad(0, 1)), random));
    expect(new Set(chosen.map(([first]) => first?.vm.name))).to.have.property('size', 3);
    expect(chosen.every(({ length }) => length === 1)).to.equal(true);
  });

  it('nothing is taken that leaves the peer overloaded or without memory', () => {
    fc.assert(
      fc.property(anyVms, anyVms, (own, offered) => {
        const situation = at(own, byLoad(2, 3));
        const taken = pickToTake(offered, situation);
        if (!taken) return;
        expect(situation.roleIf(situation.readings)).to.equal('underloaded');
        expect(roleAfter(situation, { plus: [taken] })).to.not.equal('overloaded');
        expect(whatIf(situation.readings, { plus: [taken] }).actualFreeMemory).to.be.at.least(0);
      }),
    );
  });

  it('a peer that wants memory and no load takes no small VM full of work, while one that wants load does', () => {
    const wantsMemory = at([], ({ totalVmMemory, cpuLoadOne }) =>
      totalVmMemory < 2048 ? 'underloaded' : cpuLoadOne > 0.5 ? 'overloaded' : 'idle',
    );
    const wantsLoad = at([], ({ totalVmMemory, cpuLoadOne }) =>
      totalVmMemory > 1024 ? 'overloaded' : cpuLoadOne < 1.5 ? 'underloaded' : 'idle',
    );
    const busy = vm('busy', 512, 1);
    const large = vm('large', 1536, 0);
    expect(objectionTo(busy, wantsMemory)).to.equal('would never be content');
    expect(objectionTo(large, wantsMemory)).to.equal(undefined);
    expect(objectionTo(busy, wantsLoad)).to.equal(undefined);
    expect(objectionTo(large, wantsLoad)).to.equal('would be overloaded');
    expect(objectionTo(vm('huge', 9000, 0), wantsMemory)).to.equal('no memory');
    expect(objectionTo(busy, at([vm('x', 1, 2)], byLoad(1, 3)))).to.equal('has enough');
    expect(objectionTo(busy, at([vm('x', 1, 4)], byLoad(1, 3)))).to.equal('is overloaded');
  });

  it('a VM that alone is too little, and twice too much, is taken where others could fill the rest', () => {
    const between = at([], ({ totalVmMemory }) =>
      totalVmMemory < 512 ? 'underloaded' : totalVmMemory > 768 ? 'overloaded' : 'idle',
    );
    expect(objectionTo(vm('half', 400, 0), between)).to.equal(undefined);
    const exactly50 = at([], ({ localVmCount }) =>
      localVmCount < 50 ? 'underloaded' : localVmCount > 50 ? 'overloaded' : 'idle',
    );
    expect(objectionTo(vm('first', 100, 0), exactly50)).to.equal(undefined);
  });
});

function subsets<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_each, index) => (bits >> index) & 1));
}
