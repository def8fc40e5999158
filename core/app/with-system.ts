import type { ConsoleServer } from '../console/console-server.js';
import type { Manager } from '../loop/manager.js';
import type { Bus } from '../model/bus.js';
import { SystemClock } from '../model/clock.js';
import type { VariableSetting } from '../model/deployment.js';
import type { Subscription } from '../model/hypervisor.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Watching } from '../loop/control/control.js';
import { keptName } from './kept-name.js';
import type { TriggerDefinition } from '../../probes/properties/index.js';
import { composeManager, type ComposedManager } from './composition.js';
import { simulated, type RunningTime } from './infrastructures.js';
import type { IntakeOptions, OpenIntake } from './intake/open-intake.js';
import { interruptible } from './interrupt.js';
import type { LoadedDeployment } from './load-files.js';
import type { ManagerBus, ManagerBusOptions } from './manager/manager-bus.js';
import type { OwnPlace } from './own-place.js';
import type { RunningPeers } from './peers/running-peers.js';
import { Narrator } from './narrator.js';
import type { Terminal } from './terminal.js';
import { packageVersion } from './package-version.js';

export interface SystemOptions extends IntakeOptions {
  readonly lab?: boolean;
  /** Absent: simulated hosts. The others have a store; see `local-time.ts` and `libvirt-time.ts`. */
  readonly place?: OwnPlace;
  readonly fresh?: boolean;
  readonly yes?: boolean;
  readonly console?: boolean;
  readonly port: number;
  readonly speed?: number;
  readonly seed?: number;
  readonly set?: readonly VariableSetting[];
  /** What the manager does by triggers on the properties of its agents. */
  readonly triggers?: readonly TriggerDefinition[];
  /** It changes nothing: it watches and tells, or tells what it would do. */
  readonly watching?: Watching;
  /** How long the journal is kept, in milliseconds; absent: for ever. */
  readonly keepJournal?: number;
  /** The manager is on a bus with agents: hosts of its own only, in real time. */
  readonly onBus?: ManagerBusOptions;
}

export interface RunningSystem {
  readonly manager: Manager;
  readonly infrastructure: Infrastructure;
  readonly bus: Bus;
  readonly signal: AbortSignal;
  /** Where the deployment has peers: lets them begin, once it is up. */
  readonly startPeers?: () => Promise<RunningPeers>;
}

/**
 * Sets a deployment up for a command: its infrastructure, the manager, the talk on the terminal, the live page. Runs
 * `use` while time passes, and closes everything, also when it fails or Ctrl-C ends it.
 */
export async function withSystem<T>(
  terminal: Terminal,
  loaded: LoadedDeployment,
  options: SystemOptions,
  use: (system: RunningSystem) => Promise<T>,
): Promise<T> {
  return interruptible(
    (text) => terminal.say(text),
    async (signal) => {
      const managerBus = options.onBus && (await joinBus(terminal, loaded, options.onBus, signal, options.watching));
      const time = await timeOf(terminal, loaded, options, signal, managerBus).catch(async (error: unknown) => {
        await managerBus?.close();
        throw error;
      });
      const { infrastructure, store } = time;
      const composed = composeManager(
        loaded,
        infrastructure,
        (error) => terminal.say(`A listener failed: ${String(error)}`),
        store,
        managerBus?.directory,
        {
          ...(options.watching ? { watching: options.watching } : {}),
          ...(options.keepJournal === undefined ? {} : { keepJournalMs: options.keepJournal }),
        },
      );
      const { manager, bus } = composed;
      const desk =
        managerBus && (await attend(terminal, managerBus, manager, infrastructure, signal, options.triggers));
      const startPeers = await peersOf(loaded, composed, time);
      const hosts = loaded.deployment.hostFamilies.flatMap((family) => family.hosts.map(({ name }) => name));
      const narrator = new Narrator(
        bus,
        infrastructure.clock,
        () => hosts,
        (text) => terminal.say(text),
      );
      let intake: OpenIntake | undefined;
      const page = options.console === true ? await livePage(bus, options.port, loaded) : undefined;
      try {
        if (page) {
          const { url } = await page.start();
          terminal.say(`Live page: ${url}`);
        }
        intake = await intakeOf(terminal, composed, infrastructure, options);
        return await time.drive(use({ manager, infrastructure, bus, signal, ...(startPeers && { startPeers }) }));
      } finally {
        narrator.stop();
        await page?.stop();
        if (intake) await time.drive(intake.close());
        await time.drive(infrastructure.down()).finally(async () => {
          desk?.unsubscribe();
          await managerBus?.close();
          store?.close();
        });
      }
    },
  );
}

