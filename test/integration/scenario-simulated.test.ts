import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadScenario } from '../../core/app/load-files.js';
import { runScenario, type ScenarioResult } from '../../core/app/scenario/run-scenario.js';
import { SimulatedClock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import { SeededRandom } from '../../core/model/random.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';

const SCENARIO = asset('examples/apache-tomcat/apache-tomcat.scenario.xml');

/** The example on simulated hosts, as fast as it goes. */
function world(seed = 1) {
  const { scenario, loaded, errors } = loadScenario(SCENARIO, pluginsFor);
  if (!scenario || !loaded) throw new AggregateError(errors);
  const clock = new SimulatedClock();
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(seed) });
  const { manager, bus } = composeManager(loaded, infrastructure, (error) => {
    throw error;
  });
  const controller = new AbortController();
  const run = (): Promise<ScenarioResult> =>
    clock.runUntil(runScenario({ scenario, manager, infrastructure, bus, signal: controller.signal, onProgress: () => undefined }));
  const texts = () => manager.journal.entries.map(({ subject, text }) => `${subject}: ${text}`);
  return { scenario, clock, infrastructure, manager, bus, controller, run, texts };
}

async function failureOf(promise: Promise<unknown>): Promise<AttituneError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => AttituneError.from(error),
  );
}

describe('the Apache/Tomcat scenario on simulated hosts', function () {
  this.timeout(60_000);

  it('meets every expectation, from several seeds', async () => {
    for (const seed of [1, 2, 3]) {
      const { report } = await world(seed).run();
      expect(report.expectations.filter(({ passed }) => !passed), `seed ${seed}`).to.deep.equal([]);
      expect(report.requests.failed).to.equal(0);
      expect(report.migrations.map(({ from, to }) => `${from}→${to}`)).to.deep.equal(['host1→host2', 'host2→host1']);
    }
  });

  it('ends the same from the same seed, and differently from another', async () => {
    const [one, again, other] = [await world(5).run(), await world(5).run(), await world(6).run()];
    expect(again.report).to.deep.equal(one.report);
    expect(other.report.requests).to.not.deep.equal(one.report.requests);
  });

  it('leaves nothing running, and every component stopped', async () => {
    const { run, manager } = world();
    await run();
    const states = manager.system.components.filter(({ kind }) => kind !== 'host').map(({ lifeCycle }) => lifeCycle.state);
    expect(new Set(states)).to.deep.equal(new Set(['stopped']));
  });

  it('can say why, from the first reading to the migration', async () => {
    const { run, manager } = world();
    await run();
    const migration = manager.journal.entries.find(({ kind }) => kind === 'migration')!;
    const kinds = manager.journal.causes(migration.id).map(({ kind }) => kind);
    expect(kinds).to.deep.equal(['event', 'session', 'decision', 'operation', 'migration']);
  });

  for (const at of [500, 3000, 9000, 20_000, 32_000, 36_000, 60_000, 90_000]) {
    it(`is taken down in order when Ctrl-C comes after ${at / 1000} s`, async () => {
      const { clock, controller, run, manager } = world();
      clock.setTimeout(() => controller.abort(new AttituneError('cancelled', 'Ctrl-C')), at);
      const error = await failureOf(run());
      expect(error.code).to.equal('cancelled');
      const states = manager.system.components.filter(({ kind }) => kind !== 'host').map(({ lifeCycle }) => lifeCycle.state);
      expect(states.filter((state) => state === 'started' || state === 'starting' || state === 'stopping')).to.deep.equal([]);
    });
  }
});
