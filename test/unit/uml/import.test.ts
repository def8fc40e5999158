import { expect } from 'chai';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asset } from '../../../core/assets/package-root.js';
import { formatError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { readDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { importUml, type UmlImport } from '../../../diagrams/uml/index.js';
import { orderOf, runChart } from './run-chart.js';

const FOLDER = asset('test/fixtures/uml');
const DIALECTS = {
  'Papyrus (Eclipse UML2)': 'j2ee.uml',
  'Umbrello, XMI 1.2': 'j2ee.xmi',
  'Umbrello, XMI 2.1': 'j2ee-xmi-2.xmi',
};

describe('import of UML', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'attitune-uml-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The model under one name for all dialects, as the name stands in what is written. */
  function imported(model: string): UmlImport {
    for (const name of ['apache.xml', 'tomcat.xml', 'mysql.xml', 'probe.xml', 'cluster.nodes'])
      copyFileSync(join(FOLDER, name), join(folder, name));
    copyFileSync(join(FOLDER, model), join(folder, 'j2ee.uml'));
    const result = importUml(join(folder, 'j2ee.uml'));
    expect(result.errors.map(formatError)).to.deep.equal([]);
    return result;
  }

  const textOf = (result: UmlImport, name: string) => result.files.find((file) => file.name === name)?.text ?? '';

  it('gives the same files for all dialects', () => {
    const [papyrus, ...others] = Object.values(DIALECTS).map((model) => imported(model).files);
    for (const files of others) {
      expect(files.map(({ name, text }) => ({ name, text }))).to.deep.equal(
        papyrus?.map(({ name, text }) => ({ name, text })),
      );
    }
  });

  for (const [dialect, model] of Object.entries(DIALECTS)) {
    describe(dialect, () => {
      it('gives a deployment, its diagrams, the inventory and the wrappers', () => {
        expect(imported(model).files.map(({ name }) => name)).to.deep.equal([
          'j2ee.deployment.xml',
          'start.scxml',
          'stop.scxml',
          'fixTomcat.scxml',
          'overload.scxml',
          'setPID.scxml',
          'cluster.nodes',
          'apache.wrapper.xml',
          'tomcat.wrapper.xml',
          'mysql.wrapper.xml',
          'probe.wrapper.xml',
        ]);
      });

      it('gives a deployment that is instantiated as TUNe would', () => {
        for (const { name, text } of imported(model).files) writeFileSync(join(folder, name), text);
        const { deployment, errors } = readDeployment(join(folder, 'j2ee.deployment.xml'));
        expect(errors.map(formatError)).to.deep.equal([]);
        if (!deployment) return;
        expect(deployment.hostFamilies[0]?.hosts.map(({ name, uri }) => `${name} ${uri}`)).to.deep.equal(
          [1, 2, 3, 4].map((number) => `node${number} ssh://admin@node${number}`),
        );
        const system = new SystemRepresentation(deployment, () => false);
        instantiate(system);
        const names = system.components.filter(({ kind }) => kind === 'software').map(({ name }) => name);
        expect(names).to.deep.equal(['Apache_1', 'Tomcat_1', 'Tomcat_2', 'MySQL_1', 'TomcatProbe_1', 'TomcatProbe_2']);
        expect(system.bindings().map(({ name, from, to }) => `${name}: ${from.name} → ${to.name}`)).to.have.members([
          'workers: Apache_1 → Tomcat_1',
          'workers: Apache_1 → Tomcat_2',
          'database: Tomcat_1 → MySQL_1',
          'database: Tomcat_2 → MySQL_1',
          'TomcatProbe-Tomcat: TomcatProbe_1 → Tomcat_1',
          'TomcatProbe-Tomcat: TomcatProbe_2 → Tomcat_2',
        ]);
        expect(Object.fromEntries(system.component('Tomcat_1').attributes)).to.include({
          port: '8080',
          ajpPort: '8009',
        });
        expect(deployment.diagrams.map(({ role, on }) => role ?? on)).to.deep.equal([
          'start',
          'stop',
          ['fixTomcat'],
          ['overload', 'slow'],
          ['setPID'],
        ]);
      });

      for (const chart of ['start', 'stop', 'fixTomcat', 'overload', 'setPID']) {
        it(`gives a diagram ${chart} that does what the one written by hand does, in the same order`, async () => {
          const text = textOf(imported(model), `${chart}.scxml`);
          const reference = readFileSync(join(FOLDER, 'reference', `${chart}.scxml`), 'utf8');
          const [ours, theirs] = [await runChart(text), await runChart(reference)];
          expect(ours.status).to.equal('final');
          expect(ours.assigned).to.deep.equal(theirs.assigned);
          expect(await orderOf(text)).to.deep.equal(await orderOf(reference));
        });
      }
    });
  }

  it('runs the branches of a fork side by side, and what follows the join after all of them', async () => {
    const order = await orderOf(textOf(imported('j2ee.uml'), 'start.scxml'));
    const after = ['Apache.start', 'MySQL.start', 'Tomcat.start', 'TomcatProbe.start'];
    for (const name of ['MySQL', 'Tomcat', 'Apache']) expect(order[`${name}.configure`]).to.deep.equal(after);
  });

  it("turns TUNe's wrappers into ours: attributes declared, the node's read from the node", () => {
    const text = textOf(imported('j2ee.uml'), 'tomcat.wrapper.xml');
    expect(text).to.contain('<attribute name="ajpPort"/>');
    expect(text).to.contain('$node.dirlocal/tomcat/bin/catalina.sh run').and.to.contain('JAVA_HOME=$node.javahome');
    expect(text).to.contain('db.host:$MySQL.nodeName');
  });

  it('tells what is left out, with its place', () => {
    const notes = imported('j2ee.uml').notes.map(({ message, place }) => `${place.line}:${place.column} ${message}`);
    expect(notes).to.have.length(1);
    expect(notes[0]).to.match(/^17:\d+ legacyFile of Apache is kept/);
  });
});
