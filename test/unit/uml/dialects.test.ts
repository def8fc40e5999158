import { expect } from 'chai';
import { formatError } from '../../../core/model/errors.js';
import { importUml, type UmlImport } from '../../../diagrams/uml/index.js';
import { eclipseModel, neighbours, umlClass } from './draw-uml.js';

const APACHE = umlClass('Apache', { wrapper: 'apache' });
const TOMCAT = umlClass('Tomcat', { wrapper: 'tomcat' });

function importModel(text: string, files: Readonly<Record<string, string>> = {}): UmlImport {
  const read = neighbours({ 'model.uml': text, 'hosts.nodes': 'host1\n', ...files });
  return importUml('/nowhere/model.uml', { read });
}

function written(result: UmlImport, name: string): string {
  expect(result.errors.map(formatError)).to.deep.equal([]);
  return result.files.find((file) => file.name === name)?.text ?? '';
}

/** The line of the association in the deployment that a model becomes. */
function association(drawn: string): string {
  const text = written(importModel(eclipseModel([], APACHE + TOMCAT + drawn)), 'drawn.deployment.xml');
  return /<association[^>]*>/.exec(text)?.[0] ?? '';
}

const end = (id: string, type: string, bounds: string) =>
  `<ownedEnd xmi:id="${id}" type="${type}">${bounds}</ownedEnd>`;
const lower = (value: string) => `<lowerValue xmi:type="uml:LiteralInteger"${value}/>`;
const upper = (value: string) => `<upperValue xmi:type="uml:LiteralUnlimitedNatural"${value}/>`;
const open = (attributes: string) => `<packagedElement xmi:type="uml:Association" xmi:id="w" ${attributes}>`;

