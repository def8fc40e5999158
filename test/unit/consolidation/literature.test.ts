import { expect } from 'chai';
import { SeededRandom } from '../../../core/model/random.js';
import type { Fleet } from '../../../core/consolidation/fleet.js';
import { LiteratureConsolidation } from '../../../core/consolidation/literature/consolidate.js';
import { createDetector } from '../../../core/consolidation/literature/detectors.js';
import { placeByPower, placeFirstFit } from '../../../core/consolidation/literature/initial-placement.js';
import { Scratch, type PlacementRules } from '../../../core/consolidation/literature/scratch.js';
import { createSelector } from '../../../core/consolidation/literature/selectors.js';
import { G4, G5, LARGE, MEDIUM, MICRO, rememberTimes, SMALL, smallFleet } from './fleets.js';

const PUBLISHED: PlacementRules = { memory: false, wakeCost: false };
const MENDED: PlacementRules = { memory: false, wakeCost: true };
const random = new SeededRandom(1);

function scratchOf(fleet: Fleet, rules: PlacementRules): Scratch {
  const detector = createDetector(fleet, 'thr', 0.8);
  return new Scratch(fleet, detector, rules);
}

function decide(fleet: Fleet, rules = PUBLISHED) {
  const policy = new LiteratureConsolidation(
    fleet,
    createDetector(fleet, 'thr', 0.8),
    createSelector(fleet, 'mmt', random),
    rules,
  );
  return policy.decide();
}

describe('selection of VMs in the literature', () => {
  const { fleet } = smallFleet(
    [G5],
    [
      { type: SMALL, on: 0, asks: 0.1 },
      { type: LARGE, on: 0, asks: 0.9 },
      { type: MICRO, on: 0, asks: 0.5 },
      { type: MICRO, on: 0, asks: 0.4 },
    ],
  );
  const select = (name: 'mmt' | 'mu' | 'rs' | 'mc') => createSelector(fleet, name, random);

  it('mmt: least memory, the first of those', () => {
    expect(select('mmt')([0, 1, 2, 3])).to.equal(2);
    expect(select('mmt')([0, 1])).to.equal(1);
  });

  it('mu: least use of its own CPU', () => expect(select('mu')([1, 2, 0, 3])).to.equal(0));

  it('rs: any', () => {
    const chosen = new Set(Array.from({ length: 100 }, () => select('rs')([0, 1, 2, 3])));
    expect([...chosen].sort()).to.deep.equal([0, 1, 2, 3]);
  });

  it('mc: the one whose demand the others foretell; as mmt while that cannot be told', () => {
    const { fleet: three } = smallFleet(
      [G5],
      [0, 1, 2].map(() => ({ type: SMALL, on: 0, asks: 0 })),
    );
    const mc = createSelector(three, 'mc', random);
    rememberTimes(three, 2);
    expect(mc([1, 0, 2])).to.equal(1);
    for (const [a, b, c] of [
      [0.1, 0.9, 0.3],
      [0.2, 0.1, 0.3],
      [0.3, 0.5, 0.32],
      [0.5, 0.6, 0.3],
      [0.9, 0.2, 0.3],
    ]) {
      three.fraction.set([a!, b!, a! * 0.5 + c! * 0.01]);
      three.remember();
    }
    expect(mc([1, 0, 2])).to.not.equal(1);
  });
});

