import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { removableWhole, shrinkWhole } from '../../../core/model/growing.js';
import { grow, instantiate } from '../../../core/model/wiring.js';
import { restoreSystem } from '../../../core/model/restore-system.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { webDeployment } from '../../support/deployments.js';

const fresh = () => new SystemRepresentation(webDeployment(), (wrapper) => wrapper === 'virtual-machine');

type Step = (system: SystemRepresentation) => void;
const STEPS: readonly Step[] = [
  (system) => void grow(system, 'Machine'),
  (system) => system.place(grow(system, 'Tomcat'), system.instances('Machine')[0]!),
  (system) => shrinkWhole(system, removableWhole(system, 'Tomcat')),
  (system) => shrinkWhole(system, removableWhole(system, 'Machine')),
  (system) => system.place(system.instances('Machine')[0]!, system.component('host2')),
  (system) => system.component('Apache_1').lifeCycle.enter('starting'),
  (system) => system.component('Apache_1').lifeCycle.enter('started'),
  (system) => system.component('Apache_1').lifeCycle.enter('failed', 'it burnt'),
  (system) => system.instances('Tomcat')[0]!.setAttribute('pid', '17'),
  (system) => system.component('Apache_1').removeAttribute('port'),
];

describe('a system restored from its snapshot', () => {
  it('is the same in everything, whatever had happened, and uses no number twice', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 30 }), (steps) => {
        const former = fresh();
        instantiate(former);
        for (const step of steps) {
          try {
            step(former);
          } catch (error) {
            // a step that its state does not allow leaves everything as it was
            if (!AttituneError.is(error)) throw error;
          }
        }
        const stored = JSON.parse(JSON.stringify(former.snapshot(1))) as ReturnType<typeof former.snapshot>;
        const later = fresh();
        restoreSystem(later, stored, former.counters);
        expect(later.snapshot(1)).to.deep.equal(former.snapshot(1));
        expect(later.counters).to.deep.equal(former.counters);
        expect(later.create('Tomcat').name).to.equal(former.create('Tomcat').name);
        expect(
          later
            .component('Apache_1')
            .lookup('workers')
            .map(({ name }) => name),
        ).to.deep.equal(
          former
            .component('Apache_1')
            .lookup('workers')
            .map(({ name }) => name),
        );
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('is refused where it does not fit the deployment', () => {
    const former = fresh();
    instantiate(former);
    const snapshot = former.snapshot(1);
    const components = snapshot.components.map((one) => (one.name === 'Apache_1' ? { ...one, class: 'Nginx' } : one));
    expect(() => restoreSystem(fresh(), { ...snapshot, components }, {}))
      .to.throw(AttituneError, /does not fit its deployment: .*Nginx/)
      .with.property('code', 'store');
  });
});
