import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadDeployment } from '../../core/app/load-files.js';
import type { AdministrationEvent } from '../../core/model/administration.js';
import type { SessionSnapshot } from '../../core/model/bus.js';
import { SimulatedClock } from '../../core/model/clock.js';
import type { LoadRun } from '../../core/model/load.js';
import type { Store } from '../../core/model/store.js';
import { SeededRandom } from '../../core/model/random.js';
import {
  DEFAULT_SOFTWARE,
  SimulatedInfrastructure,
  type SimulatedSoftware,
  type SimulationOptions,
} from '../../wrappers/simulated/index.js';

export interface LibraryWorldOptions {
  /** Values of the deployment's variables. */
  readonly set?: Readonly<Record<string, string>>;
  readonly simulation?: Partial<SimulationOptions>;
  readonly file?: string;
  /** What a former manager left, and when this one begins. */
  readonly store?: Store;
  readonly at?: number;
}

/** How long a session may take, in simulated time, before the test gives it up. */
const PATIENCE_MS = 3_600_000;

/** A deployment that the diagrams of the library administer, on simulated hosts, as fast as it goes. */
export function libraryWorld(options: LibraryWorldOptions = {}) {
  const { set = {}, simulation = {}, file = 'web', store, at = 1_000_000 } = options;
  const settings = Object.entries(set).map(([name, value]) => ({ name, value }));
  const path = asset(`test/fixtures/library/${file}.deployment.xml`);
  const { loaded, errors } = loadDeployment(path, pluginsFor, settings);
  if (!loaded) throw new AggregateError(errors, errors.map(String).join('\n'));
  const clock = new SimulatedClock(at);
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1), ...simulation });
  const onBusError = (error: unknown) => {
    throw error;
  };
  const { manager, bus } = composeManager(loaded, infrastructure, onBusError, store);
  const { system, journal } = manager;
  const events: AdministrationEvent[] = [];
  bus.subscribe('event', (event) => void events.push(event));

  const deploy = () =>
    clock.runUntil(manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined }));
  const undeploy = () => clock.runUntil(manager.undeploy());

  /** Resolves when the next session of the diagram has ended, with its last configuration and status. */
  const ended = (diagram: string): Promise<SessionSnapshot> =>
    new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => reject(new Error(`${diagram} did not end`)), PATIENCE_MS);
      const subscription = bus.subscribe('session', (session) => {
        if (session.diagram !== diagram || session.status === 'running') return;
        subscription.unsubscribe();
        clock.clearTimeout(timer);
        resolve(session);
      });
    });

  /** Raises an event as people do, and waits for the end of the diagram that it starts: `grown`, or `failed`. */
  const tell = async (name: string, component: string, diagram: string): Promise<string> => {
    const end = ended(diagram);
    manager.events.raise({ name, component, why: 'a test' });
    return outcomeOf(await clock.runUntil(end));
  };

  const load = (requestsPerSecond = 60): LoadRun => {
    const url = `http://${infrastructure.host('gate').address}:8080/`;
    const phases = [{ name: 'steady', durationMs: PATIENCE_MS, requestsPerSecond }];
    return infrastructure.load.start({ url, phases, timeoutMs: 5000 });
  };

  return {
    clock,
    infrastructure,
    manager,
    bus,
    system,
    events,
    deploy,
    undeploy,
    ended,
    tell,
    load,
    pass: (ms: number) => clock.advance(ms),
    texts: () => journal.entries.map(({ subject, text }) => `${subject}: ${text}`),
    state: (name: string) => system.component(name).lifeCycle.state,
    states: (className: string) =>
      Object.fromEntries(system.instances(className).map(({ name, lifeCycle }) => [name, lifeCycle.state])),
    hostOf: (name: string) => system.hostOf(system.component(name))?.name,
    attribute: (name: string, key: string) => system.component(name).attributes.get(key),
    setAttribute: (name: string, key: string, value: string) => system.component(name).setAttribute(key, value),
    /** Names of the domains that run on a host. */
    domains: async (host: string) =>
      (await clock.runUntil(infrastructure.host(host).hypervisor.list())).map(({ name }) => name).sort(),
    /** What was asked of the system since its beginning, without what failed. */
    eventsNamed: (name: string) => events.filter((event) => event.name === name),
  };
}

/** The innermost state of a session that reached its end; `failed` and `stopped` else. */
export function outcomeOf({ status, configuration }: SessionSnapshot): string {
  return status === 'final' ? (configuration.at(-1) ?? '') : status;
}

/** The software of the simulation, before it programs that fail while `matches` says yes. */
export function withFaulty(matches: SimulatedSoftware['matches']): readonly SimulatedSoftware[] {
  const faulty: SimulatedSoftware = {
    name: 'faulty',
    matches,
    execute: (call) => {
      call.err('it is broken\n');
      call.process.exit(1);
    },
  };
  return [faulty, ...DEFAULT_SOFTWARE];
}

/** Stops a load, lets its last requests end, and tells what failed. */
export async function failuresOf(run: LoadRun, clock: SimulatedClock): Promise<readonly string[]> {
  run.stop();
  await clock.runUntil(run.done);
  return run.samples.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
}
