import { expect } from 'chai';
import fc from 'fast-check';
import { planLinks, type LinkDemand } from '../../../core/model/first-links.js';
import { parseCardinality } from '../../../core/model/quantity.js';

function demand(sources: number, from: string, targets: number, to: string, same = false): LinkDemand {
  return {
    sources,
    targets,
    fromCardinality: parseCardinality(from),
    toCardinality: parseCardinality(to),
    same,
  };
}

/** What counting alone demands: nobody needs more than there are, and neither end needs more than the other takes. */
function canBeMet({ sources, targets, fromCardinality, toCardinality, same }: LinkDemand): boolean {
  const [otherTargets, otherSources] = same ? [targets - 1, sources - 1] : [targets, sources];
  return (
    (sources === 0 || toCardinality.lower <= otherTargets) &&
    (targets === 0 || fromCardinality.lower <= otherSources) &&
    (sources === 0 || sources * toCardinality.lower <= times(targets, fromCardinality.upper)) &&
    (targets === 0 || targets * fromCardinality.lower <= times(sources, toCardinality.upper))
  );
}

/** Nothing of unbounded is nothing. */
function times(count: number, bound: number): number {
  return count === 0 ? 0 : count * bound;
}

describe('the first links of an association', () => {
  it('go to the first targets with room, and what is still below its bound to the least linked source', () => {
    expect(planLinks(demand(2, '*', 3, '2..3'))).to.deep.equal({
      links: [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
    });
    expect(planLinks(demand(2, '1', 3, '*'))).to.deep.equal({
      links: [
        [0, 0],
        [1, 1],
        [0, 2],
      ],
    });
  });

  it('are dealt out evenly where the first fit leads into a corner', () => {
    expect(planLinks(demand(2, '1..2', 2, '1'))).to.deep.equal({
      links: [
        [0, 0],
        [1, 1],
      ],
    });
  });

  it('say who is left without', () => {
    expect(planLinks(demand(2, '1', 1, '1'))).to.deep.equal({ end: 'source', position: 1, found: 0 });
    expect(planLinks(demand(1, '2', 1, '*'))).to.deep.equal({ end: 'target', position: 0, found: 1 });
    expect(planLinks(demand(1, '*', 1, '1', true))).to.deep.equal({ end: 'source', position: 0, found: 0 });
  });

  it('are found for any numbers and bounds that counting does not rule out, and keep all bounds', () => {
    const bound = fc
      .tuple(fc.nat(3), fc.oneof(fc.nat(3), fc.constant(Infinity)))
      .map(([lower, more]) => ({ lower, upper: Math.max(1, lower + more) }));
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), bound, bound, fc.boolean(), (sources, other, from, to, same) => {
        const targets = same ? sources : other;
        const asked = { sources, targets, fromCardinality: from, toCardinality: to, same };
        const plan = planLinks(asked);
        expect('links' in plan, JSON.stringify(asked)).to.equal(canBeMet(asked));
        if (!('links' in plan)) return;
        expect(new Set(plan.links.map(String)).size).to.equal(plan.links.length);
        const count = (end: 0 | 1, position: number) => plan.links.filter((link) => link[end] === position).length;
        for (let i = 0; i < sources; i += 1) expect(count(0, i)).to.be.within(to.lower, to.upper);
        for (let i = 0; i < targets; i += 1) expect(count(1, i)).to.be.within(from.lower, from.upper);
        if (same) expect(plan.links.every(([a, b]) => a !== b)).to.equal(true);
      }),
      { numRuns: 3000, seed: 7 },
    );
  });

  it('are planned for thousands', () => {
    const plan = planLinks(demand(5000, '1..2', 10_000, '1..*'));
    // the first 2,500 targets take two each, and each of the others is still linked to one
    expect('links' in plan && plan.links.length).to.equal(12_500);
  });
});
