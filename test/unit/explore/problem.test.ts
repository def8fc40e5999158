import { expect } from 'chai';
import { errorOf, problemOf } from '../../../core/app/validation/explore/problem.js';
import type { ExploredWorld } from '../../../core/app/validation/explore/explored-world.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import type { LifeCycleState } from '../../../core/model/life-cycle.js';
import type { SessionResult } from '../../../core/model/diagram.js';
import { instantiate } from '../../../core/model/wiring.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';
import { readDiagram, scxml } from '../statechart/harness.js';

const place = { file: '/test.deployment.xml', line: 9, column: 1 };
const target = { use: { file: '/diagrams/test.scxml', on: [], parameters: {}, place } };

/** A world at the end of a path. */
function ended(state: LifeCycleState, result: SessionResult | undefined): ExploredWorld {
  const diagram = readDiagram(
    scxml('<state id="up"><invoke id="boot" type="attitune" src="Apache.start"/><transition event="error"/></state>'),
  );
  const system = new SystemRepresentation(deploymentOf({ classes: [componentClass('Apache')] }), () => false);
  instantiate(system);
  system.component('Apache_1').lifeCycle.restore(state, 'started');
  const session = {
    diagram,
    session: { configuration: ['up'] },
    result: () => result,
    lastCall: () => ({ invokeId: 'boot' }),
  };
  return { session, manager: { system }, script: { path: ['boot fails'] } } as unknown as ExploredWorld;
}

describe('what is wrong at the end of a path', () => {
  for (const state of ['stopped', 'started', 'failed'] as const) {
    it(`is nothing where a procedure has ended, however, and leaves a component ${state}`, () => {
      for (const status of ['final', 'failed'] as const)
        expect(problemOf(ended(state, { status }), target)).to.equal(undefined);
    });
  }

  for (const state of ['starting', 'stopping'] as const) {
    it(`is a component that is left ${state}, at the last operation`, () => {
      const problem = problemOf(ended(state, { status: 'failed' }), target);
      expect(problem?.what).to.match(new RegExp(`ends and leaves Apache_1 ${state}$`));
      expect(problem?.place.file).to.equal('/diagrams/test.scxml');
      expect(problem && errorOf([problem]).message).to.match(/: boot fails\.$/);
    });
  }

  it('is a procedure that has not ended, in the state where it waits', () => {
    const problem = problemOf(ended('started', undefined), target);
    expect(problem?.what).to.match(/does not end: it waits in "up"/);
    expect(problem?.path).to.deep.equal(['boot fails']);
  });

  it('is told with the shortest of the ways that lead to it', () => {
    const way = (...path: string[]) => ({ what: 'it waits', place, path });
    expect(errorOf([way('a', 'b'), way('c'), way('d', 'e', 'f')]).message).to.equal('it waits: c (and 2 other ways).');
    expect(errorOf([way()]).message).to.equal('it waits: from its beginning.');
  });
});