/** Loaded only where there are peers, and before time passes: simulated time waits for nothing real. */
async function peersOf(
  { deployment: { peers }, diagrams }: LoadedDeployment,
  { manager, engine }: ComposedManager,
  { infrastructure, random }: RunningTime,
): Promise<(() => Promise<RunningPeers>) | undefined> {
  if (!peers) return undefined;
  const { startPeers } = await import('./peers/start-peers.js');
  return () => startPeers({ peers, manager, infrastructure, engine, diagrams, random });
}

/** Its server is loaded only where something may come in. */
async function intakeOf(
  terminal: Terminal,
  composed: ComposedManager,
  infrastructure: Infrastructure,
  options: SystemOptions,
): Promise<OpenIntake | undefined> {
  if (!options.intake && options.socket !== true && !composed.hasPipes) return undefined;
  const { openIntake } = await import('./intake/open-intake.js');
  return openIntake((text) => terminal.say(text), composed, infrastructure, options);
}

/** The bus and its hub are loaded only where there is one. */
async function joinBus(
  terminal: Terminal,
  { deployment }: LoadedDeployment,
  options: ManagerBusOptions,
  signal: AbortSignal,
  watching: Watching | undefined,
): Promise<ManagerBus> {
  const { openManagerBus } = await import('./manager/manager-bus.js');
  const say = (text: string) => terminal.say(text);
  const managerBus = await openManagerBus(keptName(deployment.name, watching), options, new SystemClock(), say, signal);
  say(`${managerBus.member.name} is on the bus at ${managerBus.address}; agents join it there.`);
  return managerBus;
}

async function attend(
  terminal: Terminal,
  { member }: ManagerBus,
  manager: Manager,
  { clock }: Infrastructure,
  signal: AbortSignal,
  triggers: readonly TriggerDefinition[] = [],
): Promise<Subscription> {
  const { attendDesk } = await import('./manager/desk.js');
  const phase = () => (signal.aborted ? 'stopping' : manager.watching ? 'running' : 'starting');
  const desk = attendDesk(member, manager, { clock, version: packageVersion(), phase });
  if (triggers.length === 0) return desk;
  const { startTriggers } = await import('./manager/manager-triggers.js');
  const running = startTriggers(triggers, member, manager, clock, (text) => terminal.say(text));
  return {
    unsubscribe: () => {
      running.unsubscribe();
      desk.unsubscribe();
    },
  };
}

/** Server and drawing are loaded only where there is a page. */
async function livePage(bus: Bus, port: number, { deployment }: LoadedDeployment): Promise<ConsoleServer> {
  const { ConsoleServer } = await import('../console/console-server.js');
  const { cachedDrawings } = await import('./drawings.js');
  return new ConsoleServer(bus, { port, title: deployment.name }, cachedDrawings());
}

async function timeOf(
  terminal: Terminal,
  { deployment }: LoadedDeployment,
  options: SystemOptions,
  signal: AbortSignal,
  managerBus: ManagerBus | undefined,
): Promise<RunningTime> {
  if (options.lab === true) {
    // libvirt and the lab are a good part of all there is to load
    const { labTime } = await import('./lab-time.js');
    return await labTime(terminal, options.yes === true, signal);
  }
  if (options.place === 'libvirt') {
    const { libvirtTime } = await import('./libvirt-time.js');
    return libvirtTime(terminal, deployment.name, options, managerBus?.directory);
  }
  if (options.place === 'local') {
    const { localTime } = await import('./local-time.js');
    return localTime(terminal, deployment.name, options, managerBus?.directory);
  }
  return simulated(options.seed ?? 1, options.speed ?? Infinity);
}
