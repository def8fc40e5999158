import { expect } from 'chai';
import { attributeOf } from '../../../wrappers/language/node-access.js';
import { instance, localSystem } from '../../support/local-system.js';

describe('attributes that a component has from its node', () => {
  it('are those that TUNe gives to node classes, where it has none of its own', async () => {
    const { system, infrastructure, close } = localSystem([
      { name: 'Mine', wrapper: 'mine', attributes: { user: 'own' } },
    ]);
    const component = instance(system, 'Mine');
    const value = (name: string) => attributeOf(component, name, system, infrastructure);
    expect(value('javahome')).to.equal(undefined);
    const node = system.nodeOf(component)!;
    node.setAttribute('javahome', '/jvm');
    node.setAttribute('dirlocal', '/srv/tune');
    node.setAttribute('user', 'tune');
    node.setAttribute('rack', '1');
    expect(['javahome', 'dirLocal', 'user', 'rack'].map(value)).to.deep.equal(['/jvm', '/srv/tune', 'own', undefined]);
    node.setAttribute('dirLocal', '/srv/other');
    expect(value('dirLocal')).to.equal('/srv/other');
    await close();
  });
});
