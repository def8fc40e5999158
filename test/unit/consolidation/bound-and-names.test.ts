import { expect } from 'chai';
import { leastWatts } from '../../../core/consolidation/lower-bound.js';
import { parsePolicy } from '../../../core/consolidation/index.js';
import { AttituneError } from '../../../core/model/errors.js';

const column = (mips: number, memoryMB: number, watts: number) => ({ mips, memoryMB, watts });

describe('the lower bound', () => {
  const good = { hosts: 2, columns: [column(0, 10, 50), column(100, 10, 100)] };
  const poor = { hosts: 5, columns: [column(0, 10, 40), column(100, 10, 200)] };

  it('fills the most efficient hosts first', () => {
    expect(leastWatts([good, poor], 150, 0)).to.be.closeTo(150, 1e-6);
    expect(leastWatts([good, poor], 200, 0)).to.be.closeTo(200, 1e-6);
    expect(leastWatts([good, poor], 250, 0)).to.be.closeTo(200 + 100, 1e-6);
    expect(leastWatts([good, poor], 0, 0)).to.be.closeTo(0, 1e-6);
  });

  it('needs hosts for memory, too', () => {
    // 30 of memory: three hosts; the cheapest with nothing to do are the poor ones
    expect(leastWatts([good, poor], 0, 30)).to.be.closeTo(120, 1e-3);
    // 100 MIPS as well: one good host filled, two poor ones idle
    expect(leastWatts([good, poor], 100, 30)).to.be.closeTo(180, 1e-3);
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
