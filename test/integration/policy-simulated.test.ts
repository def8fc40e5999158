import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadDeployment } from '../../core/app/load-files.js';
import { SimulatedClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';

const EXAMPLE = asset('examples/apache-tomcat');
const SCXML = 'xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="ecmascript"';

const FILES: Readonly<Record<string, string>> = {
  'web.deployment.xml': `
<deployment xmlns="urn:attitune:deployment:1" name="web">
  <hosts family="servers" hypervisor="simulated"><host name="host1" uri="qemu+tls://host1/system"/></hosts>
  <component class="Apache" wrapper="apache" hosts="servers"><attribute name="port" value="8080"/></component>
  <component class="Machine" wrapper="virtual-machine" hosts="servers"><attribute name="image" value="tomcat"/></component>
  <component class="Tomcat" wrapper="tomcat" inside="Machine"><attribute name="warmRequests" value="20"/></component>
  <association name="workers" from="Apache" fromCardinality="1" to="Tomcat" toCardinality="1..*"/>
  <diagram src="${EXAMPLE}/start.scxml" role="start"/>
  <diagram src="${EXAMPLE}/stop.scxml" role="stop"/>
  <diagram src="grow.scxml" on="operator.grow"/>
  <diagram src="shrink.scxml" on="operator.shrink"/>
  <policy src="watch.scxml" for="Machine"/>
</deployment>`,
  'grow.scxml': `<scxml ${SCXML} name="grow">
    <state id="make"><invoke id="m" type="attitune" src="Machine++"/><transition event="done.invoke.m" target="end"/></state>
    <final id="end"/></scxml>`,
  'shrink.scxml': `<scxml ${SCXML} name="shrink">
    <state id="take"><invoke id="t" type="attitune" src="Machine--"/><transition event="done.invoke.t" target="end"/></state>
    <final id="end"/></scxml>`,
  'watch.scxml': `<scxml ${SCXML} name="watch"><state id="watching">
    <transition event="operator.look" cond="_event.data.component === this.name" target="looking"/></state>
    <state id="looking"><invoke id="l" type="attitune" src="this.alive"/><transition event="done.invoke.l" target="watching"/></state>
    </scxml>`,
};

describe('policies on simulated hosts', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'attitune-policy-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('come with each component of their class, also a new one, and go with it', async () => {
    for (const [file, text] of Object.entries(FILES)) writeFileSync(join(folder, file), text.trim());
    const { loaded, errors } = loadDeployment(join(folder, 'web.deployment.xml'), pluginsFor);
    if (!loaded) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
    const clock = new SimulatedClock();
    const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    const { manager } = composeManager(loaded, infrastructure, (error) => {
      throw error;
    });
    const texts = (subject: string) =>
      manager.journal.entries.filter((entry) => entry.subject === subject).map(({ text }) => text);
    const raise = async (name: string, component: string) => {
      manager.events.raise({ name, component, why: 'a test' });
      await clock.advance(1000);
    };
    await clock.runUntil(manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined }));
    await raise('operator.look', 'Machine_1');
    expect(texts('Machine_1').at(-1)).to.match(/^alive done/);

    await raise('operator.grow', 'Apache_1');
    expect(texts('watch').filter((text) => text.includes('begins'))).to.deep.equal([
      'policy watch begins for Machine_1',
      'policy watch begins for Machine_2',
    ]);
    await raise('operator.look', 'Machine_2');
    expect(texts('watch').at(-1)).to.match(/^policy watch failed for Machine_2: .*begins again in 1 s\.$/);

    await raise('operator.shrink', 'Apache_1');
    const told = texts('watch').length;
    await raise('operator.look', 'Machine_2');
    await clock.advance(60_000);
    expect(texts('watch').slice(told)).to.deep.equal([]);
    await raise('operator.look', 'Machine_1');
    expect(texts('watch').length).to.be.greaterThan(told);
    await clock.runUntil(manager.undeploy());
  });
});
