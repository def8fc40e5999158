import { expect } from 'chai';
import fc from 'fast-check';
import { leastWatts } from '../../../core/consolidation/lower-bound.js';
import { packingWeights } from '../../../core/consolidation/packing-weights.js';
import { parsePolicy } from '../../../core/consolidation/index.js';
import { AttituneError } from '../../../core/model/errors.js';

const column = (mips: number, watts: number) => ({ mips, room: 1, watts });

describe('the lower bound', () => {
  const good = { hosts: 2, columns: [column(0, 50), column(100, 100)] };
  const poor = { hosts: 5, columns: [column(0, 40), column(100, 200)] };

  it('fills the most efficient hosts first', () => {
    expect(leastWatts([good, poor], 150, 0)).to.be.closeTo(150, 1e-6);
    expect(leastWatts([good, poor], 200, 0)).to.be.closeTo(200, 1e-6);
    expect(leastWatts([good, poor], 250, 0)).to.be.closeTo(200 + 100, 1e-6);
    expect(leastWatts([good, poor], 0, 0)).to.be.closeTo(0, 1e-6);
  });

  it('needs as many hosts as hold all VMs, too', () => {
    // three hosts; the cheapest with nothing to do are the poor ones
    expect(leastWatts([good, poor], 0, 3)).to.be.closeTo(120, 1e-3);
    // 100 MIPS as well: one good host filled, two poor ones idle
    expect(leastWatts([good, poor], 100, 3)).to.be.closeTo(180, 1e-3);
  });
});

describe('hosts that memory needs', () => {
  const least = (sizes: readonly number[], capacity: number) =>
    Math.max(...packingWeights(sizes, capacity).map((of) => sizes.reduce((sum, size) => sum + of.get(size)!, 0)));

  it('are all memory divided by theirs, or more where the rest of each is lost', () => {
    expect(least([5, 5, 5, 5], 10)).to.equal(2);
    expect(least([6, 6, 6], 10)).to.equal(3);
    expect(least([4, 4, 4, 4], 10)).to.equal(2);
    expect(least([4, 4, 2, 4, 4, 2], 10)).to.equal(2);
    // two of the largest and one of the smallest, or four of the second
    const mixed = [1740, 1740, 613, 870].flatMap((size) => Array.from({ length: 16 }, () => size));
    expect(least(mixed, 4096)).to.equal(16 + 4);
  });

  it('are no more than it takes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 12 }), (sizes) => {
        const hosts: number[] = [];
        for (const size of [...sizes].sort((a, b) => b - a)) {
          const fits = hosts.findIndex((taken) => taken + size <= 10);
          if (fits < 0) hosts.push(size);
          else hosts[fits]! += size;
        }
        expect(least(sizes, 10)).to.be.at.most(hosts.length + 1e-9);
      }),
    );
  });
});

describe('names of policies', () => {
  it('are those of the literature, and ours', () => {
    expect(parsePolicy('attitune')).to.deep.equal({ kind: 'attitune' });
    expect(parsePolicy('none')).to.deep.equal({ kind: 'dvfs' });
    const lr = { kind: 'literature', detector: 'lr', selector: 'mmt', safety: 1.2, wakeCost: false };
    expect(parsePolicy('lr-mmt-1.2')).to.deep.equal(lr);
    expect(parsePolicy('lr-mmt')).to.deep.equal(lr);
    expect(parsePolicy('lr-mmt-w-1.2')).to.deep.equal({ ...lr, wakeCost: true });
    expect(parsePolicy('lrr-rs-1.1')).to.include({ detector: 'lrr', selector: 'rs', safety: 1.1 });
    expect(parsePolicy('thr-mc')).to.include({ detector: 'thr', safety: 0.8 });
  });

  it('and no others', () => {
    for (const name of ['', 'lr', 'lr-mmt-x', 'foo-mmt-1', 'thr-mmt-1.5', 'thr-mmt-0', 'LR-MMT']) {
      expect(() => parsePolicy(name), name)
        .to.throw(AttituneError)
        .with.property('code', 'value');
    }
  });
});
