import type { Manager } from '../../loop/manager.js';
import type { Bus } from '../../model/bus.js';
import type { Diagram } from '../../model/diagram.js';
import { delay } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { LoadRun } from '../../model/load.js';
import type { Scenario } from '../../model/scenario.js';
import type { CurveData } from '../report/curve-series.js';
import { buildReport } from '../report/build-report.js';
import type { PhaseSpan, RunRecord, ScenarioReport } from '../report/report.js';
import type { RunningPeers } from '../peers/running-peers.js';
import { LoadWatch } from './load-watch.js';
import { settled } from './settling.js';
import { cpuLimitOf, cpuLimits } from './cpu-limits.js';
import { scenarioEventNames } from './event-names.js';
import { lastEventMs, ScenarioEvents } from './run-events.js';
import { trafficDistance } from '../../placement/policies/traffic-distance.js';
import { curvesOf, PowerWatch } from './power-watch.js';
import { RunWatch } from './run-watch.js';
import { activeMachines, vmsByHost } from './vms-by-host.js';

export interface ScenarioParts {
  readonly scenario: Scenario;
  readonly manager: Manager;
  readonly infrastructure: Infrastructure;
  readonly bus: Bus;
  readonly signal: AbortSignal;
  /** Diagrams of the deployment, by file: what they may raise. Absent: only what is raised is known. */
  readonly diagrams?: ReadonlyMap<string, Diagram>;
  /** Where the deployment has peers: lets them begin. */
  readonly startPeers?: () => Promise<RunningPeers>;
  readonly onProgress: (step: string, fraction?: number) => void;
  /** Called when all is deployed, before load and events begin. */
  readonly onDeployed?: (startedAt: number) => void;
}

export interface ScenarioResult {
  readonly report: ScenarioReport;
  /** What the report was made of. */
  readonly run: RunRecord;
  readonly curves: CurveData;
}

/** How long a migration that is under way when the load ends may still take. */
const LAST_MIGRATION_MS = 60_000;

/** Deploys, drives the load, waits for the last migration, and takes all down again, whatever happens. */
export async function runScenario(parts: ScenarioParts): Promise<ScenarioResult> {
  const { scenario, manager, infrastructure, bus, signal } = parts;
  const hosts = manager.system.components.filter(({ kind }) => kind === 'host');
  const watch = new RunWatch(
    bus,
    hosts.map(({ name }) => name),
    scenarioEventNames(scenario, manager.system.deployment, parts.diagrams),
  );
  const power = new PowerWatch(
    bus,
    hosts.map(({ name }) => name),
  );
  let failure: unknown;
  let result: ScenarioResult | undefined;
  try {
    await manager.deploy({ signal, onProgress: parts.onProgress });
    const startedAt = infrastructure.clock.now();
    parts.onDeployed?.(startedAt);
    const before = vmsByHost(manager.system);
    const trafficBefore = trafficDistance(manager.cluster());
    const peers = await parts.startPeers?.();
    const events = new ScenarioEvents(scenario.events, { manager, clock: infrastructure.clock }, startedAt);
    try {
      const { phases, requests } = await driveLoad(parts, startedAt);
      await untilLastEvent(parts, startedAt);
      const quietFrom = startedAt + lastEventMs(scenario.events);
      const settledMs = scenario.settle && (await settled(parts, scenario.settle, startedAt, peers, quietFrom));
      events.check();
      const roles = peers?.roles();
      await peers?.stop();
      const run = {
        phases,
        requests,
        migrations: manager.migrations,
        workers: workerNames(parts),
        distribution: { before, after: vmsByHost(manager.system) },
        ...(roles ? { roles } : {}),
        ...(settledMs === undefined ? {} : { settledMs }),
        startedAt,
        cpu: watch.cpu,
        ...cpuLimitOf(manager.system.deployment),
        decisions: watch.decisions,
        active: activeMachines(manager.cluster()),
        power: { curves: curvesOf(manager.system.deployment), changes: power.changes },
        ...(trafficBefore === undefined
          ? {}
          : { traffic: { before: trafficBefore, after: trafficDistance(manager.cluster()) ?? 0 } }),
        events: watch.events,
        readings: watch.readings,
        durationMs: infrastructure.clock.now() - startedAt,
      };
      result = {
        report: buildReport(scenario, infrastructure.kind, run),
        run,
        curves: {
          title: scenario.name,
          startedAt,
          phases,
          requests,
          cpu: watch.cpu,
          migrations: manager.migrations,
          cpuLimits: cpuLimits(manager.system.deployment),
        },
      };
    } finally {
      events.stop();
      await peers?.stop();
    }
  } catch (error) {
    failure = error;
  } finally {
    watch.stop();
    power.stop();
  }
  try {
    await manager.undeploy();
  } catch (error) {
    failure ??= error;
  }
  if (failure !== undefined) throw AttituneError.from(failure);
  return result as ScenarioResult;
}

