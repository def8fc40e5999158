import { expect } from 'chai';
import { SeededRandom } from '../../../../core/model/random.js';
import type { Plan } from '../../../../core/placement/cluster.js';
import { planConsolidation } from '../../../../core/placement/consolidate/index.js';
import { faultsOf } from '../../../support/placement-checker.js';
import { chance, pick, randomCluster } from '../../../support/random-clusters.js';

const CLUSTERS = 3000;

describe('consolidation of random clusters', function () {
  this.timeout(120_000);

  it(`breaks no hard rule on the way, in ${CLUSTERS} clusters`, () => {
    const answers = new Map<Plan['answer'], number>();
    for (let seed = 1; seed <= CLUSTERS; seed += 1) {
      const random = new SeededRandom(seed);
      const cluster = randomCluster(random);
      const off = cluster.hosts.filter(({ powered }) => powered === 'off').map(({ name }) => name);
      const request = {
        limits: { below: pick(random, [0.6, 0.8, 0.95, Infinity]), coolDownMs: pick(random, [0, 60_000]) },
        ...(chance(random, 0.4) ? { wake: off } : {}),
        ...(chance(random, 0.4) ? { powerOff: cluster.hosts.map(({ name }) => name) } : {}),
      };
      const plan = planConsolidation(cluster, request);
      answers.set(plan.answer, (answers.get(plan.answer) ?? 0) + 1);
      const faults = faultsOf(cluster, plan, { below: request.limits.below });
      expect(faults, `seed ${seed}: ${JSON.stringify({ request, plan })}`).to.deep.equal([]);
      if (plan.answer === 'infeasible' && !plan.rejected.some(({ rule }) => rule === 'no-fresh-reading'))
        expect(plan.conflict, `seed ${seed}: ${plan.why}`).to.not.equal(undefined);
      expect(plan.moves.length > 0, `seed ${seed}`).to.equal(plan.answer === 'move');
    }
    for (const answer of ['move', 'nothing-to-do', 'infeasible'] as const)
      expect(answers.get(answer) ?? 0, `${answer} of ${JSON.stringify([...answers])}`).to.be.above(20);
  });
});
