import { expect } from 'chai';
import fc from 'fast-check';
import { DEFAULT_SETTINGS } from '../../../wrappers/simulated/index.js';
import {
  MEBIBYTE,
  preCopy,
  type PreCopyParameters,
  type PreCopyRound,
  type PreCopyTotals,
} from '../../../wrappers/simulated/pre-copy.js';

function play(
  parameters: PreCopyParameters,
  dirtyMiBps: number,
): { readonly rounds: readonly PreCopyRound[]; readonly totals: PreCopyTotals } {
  const rounds: PreCopyRound[] = [];
  const generator = preCopy(parameters, () => dirtyMiBps);
  let step = generator.next();
  for (; !step.done; step = generator.next()) rounds.push(step.value);
  return { rounds, totals: step.value };
}

const parameters = fc.record({
  memoryMiB: fc.integer({ min: 16, max: 65_536 }),
  bandwidthMiBps: fc.integer({ min: 1, max: 2000 }),
  maxDowntimeMs: fc.integer({ min: 1, max: 2000 }),
  maxRounds: fc.integer({ min: 1, max: 30 }),
  workingSetMiB: fc.integer({ min: 1, max: 65_536 }),
  setupMs: fc.integer({ min: 0, max: 1000 }),
  switchMs: fc.integer({ min: 0, max: 100 }),
});
const dirty = fc.double({ min: 0, max: 4000, noNaN: true });

describe('the pre-copy model', () => {
  it('keeps the downtime within its limit whenever it converges', () => {
    fc.assert(
      fc.property(parameters, dirty, (given, rate) => {
        const { totals } = play(given, rate);
        if (totals.converged) expect(totals.downtimeMs).to.be.at.most(given.maxDowntimeMs + 1e-6);
        else expect(totals.iterations).to.equal(given.maxRounds);
      }),
    );
  });

  it('sends at least all memory once', () => {
    fc.assert(
      fc.property(parameters, dirty, (given, rate) => {
        expect(play(given, rate).totals.transferredBytes).to.be.at.least(given.memoryMiB * MEBIBYTE);
      }),
    );
  });

  it('takes longer the more memory there is', () => {
    fc.assert(
      fc.property(parameters, dirty, fc.integer({ min: 1, max: 4096 }), (given, rate, more) => {
        const larger = { ...given, memoryMiB: given.memoryMiB + more };
        expect(play(larger, rate).totals.elapsedMs).to.be.at.least(play(given, rate).totals.elapsedMs);
      }),
    );
  });

  it('tells rounds whose durations and bytes add up to the totals', () => {
    fc.assert(
      fc.property(parameters, dirty, (given, rate) => {
        const { rounds, totals } = play(given, rate);
        const sum = (value: (round: PreCopyRound) => number) =>
          rounds.reduce((total, round) => total + value(round), 0);
        expect(sum((round) => round.durationMs)).to.be.closeTo(totals.elapsedMs, 1e-6 * totals.elapsedMs + 1e-6);
        expect(sum((round) => round.bytes)).to.be.closeTo(totals.transferredBytes, rounds.length);
        expect(rounds[0]?.kind).to.equal('setup');
        expect(rounds.at(-1)?.kind).to.equal('stop-and-copy');
        expect(rounds.at(-1)?.durationMs).to.equal(totals.downtimeMs);
      }),
    );
  });

  it('needs one round for a guest that writes nothing, and all rounds for one that outruns the network', () => {
    const given = { ...DEFAULT_SETTINGS.migration, memoryMiB: 384, workingSetMiB: 384 };
    expect(play(given, 0).totals).to.include({ iterations: 1, converged: true, downtimeMs: given.switchMs });
    expect(play(given, 1000).totals).to.include({ iterations: given.maxRounds, converged: false });
  });

  it('slows the guest down only where it dirties memory about as fast as it is copied, more from time to time', () => {
    const given = { ...DEFAULT_SETTINGS.migration, memoryMiB: 1024, workingSetMiB: 1024, autoConverge: true };
    const throttles = (dirtyMiBps: number) => {
      const seen: number[] = [];
      const generator = preCopy(given, (round) => dirtyMiBps * (1 - round.throttle));
      for (let step = generator.next(); !step.done; step = generator.next()) seen.push(step.value.throttle);
      return seen;
    };
    expect(Math.max(...throttles(0.4 * given.bandwidthMiBps))).to.equal(0);
    const fast = throttles(2 * given.bandwidthMiBps);
    expect(fast).to.deep.equal([...fast].sort((a, b) => a - b));
    expect(fast.find((throttle) => throttle > 0)).to.equal(0.2);
    expect(fast.at(-1)).to.be.within(0.2, 0.99);
    expect(fast.length).to.be.lessThan(given.maxRounds);
  });

  it('has defaults that give what was measured on small guests: 1.2 to 2.8 s, downtime 90 to 230 ms', () => {
    for (const cpus of [0.15, 0.25, 0.35]) {
      const { idleDirtyMiBps, dirtyMiBpsPerCpu, workingSetFraction, ...given } = DEFAULT_SETTINGS.migration;
      const rate = idleDirtyMiBps + dirtyMiBpsPerCpu * cpus;
      const { totals } = play({ ...given, memoryMiB: 384, workingSetMiB: 384 * workingSetFraction }, rate);
      expect(totals.elapsedMs).to.be.within(1200, 2800);
      expect(totals.downtimeMs).to.be.within(90, 230);
    }
  });
});
