import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadScenario } from '../../core/app/load-files.js';
import { runScenario, type ScenarioResult } from '../../core/app/scenario/run-scenario.js';
import { SimulatedClock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import { SeededRandom } from '../../core/model/random.js';
import { SimulatedInfrastructure, type SimulationOptions } from '../../wrappers/simulated/index.js';

const SCENARIO = asset('examples/apache-tomcat/apache-tomcat.scenario.xml');

/** The Apache/Tomcat example on simulated hosts, as fast as it goes. */
export function webWorld(seed = 1, options: Partial<SimulationOptions> = {}, file = SCENARIO) {
  const { scenario, loaded, errors } = loadScenario(file, pluginsFor);
  if (!scenario || !loaded) throw new AggregateError(errors);
  const clock = new SimulatedClock();
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(seed), ...options });
  const { manager, bus } = composeManager(loaded, infrastructure, (error) => {
    throw error;
  });
  const controller = new AbortController();
  const run = (): Promise<ScenarioResult> =>
    clock.runUntil(
      runScenario({
        scenario,
        manager,
        infrastructure,
        bus,
        diagrams: loaded.diagrams,
        signal: controller.signal,
        onProgress: () => undefined,
      }),
    );
  const texts = () => manager.journal.entries.map(({ subject, text }) => `${subject}: ${text}`);
  /** Life-cycle states of everything but the hosts. */
  const states = () =>
    Object.fromEntries(
      manager.system.components
        .filter(({ kind }) => kind !== 'host')
        .map(({ name, lifeCycle }) => [name, lifeCycle.state]),
    );
  return { scenario, clock, infrastructure, manager, bus, controller, run, texts, states };
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<AttituneError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => AttituneError.from(error),
  );
}