describe('placement in the literature', () => {
  it('adds least power', () => {
    // 40 to 60 % of a G4 costs 9.5 W for 744 MIPS, from 60 % of a G5 on it is 5.6 W
    const { fleet } = smallFleet(
      [G4, G5],
      [
        { type: MEDIUM, on: 0, asks: 0.744 },
        { type: LARGE, on: 1, asks: 0.9 },
        { type: SMALL, on: 1, asks: 0.5 },
      ],
    );
    expect(scratchOf(fleet, PUBLISHED).bestHost(0, 744, new Uint8Array(2))).to.equal(1);
    expect(scratchOf(fleet, PUBLISHED).bestHost(0, 744, Uint8Array.of(0, 1))).to.equal(0);
    expect(scratchOf(fleet, PUBLISHED).bestHost(0, 744, Uint8Array.of(1, 1))).to.equal(undefined);
  });

  it('forgets, as published, that a host that is off has to be woken; mended, it does not', () => {
    const { fleet } = smallFleet(
      [G4, G5],
      [
        { type: LARGE, on: 0, asks: 0.4464 },
        { type: SMALL, on: 0, asks: 0.0372 },
      ],
    );
    // 30 → 31 % of the G4 costs 0.35 W; the first per cent of the G5 0.23 W, and 93.7 W to be on at all
    expect(scratchOf(fleet, PUBLISHED).bestHost(1, 37.2, new Uint8Array(2))).to.equal(1);
    expect(scratchOf(fleet, MENDED).bestHost(1, 37.2, new Uint8Array(2))).to.equal(0);
  });

  it('keeps off hosts that it would overload, too small cores, and full memory where it counts', () => {
    const vms = [
      { type: LARGE, on: 0, asks: 0.9 },
      { type: MEDIUM, on: 1, asks: 0.4 },
      { type: MEDIUM, on: 1, asks: 0.4 },
    ];
    const { fleet } = smallFleet([G4, G5], vms);
    expect(scratchOf(fleet, PUBLISHED).bestHost(0, 2250, Uint8Array.of(0, 1)), 'core').to.equal(undefined);
    expect(scratchOf(fleet, PUBLISHED).bestHost(0, 2250, new Uint8Array(2)), 'room').to.equal(1);
    const full = { memory: true, wakeCost: false };
    const { fleet: crowded } = smallFleet(
      [G5, G4],
      [{ type: MEDIUM, on: 0, asks: 0.05 }, ...vms.slice(1), { type: MICRO, on: 1, asks: 0.1 }],
    );
    expect(scratchOf(crowded, full).bestHost(0, 100, Uint8Array.of(1, 0)), 'memory').to.equal(undefined);
    expect(scratchOf(crowded, PUBLISHED).bestHost(0, 100, Uint8Array.of(1, 0))).to.equal(1);
  });

  it('places several or none', () => {
    const { fleet } = smallFleet(
      [G4, G4],
      [
        { type: MEDIUM, on: 0, asks: 0.6 },
        { type: MEDIUM, on: 0, asks: 0.9 },
        { type: LARGE, on: 1, asks: 0.7 },
      ],
    );
    const scratch = scratchOf(fleet, PUBLISHED);
    expect(scratch.putAll([0, 1], Uint8Array.of(1, 0))).to.equal(undefined);
    expect(scratch.on(1)).to.deep.equal([2]);
    expect(scratch.putAll([0], Uint8Array.of(1, 0))).to.deep.equal([1]);
    expect(scratch.on(1)).to.deep.equal([2, 0]);
  });

  it('spreads the VMs at the start; without power in mind it fills host after host', () => {
    const vms = Array.from({ length: 4 }, () => ({ type: SMALL, on: 0, asks: 0 }));
    const empty = () => {
      const { fleet } = smallFleet([G4, G5, G5], vms);
      fleet.on[0]!.length = 0;
      return fleet;
    };
    const [byPower, first] = [empty(), empty()];
    placeByPower(byPower, 0.7);
    placeFirstFit(first);
    expect(byPower.on.map((list) => list.length)).to.deep.equal([1, 2, 1]);
    // two of 1740 MB fill 4096 MB
    expect(first.on.map((list) => list.length)).to.deep.equal([2, 2, 0]);
  });
});

describe('consolidation in the literature', () => {
  it('relieves an overloaded host until it is not, least memory first', () => {
    const { fleet } = smallFleet(
      [G4, G4],
      [
        { type: LARGE, on: 0, asks: 0.7 },
        { type: MEDIUM, on: 0, asks: 0.8 },
        { type: MICRO, on: 0, asks: 0.6 },
        { type: LARGE, on: 1, asks: 0.5 },
      ],
    );
    // 3650 of 3720; without the 300 of the micro 90 %, without the large one's 1750 too 43 %
    expect(decide(fleet)).to.deep.equal([{ vm: 2, to: 1 }]);
  });

  it('empties the least used host first', () => {
    const { fleet } = smallFleet(
      [G5, G5, G5],
      [
        { type: MEDIUM, on: 0, asks: 0.8 },
        { type: MEDIUM, on: 1, asks: 0.3 },
        { type: MICRO, on: 2, asks: 0.2 },
      ],
    );
    // 600 MIPS are on the second host, where a per cent is cheaper than on the first; it takes from then on
    expect(decide(fleet)).to.deep.equal([
      { vm: 2, to: 1 },
      { vm: 0, to: 1 },
    ]);
  });

  it('can move a VM twice in a round: off an overloaded host to one that is then emptied', () => {
    const { fleet } = smallFleet(
      [G4, G5, G5],
      [
        { type: LARGE, on: 0, asks: 0.7 },
        { type: MEDIUM, on: 0, asks: 0.75 },
        { type: MICRO, on: 1, asks: 0.02 },
        { type: MICRO, on: 2, asks: 0.9 },
      ],
    );
    const moves = decide(fleet);
    const twice = moves.filter(({ vm }) => moves.filter((other) => other.vm === vm).length === 2);
    expect(twice).to.have.length(2);
  });
});
