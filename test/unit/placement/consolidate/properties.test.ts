import { expect } from 'chai';
import fc from 'fast-check';
import {
  consolidate,
  CONSOLIDATION_SETTINGS,
  type ConsolidationView,
} from '../../../../core/placement/consolidate/index.js';
import { afterwards, view, type SmallHost, type SmallVm } from './views.js';

const host: fc.Arbitrary<SmallHost> = fc
  .record({
    cpus: fc.integer({ min: 2, max: 16 }),
    memory: fc.integer({ min: 8, max: 64 }),
    watts: fc.constantFrom([50, 100], [80, 90, 95], [20, 200]),
    flags: fc.constantFrom({}, {}, {}, { off: true as const }, { closed: true as const }, { stays: true as const }),
  })
  .map(({ flags, ...rest }) => ({ ...rest, ...flags }));

const cluster: fc.Arbitrary<ConsolidationView> = fc
  .array(host, { minLength: 1, maxLength: 8 })
  .chain((hosts) =>
    fc.tuple(
      fc.constant(hosts),
      fc.array(
        fc.record({
          on: fc.integer({ min: -1, max: hosts.length - 1 }),
          asks: fc.double({ min: 0, max: 3, noNaN: true }),
          expected: fc.double({ min: 0, max: 3, noNaN: true }),
          deviation: fc.double({ min: 0, max: 1, noNaN: true }),
          memory: fc.integer({ min: 1, max: 8 }),
          pinned: fc.boolean(),
        }),
        { maxLength: 24 },
      ),
    ),
  )
  .map(([hosts, vms]) => {
    // nobody is on a host that is off
    const placed = vms.map(({ pinned, ...vm }): SmallVm => ({
      ...vm,
      on: vm.on >= 0 && hosts[vm.on]!.off ? -1 : vm.on,
      ...(pinned ? { fixed: true as const } : {}),
    }));
    return view(hosts, placed);
  });

describe('consolidation of any cluster', () => {
  it('moves each VM once at most, only what may move, only where there is room', () => {
    fc.assert(
      fc.property(cluster, (given) => {
        const { moves, wake, emptied } = consolidate(given);
        expect(new Set(moves.map(({ vm }) => vm)).size).to.equal(moves.length);
        const memory = new Float64Array(given.capacity.length);
        for (const [vm, on] of given.hostOf.entries()) if (on >= 0) memory[on]! += given.memory[vm]!;
        for (const { vm, from, to } of moves) {
          expect(given.movable[vm]).to.equal(1);
          expect(given.hostOf[vm]).to.equal(from);
          expect(given.accepting[to]).to.equal(1);
          expect(to).to.not.equal(from);
          // all at once: nothing has left yet
          memory[to]! += given.memory[vm]!;
          expect(memory[to]).to.be.at.most(given.memoryLimit[to]!);
        }
        const after = afterwards(given, moves);
        for (const to of new Set(moves.map((move) => move.to))) {
          const asked = after.hostOf.reduce((sum, on, vm) => sum + (on === to ? given.demand[vm]! : 0), 0);
          expect(asked).to.be.at.most(CONSOLIDATION_SETTINGS.fillTo * given.capacity[to]! + 1e-9);
        }
        for (const woken of wake) expect(given.on[woken]).to.equal(0);
        for (const left of emptied) {
          expect([...after.hostOf]).to.not.include(left);
          expect(given.mayEmpty[left]).to.equal(1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('comes to rest under constant demand', () => {
    fc.assert(
      fc.property(cluster, (given) => {
        let now = given;
        for (let round = 0; round < 12; round += 1) now = afterwards(now, consolidate(now).moves);
        expect(consolidate(now).moves).to.deep.equal([]);
      }),
      { numRuns: 1000 },
    );
  });
});
