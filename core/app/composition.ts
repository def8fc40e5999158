import 'reflect-metadata';
import { dirname } from 'node:path';
import { Container, type ServiceIdentifier } from 'inversify';
import { MemoryBus } from '../bus/memory-bus.js';
import type { PushedReadings } from '../intake/pushed-readings.js';
import type { AgentDirectory } from '../loop/agents/index.js';
import type { Watching } from '../loop/control/control.js';
import { Manager } from '../loop/manager.js';
import type { Bus } from '../model/bus.js';
import type { DiagramEngine } from '../model/diagram.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Store } from '../model/store.js';
import type { WrapperRegistry } from '../model/wrapper.js';
import { probesModule } from '../../probes/probes.module.js';
import * as Probes from '../../probes/tokens.js';
import { WrapperLibrary } from '../../wrappers/language/wrapper-library.js';
import { VirtualMachine } from '../../wrappers/vm/virtual-machine.wrapper.js';
import { DiagramEngines } from './diagram-engines.js';
import type { LoadedDeployment } from './load-files.js';
import { readOnly } from './read-only-infrastructure.js';
import type { Plugins } from './validation/check-system.js';

/** The composition root: what is made of what. Nothing else of AttiTUNe sees the container. */

const Engine: ServiceIdentifier<DiagramEngine> = Symbol.for('attitune/DiagramEngine');
const BusToken: ServiceIdentifier<Bus> = Symbol.for('attitune/Bus');
const Wrappers: ServiceIdentifier<WrapperRegistry> = Symbol.for('attitune/WrapperRegistry');

/** The container of one deployment: its own wrappers beside the built-in ones. */
function containerFor(deploymentFile: string, onBusError: (error: unknown) => void): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.load(probesModule);
  container.bind(Engine).toDynamicValue(() => new DiagramEngines());
  container.bind(BusToken).toDynamicValue(() => new MemoryBus(onBusError));
  container
    .bind(Wrappers)
    .toDynamicValue(() => new WrapperLibrary({ classes: [VirtualMachine], folders: [dirname(deploymentFile)] }));
  return container;
}

/** What is installed for one deployment, for checking it. */
export function pluginsFor(deploymentFile: string): Plugins {
  return pluginsOf(containerFor(deploymentFile, () => undefined));
}

export interface ComposedManager {
  readonly manager: Manager;
  readonly bus: Bus;
  readonly engine: DiagramEngine;
  /** What comes in from outside for its probes. */
  readonly pushed: PushedReadings;
  /** True where some component has an event pipe. */
  readonly hasPipes: boolean;
}

export interface ManagerSettings {
  readonly watching?: Watching;
  /** How long the journal is kept; absent: for ever. */
  readonly keepJournalMs?: number;
}

/**
 * A manager of a checked deployment, with the bus that its parts talk on. Without a store nothing outlives it; `agents`:
 * those of the bus that it is a member of; `watching`: it changes nothing, and nothing can be changed through it.
 */
export function composeManager(
  loaded: LoadedDeployment,
  infrastructure: Infrastructure,
  onBusError: (error: unknown) => void,
  store?: Store,
  agents?: AgentDirectory,
  { watching, keepJournalMs }: ManagerSettings = {},
): ComposedManager {
  const container = containerFor(loaded.deployment.file, onBusError);
  const bus = container.get(BusToken);
  const parts = {
    ...loaded,
    ...pluginsOf(container),
    infrastructure: watching ? readOnly(infrastructure) : infrastructure,
    bus,
    ...(store ? { store } : {}),
    ...(agents ? { agents } : {}),
    ...(watching ? { watching } : {}),
    ...(keepJournalMs === undefined ? {} : { keepJournalMs }),
  };
  const pushed = container.get(Probes.PushedReadings);
  const hasPipes = parts.deployment.classes.some(({ wrapper }) => parts.wrappers.get(wrapper)?.hasEventPipe === true);
  return { manager: new Manager(parts), bus, engine: parts.engine, pushed, hasPipes };
}

function pluginsOf(container: Container): Plugins {
  return {
    wrappers: container.get(Wrappers),
    engine: container.get(Engine),
    probes: container.get(Probes.ProbeRegistry),
    detectors: container.get(Probes.DetectorRegistry),
  };
}
