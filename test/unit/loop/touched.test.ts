import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { touchedBy } from '../../../core/loop/sessions/touched.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { webDeployment } from '../../support/deployments.js';

/** What a library diagram changes, and whether it takes everything, before it runs. */
function changedBy(name: string, subject: string, parameters: Readonly<Record<string, string>> = {}) {
  const system = new SystemRepresentation(webDeployment(), (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  system.place(system.component('Machine_1'), system.component('host1'));
  system.place(system.component('Machine_2'), system.component('host2'));
  system.place(system.component('Apache_1'), system.component('host1'));
  const { diagram } = new ScxmlEngine().read(asset(`diagrams/library/${name}.scxml`));
  const variables = { ...diagram!.constants, ...parameters };
  const touched = touchedBy(diagram!, system, { this: system.component(subject) }, variables);
  return system.components.map((component) => component.name).filter((each) => touched.get(each) === 'exclusive');
}

describe('what library diagrams touch', () => {
  it('is, for a repair, the component with what is inside and those bound to it', () => {
    expect(changedBy('repair', 'Machine_2')).to.have.members(['Machine_2', 'Tomcat_2', 'Apache_1']);
    expect(changedBy('repair', 'Tomcat_1')).to.have.members(['Tomcat_1', 'Apache_1']);
  });

  it('is, for scaling and updates, the class with what is inside and those bound to it, but no host', () => {
    const all = ['Machine_1', 'Machine_2', 'Tomcat_1', 'Tomcat_2', 'Apache_1'];
    expect(changedBy('scale-in', 'Tomcat_1', { of: 'Machine' })).to.have.members(all);
    expect(changedBy('rolling-update', 'Tomcat_1', { of: 'Tomcat' })).to.have.members([
      'Tomcat_1',
      'Tomcat_2',
      'Apache_1',
    ]);
    expect(changedBy('scale-out', 'Apache_1', { of: 'Machine' }))
      .to.include('Apache_1')
      .and.to.not.include('host2');
    // also where the event is about something else
    expect(changedBy('scale-out', 'host2', { of: 'Machine' }))
      .to.include('Apache_1')
      .and.to.not.include('host1');
  });

  it('is everything where hosts are weighed against each other', () => {
    for (const name of ['relieve', 'gather', 'evacuate', 'restart-elsewhere'])
      expect(changedBy(name, 'host1'), name).to.have.length(7);
  });

  it('is the host alone when it is reopened', () => {
    expect(changedBy('reopen', 'host2')).to.include('host2').and.to.not.include('host1');
  });
});