/** What is to happen happens, however short the load is. */
async function untilLastEvent({ scenario, infrastructure, signal }: ScenarioParts, startedAt: number): Promise<void> {
  const left = startedAt + lastEventMs(scenario.events) - infrastructure.clock.now();
  if (scenario.events.length > 0 && left >= 0) await delay(infrastructure.clock, left + 1, signal);
}

async function driveLoad(
  parts: ScenarioParts,
  startedAt: number,
): Promise<{ phases: PhaseSpan[]; requests: LoadRun['samples'] }> {
  const { scenario, manager, infrastructure, bus, signal } = parts;
  const { load } = scenario;
  if (!load) return { phases: [], requests: [] };
  const [target] = manager.system.instances(load.target);
  const node = target && manager.system.hostOf(target);
  if (!target || !node)
    throw new AttituneError('unknown-class', `The load has no target: there is no instance of ${load.target}.`, {
      place: load.place,
    });
  const address = target.attributes.get('address') ?? infrastructure.host(node.name).address;
  const url = `http://${address}:${target.attribute('port')}${load.path}`;
  const run = infrastructure.load.start({ url, phases: load.phases, timeoutMs: load.timeoutMs });
  manager.journal.append('load', target.name, `load begins on ${url}`);
  const watch = new LoadWatch(run, infrastructure.clock, bus);
  const stop = () => run.stop();
  signal.addEventListener('abort', stop, { once: true });
  let from = startedAt;
  const phases = load.phases.map(({ name, durationMs }): PhaseSpan => ({ name, from, to: (from += durationMs) }));
  const announce = announcePhases(parts, phases);
  try {
    await run.done;
    signal.throwIfAborted();
    const until = infrastructure.clock.now() + LAST_MIGRATION_MS;
    while (manager.migrating && infrastructure.clock.now() < until) await delay(infrastructure.clock, 100, signal);
  } finally {
    announce();
    watch.stop();
    signal.removeEventListener('abort', stop);
  }
  return { phases, requests: run.samples };
}

function announcePhases(
  { scenario, manager, infrastructure }: ScenarioParts,
  phases: readonly PhaseSpan[],
): () => void {
  const timers = phases.map(({ name, from }, index) =>
    infrastructure.clock.setTimeout(() => {
      const rate = scenario.load?.phases[index]?.requestsPerSecond ?? 0;
      manager.journal.append('load', scenario.load?.target ?? '', `${name}: ${rate} requests/s`);
    }, from - infrastructure.clock.now()),
  );
  return () => timers.forEach((timer) => infrastructure.clock.clearTimeout(timer));
}

/** The back ends of the target, which should all take requests. */
function workerNames({ scenario, manager }: ScenarioParts): readonly string[] {
  const [target] = scenario.load ? manager.system.instances(scenario.load.target) : [];
  return target ? target.outgoing.map(({ to }) => to.name) : [];
}
