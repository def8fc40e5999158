import { expect } from 'chai';
import { fillVariables, parseOperation } from '../../../core/loop/operations/operation-path.js';
import { reachable, resolvePath } from '../../../core/loop/operations/scope.js';
import { selected } from '../../../core/loop/operations/selection.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { association, componentClass, deploymentOf, webDeployment } from '../../support/deployments.js';

function world(deployment = webDeployment()) {
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  for (const vm of system.instances('Machine')) system.place(vm, system.component('host1'));
  const at = (path: string, origin = 'Machine_1') =>
    reachable(system, { this: system.component(origin) }, path.split('.')).map(({ name }) => name);
  return { system, at };
}

describe('paths over relations', () => {
  it('lead inside, over the whole, and to clients', () => {
    const { at } = world();
    expect(at('this.inside')).to.deep.equal(['Tomcat_1']);
    expect(at('this.whole')).to.deep.equal(['Machine_1', 'Tomcat_1']);
    expect(at('this.clients')).to.deep.equal(['Apache_1']);
    expect(at('Machine.whole.clients')).to.deep.equal(['Apache_1']);
    expect(at('this.inside', 'host1')).to.deep.equal(['Machine_1', 'Tomcat_1', 'Machine_2', 'Tomcat_2']);
    expect(at('this.clients', 'Apache_1')).to.deep.equal([]);
    expect(at('all')).to.deep.equal(['Apache_1', 'Machine_1', 'Machine_2', 'Tomcat_1', 'Tomcat_2']);
  });

  it('mean the deployment where it uses these names itself', () => {
    const { at } = world(
      deploymentOf({
        classes: [componentClass('all'), componentClass('Tomcat', { initial: 2 })],
        associations: [association('clients', 'Tomcat', '1..*', 'all', '1')],
      }),
    );
    expect(at('all', 'Tomcat_1')).to.deep.equal(['all_1']);
    expect(at('this.clients', 'Tomcat_1')).to.deep.equal(['all_1']);
  });

  it('may reach none only where that is asked for', () => {
    const { system } = world();
    const scope = { this: system.component('Tomcat_1') };
    expect(reachable(system, scope, ['this', 'inside'])).to.deep.equal([]);
    expect(() => resolvePath(system, scope, ['this', 'inside'])).to.throw(
      'The path "this.inside" reaches no component now',
    );
  });
});

describe('operations with variables, options and a selection', () => {
  it('fills in what the deployment gives', () => {
    expect(fillVariables('$of.clients?.$operation', { of: 'Tomcat', operation: 'update' })).to.equal(
      'Tomcat.clients?.update',
    );
    expect(fillVariables('this.start', {})).to.equal('this.start');
    for (const values of [{}, { of: ' ' }])
      expect(() => fillVariables('$of++', values)).to.throw('needs a value for "of": add <param name="of" value="…"/>');
    expect(() => fillVariables('$constructor.start', {})).to.throw('needs a value for "constructor"');
  });

  it('reads ?. as optional', () => {
    expect(parseOperation('new.inside?.warm')).to.deep.equal({
      kind: 'call',
      path: ['new', 'inside'],
      operation: 'warm',
      optional: true,
    });
    expect(() => parseOperation('?.warm')).to.throw('is no operation');
  });

  it('takes only what is named, in that order, and keeps the name from the wrapper', () => {
    const { system } = world();
    const tomcats = system.instances('Tomcat');
    const choose = (only: string) => selected(tomcats, { only, to: 'x' });
    expect(choose('Tomcat_2, Tomcat_1').components.map(({ name }) => name)).to.deep.equal(['Tomcat_2', 'Tomcat_1']);
    expect(choose('["Tomcat_2"]').parameters).to.deep.equal({ to: 'x' });
    expect(choose('').components).to.deep.equal([]);
    expect(selected(tomcats, {}).components).to.have.length(2);
    expect(() => choose('Tomcat_9')).to.throw('The path reaches no "Tomcat_9"');
  });
});