describe('UML as Eclipse writes it', () => {
  it('leads from the first end to the second where there is no arrow', () => {
    const drawn = `${open('name="workers" memberEnd="a t"')}${end('a', 'Apache', '')}${end('t', 'Tomcat', lower('') + upper(' value="-1"'))}</packagedElement>`;
    const expected = '<association name="workers" from="Apache" fromCardinality="1" to="Tomcat" toCardinality="*"/>';
    expect(association(drawn)).to.equal(expected);
  });

  it('leads from the tail of an arrow to its head, whatever the order', () => {
    const ends = end('t', 'Tomcat', lower(' value="1"') + upper(' value="*"')) + end('a', 'Apache', '');
    const drawn = `${open('memberEnd="t a" navigableOwnedEnd="t"')}${ends}</packagedElement>`;
    expect(association(drawn)).to.equal(
      '<association from="Apache" fromCardinality="1" to="Tomcat" toCardinality="1..*"/>',
    );
  });

  it('takes ends that are named by elements instead of an attribute', () => {
    const members = '<memberEnd xmi:idref="a"/><memberEnd xmi:idref="t"/>';
    const ends = end('a', 'Apache', '') + '<ownedEnd xmi:id="t"><type xmi:idref="Tomcat"/></ownedEnd>';
    expect(association(`${open('name="workers"')}${members}${ends}</packagedElement>`)).to.equal(
      '<association name="workers" from="Apache" fromCardinality="1" to="Tomcat" toCardinality="1"/>',
    );
  });

  it('numbers a second association without a name', () => {
    const one = (id: string) =>
      `<packagedElement xmi:type="uml:Association" xmi:id="${id}">${end(`${id}a`, 'Apache', '')}${end(`${id}t`, 'Tomcat', '')}</packagedElement>`;
    const result = importModel(eclipseModel([], APACHE + TOMCAT + one('x') + one('y')));
    const text = written(result, 'drawn.deployment.xml');
    expect(text).to.contain('<association from="Apache"').and.to.contain('<association name="Apache-Tomcat-2"');
  });

  it('finds events in documentation of TopCased, and in comments with an attribute', () => {
    const text = eclipseModel([
      {
        name: 'chart-fix',
        comment: 'EVENTS',
        vertices: [
          { id: 'i', kind: 'initial' },
          { id: 'a', kind: 'state', name: 'this.start' },
          { id: 'x', kind: 'final' },
        ],
        transitions: ['i>a', 'a>x'],
      },
    ]);
    const comment = '<ownedComment xmi:id="chart-fix.c"><body>EVENTS</body></ownedComment>';
    const forms = [
      '<ownedComment body=" down , slow "/>',
      '<eAnnotations source="http://www.topcased.org/documentation"><details key="documentation" value="down,slow"/></eAnnotations>',
    ];
    for (const form of forms) {
      const result = importModel(text.replace(comment, form));
      expect(written(result, 'drawn.deployment.xml')).to.contain('<diagram src="fix.scxml" on="down slow"/>');
    }
  });

  it('finds events in a comment that the model owns and that is tied to the machine', () => {
    const vertices = [
      { id: 'i', kind: 'initial' as const },
      { id: 'x', kind: 'final' as const },
    ];
    const comment = '<ownedComment annotatedElement="other chart-fix"><body>down</body></ownedComment></uml:Model>';
    const text = eclipseModel([{ name: 'chart-fix', vertices, transitions: ['i>x'] }]).replace('</uml:Model>', comment);
    expect(written(importModel(text), 'drawn.deployment.xml')).to.contain('<diagram src="fix.scxml" on="down"/>');
  });

  it('takes xsi:type for xmi:type, packages in packages, and machines that a class owns', () => {
    const text = eclipseModel([
      {
        name: 'startchart',
        vertices: [
          { id: 'i', kind: 'initial' },
          { id: 'x', kind: 'final' },
        ],
        transitions: ['i>x'],
      },
    ])
      .replace('xmlns:xmi="', 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xmi="')
      .replaceAll('xmi:type=', 'xsi:type=')
      .replace('name="deployment">', 'name="Déploiement"><packagedElement xsi:type="uml:Package" name="web">')
      .replace('</packagedElement>\n<packagedElement xsi:type="uml:Package" xmi:id="g"', '</packagedElement>$&')
      .replace(
        '<packagedElement xsi:type="uml:StateMachine"',
        '<packagedElement xsi:type="uml:Class" xmi:id="o" name="Owner"><ownedBehavior xsi:type="uml:StateMachine"',
      )
      .replace('</region></packagedElement>', '</region></ownedBehavior></packagedElement>');
    const result = importModel(text);
    expect(written(result, 'drawn.deployment.xml'))
      .to.contain('<component class="Tomcat"')
      .and.to.contain('role="start"');
    expect(result.notes.map(({ message }) => message)).to.deep.equal([
      'the class "Owner" is left out: it stands in none of the packages "deploiement" and "grid".',
    ]);
  });
});

describe('hosts of an imported model', () => {
  const grid = (attributes: Readonly<Record<string, string>>) =>
    eclipseModel([]).replace(umlClass('Hosts', { nodefile: 'hosts.nodes' }), umlClass('Hosts', attributes));

  it('get names that paths can hold, and one host for its many lines', () => {
    const nodes = '# reserved\nnode1.site.org\nnode1.site.org\nnode2.a.org\nnode2.b.org\n10.0.0.1\n';
    const result = importModel(grid({ nodefile: 'hosts.nodes', user: 'admin', protocole: 'ssh' }), {
      'hosts.nodes': nodes,
    });
    expect(written(result, 'Hosts.hosts').split('\n').slice(1)).to.deep.equal([
      'node1 ssh://admin@node1.site.org',
      'node2-a-org ssh://admin@node2.a.org',
      'node2-b-org ssh://admin@node2.b.org',
      'host-10-0-0-1 ssh://admin@10.0.0.1',
      '',
    ]);
    expect(written(result, 'drawn.deployment.xml')).to.contain('inventory="Hosts.hosts"');
  });

  it('have the hypervisor of their class before that of the call', () => {
    const read = neighbours({
      'model.uml': grid({ nodefile: 'hosts.nodes', hypervisor: 'libvirt' }),
      'hosts.nodes': 'host1\n',
    });
    const result = importUml('/nowhere/model.uml', { read, hypervisor: 'simulated' });
    expect(written(result, 'drawn.deployment.xml')).to.contain('hypervisor="libvirt"');
  });
});

describe('wrappers of an imported model', () => {
  it('are noted where their file is missing, under the name that they will be looked for', () => {
    const result = importModel(eclipseModel([], umlClass('MySQL', { wrapper: 'wrappers/mysql.wrapper.xml' })));
    expect(written(result, 'drawn.deployment.xml')).to.contain('wrapper="mysql"');
    expect(result.notes.map(({ message }) => message)).to.deep.equal([
      'the wrapper "wrappers/mysql.wrapper.xml" of MySQL cannot be read: put it beside the deployment as mysql.wrapper.xml.',
    ]);
  });

  it("declare what TUNe's did not: attributes that all, some or the running system give", () => {
    const wrapper =
      '<wrapper name="server">\n  <method name="start" key="extension.GenericStart" method="start"/>\n</wrapper>\n';
    const pid = '<ownedAttribute xmi:id="p" name="pid"/></packagedElement>';
    const one = umlClass('One', { wrapper: 'server.xml', port: '1', deep: '$x' }).replace('</packagedElement>', pid);
    const result = importModel(eclipseModel([], one + umlClass('Two', { wrapper: 'server.xml', port: '2' })), {
      'server.xml': wrapper,
    });
    expect(written(result, 'server.wrapper.xml')).to.equal(
      '<wrapper name="server">\n  <attribute name="port"/>\n  <attribute name="deep" value=""/>\n  <attribute name="pid" runtime="true"/>\n  <method name="start" key="extension.GenericStart" method="start"/>\n</wrapper>\n',
    );
  });

  it('stay as they are, byte for byte, where they are of our own format', () => {
    const wrapper =
      '<wrapper xmlns="urn:attitune:wrapper:1" name="server"><method name="a" key="b" method="c"/></wrapper>\r\n';
    const result = importModel(eclipseModel([], umlClass('One', { wrapper: 'server.xml', port: '1' })), {
      'server.xml': wrapper,
    });
    expect(written(result, 'server.wrapper.xml')).to.equal(wrapper);
  });
});

describe('actions of an imported chart', () => {
  /** The state that an action becomes. */
  const state = (name: string) => {
    const vertices = [
      { id: 'i', kind: 'initial' as const },
      { id: 'a', kind: 'state' as const, name },
      { id: 'x', kind: 'final' as const },
    ];
    const result = importModel(eclipseModel([{ name: 'startchart', vertices, transitions: ['i>a', 'a>x'] }]));
    const text = written(result, 'start.scxml');
    return (/<state[\s\S]*<\/state>/.exec(text)?.[0] ?? '').replace(/\s*\n\s*/g, '');
  };

  for (const [name, id, src] of [
    ['Tomcat.start', 'startTomcat', 'Tomcat.start'],
    [' this . Hosts.restart ', 'restartThisHosts', 'this.Hosts.restart'],
    ['Tomcat_1.stop', 'stopTomcat_1', 'Tomcat_1.stop'],
    ['Tomcat++', 'addTomcat', 'Tomcat++'],
    ['Tomcat--', 'removeTomcat', 'Tomcat--'],
    ['this--', 'removeThis', 'this--'],
    ['arg --', 'removeArg', 'arg--'],
  ] as const) {
    it(`"${name.trim()}" is an operation`, () => {
      expect(state(name)).to.contain(`<state id="${id}">`).and.to.contain(` type="attitune" src="${src}"/>`);
    });
  }

  for (const [name, path, expression] of [
    ['this.pid=$arg', 'this.pid', 'event.arg'],
    ['this.mode = it&apos;s on', 'this.mode', "'it\\'s on'"],
    ['arg.port=$this.http-port', 'arg.port', "this['http-port']"],
    ['new.peer=$arg.srname', 'new.peer', 'arg.srname'],
  ] as const) {
    it(`"${name}" sets an attribute`, () => {
      expect(state(name)).to.contain(`<at:set path="${path}" expr="${expression}"/>`);
    });
  }
});
