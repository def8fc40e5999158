import { MemoryBus } from '../../core/bus/memory-bus.js';
import { ClusterView } from '../../core/loop/planning/cluster-view.js';
import { Effector } from '../../core/loop/operations/effector.js';
import { EventChannel } from '../../core/loop/event-channel.js';
import { Journal } from '../../core/loop/journal.js';
import { MigrationTracker } from '../../core/loop/operations/migration-tracker.js';
import { RecentReadings } from '../../core/loop/monitoring/recent-readings.js';
import { Sessions } from '../../core/loop/sessions/sessions.js';
import { SimulatedClock } from '../../core/model/clock.js';
import type { DeploymentDiagram } from '../../core/model/deployment.js';
import type { Diagram } from '../../core/model/diagram.js';
import { SystemRepresentation } from '../../core/model/system-representation.js';
import { instantiate } from '../../core/model/wiring.js';
import type { OperationContext, Wrapper, WrapperRegistry } from '../../core/model/wrapper.js';
import { SeededRandom } from '../../core/model/random.js';
import { ScxmlEngine } from '../../diagrams/statechart/index.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a wrapper of a test does when an operation is called. */
export type Behaviour = (operation: string, context: OperationContext) => Promise<unknown>;

/** One wrapper for all classes, with these operations; `undo`: what attributes those of them change that can be taken back. */
export function wrapperOf(
  behaviour: Behaviour,
  operations: readonly string[],
  timeoutMs = 10_000,
  undo: Readonly<Record<string, readonly string[]>> = {},
): WrapperRegistry {
  const wrapper: Wrapper = {
    name: 'any',
    description: 'of a test',
    attributes: [],
    operations: new Map(
      operations.map((name) => [name, { name, timeoutMs, idempotent: true, ...(undo[name] && { undo: undo[name] }) }]),
    ),
    isNode: false,
    invoke: behaviour,
  };
  return { get: () => wrapper, names: () => ['any'] };
}

/** A control loop around wrappers of a test, on a simulated clock. */
export function loopOf(deployment: DeploymentDiagram, wrappers: WrapperRegistry) {
  const clock = new SimulatedClock();
  const bus = new MemoryBus();
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  const journal = new Journal(clock, bus);
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
  const events = new EventChannel(clock, bus, journal);
  const migrations = new MigrationTracker(system, clock, bus, journal);
  const cluster = new ClusterView(system, infrastructure, new RecentReadings(bus), clock, 3000);
  const nothing = () => undefined;
  const effector = new Effector({
    system,
    wrappers,
    infrastructure,
    journal,
    clock,
    cluster,
    migrations,
    placeNew: nothing,
    changed: nothing,
  });
  const engine = new ScxmlEngine();
  const sessions = new Sessions({ engine, system, effector, events, journal, bus, clock });
  return {
    clock,
    bus,
    system,
    journal,
    events,
    sessions,
    engine,
    texts: () => journal.entries.map(({ subject, text }) => `${subject}: ${text}`),
  };
}

/** Reads a diagram from the text of its states. */
export function diagramOf(name: string, states: string): Diagram {
  const folder = mkdtempSync(join(tmpdir(), 'attitune-diagram-'));
  try {
    const file = join(folder, `${name}.scxml`);
    writeFileSync(
      file,
      `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="${name}" datamodel="ecmascript">${states}</scxml>`,
    );
    const { diagram, errors } = new ScxmlEngine().read(file);
    if (!diagram) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
    return diagram;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
