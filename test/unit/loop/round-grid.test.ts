import { expect } from 'chai';
import fc from 'fast-check';
import { RoundGrid } from '../../../core/monitoring/round-grid.js';

describe('grid of rounds', () => {
  it('waits for the next time of the grid, whenever the former round ended', () => {
    const grid = new RoundGrid(500, 1000);
    expect(grid.next(510)).to.equal(990);
    expect(grid.next(1500)).to.equal(1000);
    expect(grid.next(3100)).to.equal(400);
  });

  it('runs a round that is a little late at once, and leaves out one that is much too late', () => {
    const grid = new RoundGrid(0, 1000);
    expect(grid.next(1003)).to.equal(0);
    expect(grid.next(1010)).to.equal(990);
    expect(grid.next(7400)).to.equal(600);
  });

  it('begins anew after the clock was set back', () => {
    const grid = new RoundGrid(5_000_000, 1000);
    expect(grid.next(1_000_000)).to.equal(1000);
    expect(grid.next(1_001_200)).to.equal(800);
  });

  it('never waits longer than a period, and never has two rounds at one time of the grid', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 50 }), (durations) => {
        const grid = new RoundGrid(0, 1000);
        let now = 0;
        let former = 0;
        for (const duration of durations) {
          now += duration;
          const wait = grid.next(now);
          expect(wait).to.be.within(0, 1000);
          now += wait;
          const slot = Math.floor(now / 1000);
          expect(slot).to.be.above(former);
          former = slot;
        }
      }),
    );
  });
});
