import { expect } from 'chai';
import { SeededRandom, type Random } from '../../../core/model/random.js';
import type { Cluster, Plan } from '../../../core/placement/cluster.js';
import { planPlacement, type ObjectiveRequest, type PlacementRequest } from '../../../core/placement/plan-placement.js';
import { faultsOf } from '../../support/placement-checker.js';
import { chance, pick, randomCluster } from '../../support/random-clusters.js';

const CLUSTERS = 10_000;
/** A clock that strides at each look: little search for each, since what a plan keeps must not depend on how good it is. */
function hasty(): () => number {
  let looks = 0;
  return () => (looks += 1);
}

/** Any mixture of objectives, with any limits. */
function randomRequest(random: Random, cluster: Cluster, seed: number): PlacementRequest {
  const host = pick(random, cluster.hosts).name;
  const all: readonly ObjectiveRequest[] = [
    { type: 'relieve' },
    { type: 'balance' },
    { type: 'consolidate' },
    { type: 'evacuate', hosts: [host] },
    { type: 'network' },
    { type: 'moves', weight: 0.01 },
  ];
  const chosen = all.filter(() => chance(random, 0.35));
  const off = cluster.hosts.filter(({ powered }) => powered === 'off').map(({ name }) => name);
  return {
    goal: 'random',
    objectives: chosen.length > 0 ? chosen : [{ type: 'balance' }],
    limits: {
      below: pick(random, [0.6, 0.8, 0.95, Infinity]),
      coolDownMs: pick(random, [0, 60_000, 600_000]),
      minimumGain: pick(random, [0, 0.01, 0.05]),
    },
    search: { seed, budgetMs: 1, now: hasty(), ...(chance(random, 0.2) ? { maxMoves: 5 } : {}) },
    ...(chance(random, 0.3) ? { wake: off } : {}),
    ...(chance(random, 0.3) ? { powerOff: cluster.hosts.map(({ name }) => name) } : {}),
  };
}

describe('plans for random clusters', function () {
  this.timeout(300_000);

  it(`break no hard rule on the way, in ${CLUSTERS} clusters; infeasible ones say what is in conflict`, () => {
    const answers = new Map<Plan['answer'], number>();
    for (let seed = 1; seed <= CLUSTERS; seed += 1) {
      const random = new SeededRandom(seed);
      const cluster = randomCluster(random);
      const request = randomRequest(random, cluster, seed);
      const plan = planPlacement(cluster, request);
      answers.set(plan.answer, (answers.get(plan.answer) ?? 0) + 1);
      const faults = faultsOf(cluster, plan, { below: request.limits.below });
      expect(faults, `seed ${seed}: ${JSON.stringify({ request, plan })}`).to.deep.equal([]);
      if (plan.answer === 'infeasible') expect(plan.conflict, `seed ${seed}: ${plan.why}`).to.not.be.oneOf([undefined]);
      expect(plan.moves.length > 0, `seed ${seed}`).to.equal(plan.answer === 'move');
    }
    // each answer is really met, so that none of the above holds for want of cases
    for (const answer of ['move', 'nothing-to-do', 'no-gain', 'infeasible'] as const)
      expect(answers.get(answer) ?? 0, `${answer} of ${JSON.stringify([...answers])}`).to.be.above(20);
  });
});
