import { expect } from 'chai';
import fc from 'fast-check';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { SystemRepresentation } from '../../../core/model/system-representation.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { loopOf, wrapperOf } from '../../support/loop.js';
import { bindStep, procedureOf, stateOf, type Step } from '../../support/procedures.js';

const DEPLOYMENT = deploymentOf({
  classes: [
    componentClass('Apache', { initial: 2 }),
    componentClass('Tomcat', { initial: 2, attributes: { zone: 'a' } }),
    componentClass('Cache', { initial: 1 }),
  ],
  associations: [
    association('workers', 'Apache', '0..2', 'Tomcat', '1..3'),
    association('cache', 'Tomcat', '*', 'Cache', '0..1'),
  ],
});
const INSTANCES = ['Apache_1', 'Apache_2', 'Tomcat_1', 'Tomcat_2', 'Cache_1'];

const target = fc.constantFrom(...INSTANCES, 'Apache', 'Tomcat', 'Cache', 'new');
/** What can be undone. */
const undoable: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom('Apache++', 'Tomcat++', 'Cache++'),
  target.map((path) => `${path}.start`),
  fc.record({ set: target.map((path) => `${path}.zone`) }),
  fc
    .tuple(
      fc.constantFrom('bind', 'unbind'),
      fc.constantFrom('Apache_1', 'Apache_2', 'Apache', 'Tomcat_1', 'Tomcat', 'new'),
      fc.constantFrom('workers', 'cache'),
      target,
    )
    .map(([operation, from, name, to]) => bindStep(from, name, to, operation)),
);
/** What can only be told of. */
const irreversible: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom('Apache--', 'Tomcat--', 'Cache--', 'new--'),
  target.map((path) => `${path}.stop`),
  target.map((path) => `${path}.configure`),
);
const initial = fc.record(
  Object.fromEntries(
    INSTANCES.map((name) => [name, fc.constantFrom('stopped' as const, 'started' as const, 'failed' as const)]),
  ),
);

/** A system in some state; its wrapper fails from the given call on until the procedure has failed, and stops fail if told. */
function worldOf(
  states: Readonly<Record<string, 'stopped' | 'started' | 'failed'>>,
  failing: number,
  stopsFail: boolean,
) {
  let left = failing;
  let undoing = false;
  const refuse = () => Promise.reject(new AttituneError('operation-failed', 'it is on fire.'));
  const wrappers = wrapperOf(
    async (operation, { infrastructure, signal }) => {
      await delay(infrastructure.clock, 100, signal);
      if (undoing) return stopsFail ? refuse() : undefined;
      left -= 1;
      return operation === 'fail' || left === 0 ? refuse() : undefined;
    },
    ['start', 'stop', 'configure', 'fail'],
  );
  const loop = loopOf(DEPLOYMENT, wrappers);
  for (const [name, state] of Object.entries(states))
    loop.system.component(name).lifeCycle.restore(state, state === 'stopped' ? 'stopped' : 'started', `${name} broke`);
  loop.bus.subscribe('journal', ({ text }) => {
    if (text.endsWith('is being undone.')) undoing = true;
  });
  return loop;
}

/** Runs steps, then one that fails, and gives what was before, what is after, and what was told. */
async function failed(steps: readonly Step[], loop: ReturnType<typeof worldOf>) {
  const before = stateOf(loop.system);
  const diagram = procedureOf('random', [...steps, 'Cache_1.fail']);
  const result = await loop.clock.runUntil(loop.sessions.request({ diagram })!);
  const last = loop.journal.entries.filter(({ kind, subject }) => kind === 'trouble' && subject === 'random').at(-1);
  const report = (result.error?.details['rollback'] ?? { undone: [], kept: [], failed: [] }) as Record<
    string,
    string[]
  >;
  return { before, after: stateOf(loop.system), result, told: last?.text ?? '', report };
}

function settled(system: SystemRepresentation): boolean {
  return system.components.every(({ lifeCycle }) => ['stopped', 'started', 'failed'].includes(lifeCycle.state));
}

describe('the undo of random procedures', function () {
  this.timeout(60_000);

  it('brings everything back to what it was, but for what had failed by itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(undoable, { maxLength: 12 }), initial, fc.nat(12), async (steps, states, failing) => {
        const loop = worldOf(states, failing, false);
        const { before, after, result, report } = await failed(steps, loop);
        expect(result.status).to.equal('failed');
        // a start that fails is a fact about the component, not a step of the procedure
        for (const [name, component] of Object.entries(after.components)) {
          const former = before.components[name];
          if (component.state !== 'failed' || former?.state === 'failed') continue;
          expect(
            report['kept']?.some((text) => text.startsWith(`${name} is failed`)),
            name,
          ).to.equal(true);
          after.components[name] = { ...component, state: former?.state ?? 'stopped' };
        }
        expect(after).to.deep.equal(before);
        expect(report['failed']).to.deep.equal([]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('tells of everything that is not as it was, and leaves nothing between two states', async () => {
    const steps = fc.array(fc.oneof(undoable, irreversible), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, initial, fc.nat(12), fc.boolean(), async (procedure, states, failing, stopsFail) => {
        const loop = worldOf(states, failing, stopsFail);
        const { before, after, told } = await failed(procedure, loop);
        expect(settled(loop.system)).to.equal(true);
        for (const name of new Set([...Object.keys(before.components), ...Object.keys(after.components)])) {
          const [was, is] = [before.components[name], after.components[name]];
          if (was?.state !== is?.state || was?.attributes['zone'] !== is?.attributes['zone'])
            expect(told, `${name}: ${was?.state} → ${is?.state}`).to.contain(name);
          // what it made is gone, or failed and told
          if (was === undefined) expect(is?.state).to.equal('failed');
        }
        const present = (binding: string) => binding.split(/\.\w+ → /).every((name) => after.components[name]);
        const removed = (binding: string) =>
          binding.split(/\.\w+ → /).some((name) => told.includes(`${name} was removed`));
        expect(after.bindings.filter((binding) => !before.bindings.includes(binding))).to.deep.equal([]);
        for (const binding of before.bindings.filter((one) => !after.bindings.includes(one)))
          expect(removed(binding) && !present(binding), binding).to.equal(true);
        expect(loop.sessions.busy).to.equal(0);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});
