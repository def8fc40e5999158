import type { ConsoleServer } from '../console/console-server.js';
import type { Manager } from '../loop/manager.js';
import type { Bus } from '../model/bus.js';
import type { VariableSetting } from '../model/deployment.js';
import type { Infrastructure } from '../model/infrastructure.js';
import { composeManager } from './composition.js';
import { simulated, type RunningTime } from './infrastructures.js';
import { interruptible } from './interrupt.js';
import type { LoadedDeployment } from './load-files.js';
import type { OwnPlace } from './own-place.js';
import { Narrator } from './narrator.js';
import type { Terminal } from './terminal.js';

export interface SystemOptions {
  readonly lab?: boolean;
  /** Absent: simulated hosts. The others have a store; see `local-time.ts` and `libvirt-time.ts`. */
  readonly place?: OwnPlace;
  readonly state?: string;
  readonly fresh?: boolean;
  readonly yes?: boolean;
  readonly console?: boolean;
  readonly port: number;
  readonly speed?: number;
  readonly seed?: number;
  readonly set?: readonly VariableSetting[];
}

export interface RunningSystem {
  readonly manager: Manager;
  readonly infrastructure: Infrastructure;
  readonly bus: Bus;
  readonly signal: AbortSignal;
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
      const time = await timeOf(terminal, loaded, options, signal);
      const { infrastructure, store } = time;
      const { manager, bus } = composeManager(
        loaded,
        infrastructure,
        (error) => terminal.say(`A listener failed: ${String(error)}`),
        store,
      );
      const hosts = loaded.deployment.hostFamilies.flatMap((family) => family.hosts.map(({ name }) => name));
      const narrator = new Narrator(
        bus,
        infrastructure.clock,
        () => hosts,
        (text) => terminal.say(text),
      );
      const page = options.console === true ? await livePage(bus, options.port, loaded) : undefined;
      try {
        if (page) {
          const { url } = await page.start();
          terminal.say(`Live page: ${url}`);
        }
        return await time.drive(use({ manager, infrastructure, bus, signal }));
      } finally {
        narrator.stop();
        await page?.stop();
        await time.drive(infrastructure.down()).finally(() => store?.close());
      }
    },
  );
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
): Promise<RunningTime> {
  if (options.lab === true) {
    // libvirt and the lab are a good part of all there is to load
    const { labTime } = await import('./lab-time.js');
    return await labTime(terminal, options.yes === true, signal);
  }
  if (options.place === 'libvirt') {
    const { libvirtTime } = await import('./libvirt-time.js');
    return libvirtTime(terminal, deployment.name, options);
  }
  if (options.place === 'local') {
    const { localTime } = await import('./local-time.js');
    return localTime(terminal, deployment.name, options);
  }
  return simulated(options.seed ?? 1, options.speed ?? Infinity);
}
