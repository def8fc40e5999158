import { expect } from 'chai';
import { relative } from 'node:path';
import { asset } from '../../../core/assets/package-root.js';
import type { DeploymentDiagram, VariableSetting } from '../../../core/model/deployment.js';
import { formatError } from '../../../core/model/errors.js';
import { parseDeployment, readDeployment } from '../../../diagrams/deployment/read-deployment.js';

const FOLDER = asset('test/fixtures/deployment');

function read(...set: readonly VariableSetting[]): DeploymentDiagram {
  const { deployment, errors } = readDeployment(`${FOLDER}/web.deployment.xml`, { set });
  expect(errors.map(formatError)).to.deep.equal([]);
  return deployment!;
}

function errorsOf(body: string, set: readonly VariableSetting[] = []): string[] {
  const text = `<deployment xmlns="urn:attitune:deployment:1" name="web">\n${body}\n</deployment>`;
  return parseDeployment(text, `${FOLDER}/f.xml`, { set }).errors.map((error) =>
    formatError(error).replaceAll(`${FOLDER}/`, ''),
  );
}

describe('a deployment of several files', () => {
  it('merges what it includes, and lists every file that took part', () => {
    const deployment = read();
    expect(deployment.files.map((file) => relative(FOLDER, file))).to.deep.equal([
      'web.deployment.xml',
      'families/servers.deployment.xml',
      'families/shared.deployment.xml',
      'families/stores.deployment.xml',
      'families/servers.hosts.xml',
      'families/stores.nodes',
    ]);
    expect(deployment.name).to.equal('web');
    expect(deployment.hostFamilies.map(({ name, hosts }) => [name, hosts.map((host) => host.name)])).to.deep.equal([
      ['servers', ['host1', 'host2', 'host3']],
      ['stores', ['host4', 'host5', 'host6']],
    ]);
    expect(deployment.probes.map(({ everyMs }) => everyMs)).to.deep.equal([1000]);
    expect(relative(FOLDER, deployment.diagrams[0]!.file)).to.equal('families/stop.scxml');
  });

  it('gives hosts the attributes of their family, unless they have their own', () => {
    const hosts = read().hostFamilies.flatMap((family) => family.hosts);
    expect(hosts.map(({ attributes }) => attributes)).to.deep.equal([
      { javahome: '/usr/lib/jvm/default-java', rack: '1', cpus: '0.8' },
      { javahome: '/usr/lib/jvm/default-java', rack: '2', cpus: '0.8' },
      { javahome: '/usr/lib/jvm/default-java', rack: '1', cpus: '0.8' },
      { user: 'tune', protocol: 'ssh' },
      { user: 'root', protocol: 'ssh' },
      { user: 'tune', protocol: 'ssh', note: 'behind the # door', memory: '4' },
    ]);
  });

  it('makes the URI that a line of a node file leaves out', () => {
    const [, stores] = read().hostFamilies;
    expect(stores!.hosts.map(({ uri }) => uri)).to.deep.equal([
      'qemu+ssh://tune@host4/system',
      'qemu+tls://host5.example.org/system?no_verify=1',
      'qemu+ssh://tune@host6/system',
    ]);
  });

  it('keeps the place of what stands in an inventory', () => {
    const [, stores] = read().hostFamilies;
    const { file, line, column } = stores!.hosts[2]!.place;
    expect([relative(FOLDER, file), line, column]).to.deep.equal(['families/stores.nodes', 5, 1]);
  });

  it('names an association without a name by its ends', () => {
    expect(read().associations.map(({ name }) => name)).to.deep.equal(['workers', 'Tomcat-Store']);
  });

  it('says where the include stands that goes round', () => {
    expect(errorsOf('<include src="f.xml"/>')).to.deep.equal([
      `f.xml:2:15: error value: f.xml includes itself, by way of f.xml:2:15. Take one of them out.`,
    ]);
  });
});

describe('variables of a deployment', () => {
  it('stand for their default until they are set, and the later setting counts', () => {
    const machines = (deployment: DeploymentDiagram) => deployment.classes.find(({ name }) => name === 'Machine')!;
    expect(machines(read()).initial).to.equal(2);
    const set = read(
      { name: 'tomcats', value: '1' },
      { name: 'tomcats', value: '3' },
      { name: 'memory', value: '1 GiB' },
      { name: 'domain', value: 'test' },
    );
    expect(machines(set).initial).to.equal(3);
    expect(machines(set).attributes['memory']).to.equal('1 GiB');
    expect(set.associations[1]?.toCardinality).to.deep.equal({ lower: 0, upper: 3 });
    expect(set.hostFamilies[0]?.hosts.map(({ uri }) => uri)).to.deep.equal(
      ['host1', 'host2', 'host3'].map((name) => `qemu+tls://${name}.test/system`),
    );
  });

  it('leave other dollars alone, and a literal ${ where it is asked for', () => {
    expect(read().classes[0]?.attributes['folder']).to.equal('/srv/${srname}');
  });

  it('may use those before them in their default', () => {
    const text =
      '<deployment xmlns="urn:attitune:deployment:1" name="web"><variable name="a" default="1"/>' +
      '<variable name="b" default="${a}${a}"/><hosts family="f" hypervisor="simulated"><host name="h" uri="u:${b}"/></hosts></deployment>';
    expect(parseDeployment(text, 'f.xml').deployment?.hostFamilies[0]?.hosts[0]?.uri).to.equal('u:11');
  });

  it('are told without a place where the command line is wrong', () => {
    const variable = '<variable name="count" type="integer" default="1"/>';
    expect(errorsOf(variable, [{ name: 'count', value: 'many' }])).to.deep.equal([
      'error value: the variable "count" is of type integer: "many" is not a whole number of at least 0.',
    ]);
    expect(errorsOf(variable, [{ name: 'cuont', value: '1' }])).to.deep.equal([
      'error unknown-variable: the deployment has no variable "cuont" that could be set. Did you mean "count"?',
    ]);
  });

  it('that have no value are told once, and nothing that follows from it', () => {
    expect(
      errorsOf(
        '<variable name="n"/>\n<hosts family="f" hypervisor="${n}"><host name="h${n}" uri="u"/></hosts><component class="A" wrapper="a" hosts="${n}" initial="${n}"/>',
      ),
    ).to.deep.equal([
      'f.xml:2:17: error unknown-variable: the variable "n" has no value and no default. Give it one with --set n=…, or add default="…".',
    ]);
  });

  it('may have any name, that of a property of every object too', () => {
    expect(errorsOf('<variable name="constructor"/>', [{ name: 'constructor', value: '1' }])).to.deep.equal([]);
    expect(
      errorsOf('<hosts family="${toString}" hypervisor="simulated"><host name="h" uri="u"/></hosts>'),
    ).to.have.length(1);
    expect(errorsOf('', [{ name: '__proto__', value: '1' }])).to.have.length(1);
  });
});
