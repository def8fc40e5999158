import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadDeployment } from '../../core/app/load-files.js';
import { SimulatedClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { DEFAULT_SOFTWARE, SimulatedInfrastructure, type SimulatedSoftware } from '../../wrappers/simulated/index.js';
import { stateOf } from '../support/procedures.js';
import { failureOf, webWorld } from '../support/web-world.js';

const EXAMPLE = asset('examples/apache-tomcat');

const DEPLOYMENT = `
<deployment xmlns="urn:attitune:deployment:1" name="web">
  <hosts family="servers" hypervisor="simulated">
    <host name="host1" uri="qemu+tls://host1/system"/><host name="host2" uri="qemu+tls://host2/system"/>
  </hosts>
  <component class="Apache" wrapper="apache" hosts="servers"><attribute name="port" value="8080"/></component>
  <component class="Machine" wrapper="virtual-machine" hosts="servers" initial="2">
    <attribute name="image" value="tomcat"/>
    <attribute name="bootTimeout" value="20 s"/>
  </component>
  <component class="Tomcat" wrapper="tomcat" inside="Machine"><attribute name="warmRequests" value="20"/></component>
  <association name="workers" from="Apache" fromCardinality="1" to="Tomcat" toCardinality="1..*"/>
  <diagram src="${EXAMPLE}/start.scxml" role="start"/>
  <diagram src="${EXAMPLE}/stop.scxml" role="stop"/>
  <diagram src="grow.scxml" on="operator.grow"/>
</deployment>`;

/** One more machine with its Tomcat, and the balancer told of it. */
const STEPS: readonly (readonly [src: string, timeout?: string])[] = [
  ['Machine++'],
  ['new.start'],
  ['new.Tomcat.configure'],
  ['new.Tomcat.start'],
  ['new.Tomcat.ready'],
  ['Apache.configure'],
  ['Apache.reload'],
];

function growDiagram(steps: typeof STEPS): string {
  const states = steps.map(([src, timeout], index) => {
    const next = index + 1 < steps.length ? `s${index + 1}` : 'grown';
    const param = timeout === undefined ? '' : `<param name="timeout" expr="'${timeout}'"/>`;
    return `<state id="s${index}"><invoke id="i${index}" type="attitune" src="${src}">${param}</invoke>
      <transition event="done.invoke.i${index}" target="${next}"/></state>`;
  });
  return `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="grow" datamodel="ecmascript">
    ${states.join('\n')}<final id="grown"/></scxml>`;
}

/** A Tomcat that ends at once, on the machine that is made last. */
const BROKEN: SimulatedSoftware = {
  name: 'broken Tomcat',
  matches: ([program], { name }) => program?.endsWith('catalina.sh') === true && name === 'Machine_3',
  execute: ({ process }) => process.exit(1),
};

describe('a procedure that fails on simulated hosts', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'attitune-transaction-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** The deployment, up; `grow` runs the procedure and gives how it ended and what was told last. */
  async function world(steps: typeof STEPS = STEPS, software = DEFAULT_SOFTWARE) {
    writeFileSync(join(folder, 'web.deployment.xml'), DEPLOYMENT.trim());
    writeFileSync(join(folder, 'grow.scxml'), growDiagram(steps));
    const { loaded, errors } = loadDeployment(join(folder, 'web.deployment.xml'), pluginsFor);
    if (!loaded) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
    const clock = new SimulatedClock();
    const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1), software });
    const { manager, bus } = composeManager(loaded, infrastructure, (error) => {
      throw error;
    });
    await clock.runUntil(manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined }));
    const ended = (): Promise<string> =>
      new Promise((resolve) => {
        const subscription = bus.subscribe('journal', ({ kind, subject, text }) => {
          const over = kind === 'trouble' || / ends in /.test(text);
          if (subject !== 'grow' || !over) return;
          subscription.unsubscribe();
          resolve(text);
        });
      });
    const ask = () => manager.events.raise({ name: 'operator.grow', component: 'Apache_1', why: 'a test' });
    const grow = async () => {
      const end = ended();
      ask();
      return clock.runUntil(end);
    };
    const domains = async () => {
      const lists = await clock.runUntil(
        Promise.all(infrastructure.hosts().map(({ hypervisor }) => hypervisor.list())),
      );
      return lists
        .flat()
        .map(({ name }) => name)
        .sort();
    };
    const request = () =>
      clock.runUntil(
        infrastructure.http.get(`http://${infrastructure.host('host1').address}:8080/`, { timeoutMs: 5000 }),
      );
    const states = () => manager.system.components.map(({ lifeCycle }) => lifeCycle.state);
    return { clock, infrastructure, manager, bus, ask, grow, domains, request, states, system: manager.system };
  }

  it('grows where nothing fails', async () => {
    const { grow, domains, system } = await world();
    expect(await grow()).to.equal('diagram grow ends in grown');
    expect(await domains()).to.deep.equal(['Machine_1', 'Machine_2', 'Machine_3']);
    expect(system.component('Apache_1').lookup('workers')).to.have.length(3);
  });

  it('leaves no machine and no binding where the new Tomcat does not start', async () => {
    const { grow, domains, system, manager, request } = await world(STEPS, [BROKEN, ...DEFAULT_SOFTWARE]);
    const before = stateOf(system);
    const told = await grow();
    expect(told).to.match(/^grow failed: .*Tomcat_3.* Undone: Tomcat_3 removed, Machine_3 removed\.$/);
    expect(stateOf(system)).to.deep.equal(before);
    expect(await domains()).to.deep.equal(['Machine_1', 'Machine_2']);
    const undone = manager.journal.entries.filter(({ text }) => text.startsWith('undone: '));
    expect(undone.map(({ subject }) => subject)).to.deep.equal(['Tomcat_3', 'Machine_3']);
    expect((await request()).status).to.equal(200);
  });

  it('leaves no machine where the guest does not answer', async () => {
    const { grow, domains, system, infrastructure, bus } = await world();
    const before = stateOf(system);
    const silence = bus.subscribe('journal', ({ subject, text }) => {
      if (subject === 'Machine_3' && text === 'start …')
        void infrastructure.clock.setTimeout(() => infrastructure.faults.agentSilent('Machine_3'), 1000);
    });
    expect(await grow()).to.match(/guest agent of Machine_3.* Undone: Tomcat_3 removed, Machine_3 removed\.$/);
    silence.unsubscribe();
    expect(stateOf(system)).to.deep.equal(before);
    expect(await domains()).to.deep.equal(['Machine_1', 'Machine_2']);
  });

  it('tells what stays where the last step takes longer than it may', async () => {
    const { grow, domains, system } = await world([...STEPS, ['new.Tomcat.warm', '1 ms']]);
    const { bindings } = stateOf(system);
    expect(await grow()).to.match(
      /Tomcat_3\.warm did not end within 0\.001 s.* Undone: Tomcat_3 removed, Machine_3 removed\. Cannot be undone: Apache_1\.reload, Apache_1\.configure\.$/,
    );
    expect(stateOf(system).bindings).to.deep.equal(bindings);
    expect(await domains()).to.deep.equal(['Machine_1', 'Machine_2']);
  });

  it('tries again with a new number, as often as it is asked', async () => {
    const { grow, domains } = await world(STEPS, [BROKEN, ...DEFAULT_SOFTWARE]);
    expect(await grow()).to.match(/Undone: Tomcat_3 removed/);
    expect(await grow()).to.equal('diagram grow ends in grown');
    expect(await domains()).to.deep.equal(['Machine_1', 'Machine_2', 'Machine_4']);
  });

  for (const at of [500, 4000, 8000, 20_000, 21_000, 25_000])
    it(`is taken down in order ${at / 1000} s after it began, whether it is being undone or not`, async () => {
      const { ask, clock, manager, domains, states } = await world(STEPS, [BROKEN, ...DEFAULT_SOFTWARE]);
      ask();
      await clock.advance(at);
      await clock.runUntil(manager.undeploy());
      expect(await domains()).to.deep.equal([]);
      expect(states().filter((state) => !['stopped', 'failed', 'started'].includes(state))).to.deep.equal([]);
    });
});

describe('a start diagram that fails on simulated hosts', () => {
  it('is undone before deploying fails with its reason', async function () {
    this.timeout(60_000);
    const broken: SimulatedSoftware = { ...BROKEN, matches: ([program]) => program?.endsWith('catalina.sh') === true };
    const world = webWorld(1, { software: [broken, ...DEFAULT_SOFTWARE] });
    const error = await failureOf(world.run());
    expect(error.message).to.match(/Tomcat_[12]/);
    const texts = world.texts();
    const failed = texts.findIndex((text) =>
      /^start: start failed: .* Undone: Machine_\d stopped, Machine_\d stopped\./.test(text),
    );
    const down = texts.findIndex((text) => text.endsWith('taking web down'));
    expect(failed).to.be.greaterThan(-1);
    expect(down).to.be.greaterThan(failed);
    expect(new Set(Object.values(world.states()))).to.deep.equal(new Set(['stopped']));
  });
});
