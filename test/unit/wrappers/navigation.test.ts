import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import {
  parseNavigation,
  reach,
  resolveText,
  type NavigationPath,
  type NavigationScope,
} from '../../../wrappers/language/navigation.js';
import { attributeOf } from '../../../wrappers/language/node-access.js';
import { instance, localSystem } from '../../support/local-system.js';

describe('$ navigation', () => {
  const { system, infrastructure } = localSystem(
    [
      { name: 'Apache', wrapper: 'apache', attributes: { port: '80', 'host-family': 'servers' } },
      { name: 'Tomcat', wrapper: 'tomcat', attributes: { port: '8080' } },
      { name: 'Tomcat2', wrapper: 'tomcat', attributes: { port: '9090' } },
      { name: 'MySQL', wrapper: 'mysql', attributes: { user: 'root' } },
    ],
    [
      { name: 'workers', from: 'Apache', to: 'Tomcat' },
      { name: 'database', from: 'Tomcat', to: 'MySQL' },
    ],
  );
  const apache = instance(system, 'Apache');
  const first = instance(system, 'Tomcat');
  const second = instance(system, 'Tomcat');
  instance(system, 'Tomcat2');
  const mysql = instance(system, 'MySQL');
  apache.bind('workers', first);
  apache.bind('workers', second);
  first.bind('database', mysql);
  second.bind('database', mysql);
  second.setAttribute('port', '8081');

  const from = (component = apache, parameters: Record<string, string> = {}): NavigationScope => ({
    component,
    system,
    parameters,
    attributeOf: (target, name) => attributeOf(target, name, system, infrastructure),
  });
  const resolve = (text: string, scope = from()) => resolveText(parseNavigation(text), scope);
  const errorOf = (text: string, scope = from()): AttituneError => {
    try {
      resolve(text, scope);
    } catch (error) {
      return error as AttituneError;
    }
    throw new Error('it did not throw');
  };

  it('resolves what stands in the formalism', () => {
    const cases: Record<string, string> = {
      $port: '80',
      'Listen $port.': 'Listen 80.',
      '$this.port': '80',
      '$workers.port': '8080;8081',
      '$Tomcat.port': '8080;8081',
      '$Tomcat2.port': '9090',
      '$workers.database.user': 'root',
      '$Tomcat.MySQL.user': 'root',
      '$node.srname': 'here',
      '$workers.node.address': '127.0.0.1',
      '$workers.address': '127.0.0.1;127.0.0.1',
      '$workers.name': 'Tomcat_1;Tomcat_2',
      $workers: 'Tomcat_1;Tomcat_2',
      '${port}x': '80x',
      '${host-family}': 'servers',
      '$port:$port': '80:80',
      '$$port costs $$5': '$port costs $5',
      '': '',
    };
    for (const [text, expected] of Object.entries(cases)) expect(resolve(text), text).to.equal(expected);
    expect(resolve('$Apache.port', from(first))).to.equal('80');
  });

  it('resolves parameters of the operation', () => {
    expect(resolve('to $param.to', from(apache, { to: 'host2' }))).to.equal('to host2');
    expect(resolve('to ${param.to?}', from())).to.equal('to ');
    expect(errorOf('$param.to', from(apache, { at: 'x' })).message).to.match(/no parameter "to" \(given: at\)/);
  });

  it('sees the system as it is at each call', () => {
    apache.unbind('workers', second);
    expect(resolve('$workers.port')).to.equal('8080');
    apache.bind('workers', second);
    expect(resolve('$workers.port')).to.equal('8080;8081');
  });

  it('tells of an attribute that is missing, and of a path that reaches nothing', () => {
    expect(errorOf('$prot')).to.have.property('code', 'unknown-attribute');
    expect(errorOf('$prot').message).to.match(/Apache_1 has no attribute "prot" now; it has .*port/);
    expect(errorOf('$workers.user').message).to.match(/Tomcat_1 has no attribute "user"/);
    expect(errorOf('$Nothing.port')).to.have.property('code', 'unknown-component');
    const alone = instance(system, 'Apache');
    const error = errorOf('$workers.port', from(alone));
    expect(error).to.have.property('code', 'unknown-component');
    expect(error.message).to.match(/"workers" reaches no component from Apache_2/);
    expect(errorOf('$workers', from(alone))).to.have.property('code', 'unknown-component');
    expect(resolve('${workers.port?}', from(alone))).to.equal('');
    expect(reach(parseNavigation('${workers?}')[0] as NavigationPath, from(alone))).to.deep.equal({
      kind: 'components',
      components: [],
    });
  });

  it('refuses a dollar that begins no path', () => {
    for (const text of ['$1', 'cost $', '${', '${a b}', '$ a'])
      expect(() => parseNavigation(text), text).to.throw(AttituneError, /write \$\$ for a dollar/);
  });
});
