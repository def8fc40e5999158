import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadScenario } from '../../core/app/load-files.js';
import { startPeers } from '../../core/app/peers/start-peers.js';
import { runScenario, type ScenarioResult } from '../../core/app/scenario/run-scenario.js';
import { SimulatedClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';

/** A scenario of the example of peers on simulated hosts, as fast as it goes, with these values of its variables. */
export function peerWorld(name: string, seed: number, variables: Readonly<Record<string, string>> = {}) {
  const set = Object.entries(variables).map(([variable, value]) => ({ name: variable, value }));
  const { scenario, loaded, errors } = loadScenario(
    asset(`examples/peer-policies/${name}.scenario.xml`),
    pluginsFor,
    set,
  );
  const peers = loaded?.deployment.peers;
  if (!scenario || !loaded || !peers) throw new AggregateError(errors);
  const clock = new SimulatedClock();
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(seed) });
  const { manager, bus, engine } = composeManager(loaded, infrastructure, (error) => {
    throw error;
  });
  const { diagrams } = loaded;
  const random = new SeededRandom(seed);
  const run = (): Promise<ScenarioResult> =>
    clock.runUntil(
      runScenario({
        ...{
          scenario,
          manager,
          infrastructure,
          bus,
          diagrams,
          signal: new AbortController().signal,
          onProgress: () => undefined,
        },
        startPeers: () => startPeers({ peers, manager, infrastructure, engine, diagrams, random }),
      }),
    );
  return { scenario, manager, run };
}
