import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asset } from '../../../core/assets/package-root.js';
import { formatError } from '../../../core/model/errors.js';
import { readDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { importUml } from '../../../diagrams/uml/index.js';
import { loopOf, wrapperOf } from '../../support/loop.js';

describe('an imported system', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'attitune-uml-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The J2EE system in the control loop, with what its operations were called on. */
  function system() {
    for (const { name, text } of importUml(asset('test/fixtures/uml/j2ee.uml')).files)
      writeFileSync(join(folder, name), text);
    const { deployment, errors } = readDeployment(join(folder, 'j2ee.deployment.xml'));
    if (!deployment) throw new Error(errors.map(formatError).join('\n'));
    const called: string[] = [];
    const record = (operation: string, { component }: { component: { name: string } }) => {
      called.push(`${component.name}.${operation}`);
      return Promise.resolve();
    };
    const loop = loopOf(deployment, wrapperOf(record, ['configure', 'start', 'stop', 'restart']));
    /** Runs the diagrams that an event starts, or those of a role, to their end. */
    const run = async (what: string, component?: string, arg?: string) => {
      called.length = 0;
      for (const { file } of deployment.diagrams.filter(({ on, role }) => role === what || on.includes(what))) {
        const { diagram } = loop.engine.read(file);
        if (!diagram) throw new Error(file);
        const event = { id: 1, name: what, component: component ?? '', at: 0, why: 'a test', ...(arg ? { arg } : {}) };
        const result = await loop.clock.runUntil(loop.sessions.request({ diagram, ...(component ? { event } : {}) })!);
        called.push(result.status);
      }
      return called;
    };
    return { ...loop, run };
  }

  it('starts: all is configured, then started from the database to the probes', async () => {
    const calls = await system().run('start');
    expect(calls.slice(0, 4)).to.have.members([
      'MySQL_1.configure',
      'Tomcat_1.configure',
      'Tomcat_2.configure',
      'Apache_1.configure',
    ]);
    expect(calls.slice(4)).to.deep.equal([
      'MySQL_1.start',
      'Tomcat_1.start',
      'Tomcat_2.start',
      'Apache_1.start',
      'TomcatProbe_1.start',
      'TomcatProbe_2.start',
      'final',
    ]);
  });

  it('is repaired: the component of the event, and then its argument, the probe', async () => {
    const { run } = system();
    await run('start');
    expect(await run('fixTomcat', 'Tomcat_2', 'TomcatProbe_2')).to.deep.equal([
      'Tomcat_2.stop',
      'Tomcat_2.configure',
      'Tomcat_2.start',
      'TomcatProbe_2.start',
      'final',
    ]);
  });

  it('grows on either of two events: a new instance, and the Apache that it was bound to', async () => {
    const { run, system: representation } = system();
    await run('start');
    expect(await run('slow', 'Apache_1')).to.deep.equal([
      'Tomcat_3.configure',
      'Tomcat_3.start',
      'Apache_1.configure',
      'Apache_1.restart',
      'final',
    ]);
    const targets = representation.component('Apache_1').lookup('workers');
    expect(targets.map(({ name }) => name)).to.deep.equal(['Tomcat_1', 'Tomcat_2', 'Tomcat_3']);
  });

  it('keeps what an event carries', async () => {
    const { run, system: representation } = system();
    expect(await run('setPID', 'Tomcat_1', '4711')).to.deep.equal(['final']);
    expect(representation.component('Tomcat_1').attributes.get('pid')).to.equal('4711');
  });
});
