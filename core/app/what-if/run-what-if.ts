import type { Clock, TimerHandle } from '../../model/clock.js';
import type { Scenario } from '../../model/scenario.js';
import { composeManager, pluginsFor } from '../composition.js';
import { simulated } from '../infrastructures.js';
import type { LoadedDeployment } from '../load-files.js';
import type { CurveData } from '../report/curve-series.js';
import { runScenario } from '../scenario/run-scenario.js';
import { AttituneError } from '../../model/errors.js';
import { DayLoad } from './day-load.js';
import { figuresOf, type WhatIfFigures } from './figures.js';
import { multiplied, type Size } from './multiply.js';

export interface WhatIf extends Partial<Size> {
  readonly loaded: LoadedDeployment;
  /** Its load, events and variables are used where there is one; else the machines are loaded by curves of a day. */
  readonly scenario?: Scenario;
  readonly hours: number;
  readonly seed: number;
  /** Part of the hosts' CPU that the curves of a day use on average. */
  readonly use: number;
  /** A host is overloaded above this part of its CPU. */
  readonly above: number;
  /** Probes are read at most so often. */
  readonly everyMs?: number;
}

const HOUR_MS = 3_600_000;

/** Runs a deployment of another size on simulated hosts, with its own diagrams and probes, as fast as it goes. */
export async function runWhatIf(
  whatIf: WhatIf,
  signal: AbortSignal,
  onProgress: (step: string, fraction?: number) => void,
): Promise<{ readonly figures: WhatIfFigures; readonly curves: CurveData }> {
  const began = performance.now();
  const { hours, seed, use } = whatIf;
  const loaded = resized(whatIf);
  const time = simulated(seed, Infinity);
  const { infrastructure } = time;
  const troubles: unknown[] = [];
  const { manager, bus } = composeManager(loaded, infrastructure, (error) => troubles.push(error));
  const { clock } = infrastructure;
  const own = whatIf.scenario?.load !== undefined || (whatIf.scenario?.events.length ?? 0) > 0;
  const load = new DayLoad(manager, infrastructure, use, seed);
  let stopTelling: (() => void) | undefined;
  const onDeployed = (startedAt: number) => {
    if (!own && use > 0) load.start(startedAt);
    stopTelling = everyMinute(clock, () => {
      onProgress('simulating', Math.min(1, (clock.now() - startedAt) / (hours * HOUR_MS)));
    });
  };
  try {
    const scenario = scenarioOf(whatIf, loaded);
    const result = await time.drive(
      runScenario({
        scenario,
        manager,
        infrastructure,
        bus,
        signal,
        onProgress,
        onDeployed,
        diagrams: loaded.diagrams,
      }),
    );
    if (troubles.length > 0) throw AttituneError.from(troubles[0]);
    return { figures: figuresOf(whatIf, loaded.deployment, result, performance.now() - began), curves: result.curves };
  } finally {
    load.stop();
    stopTelling?.();
    await time.drive(infrastructure.down());
  }
}

function resized({ loaded, hosts, vms, everyMs }: WhatIf): LoadedDeployment {
  const { deployment } = loaded;
  if (deployment.peers)
    throw new AttituneError(
      'usage',
      'Hosts that decide as peers cannot be simulated in another size; run the scenario itself.',
    );
  const { wrappers } = pluginsFor(deployment.file);
  const isMachine = ({ wrapper }: { readonly wrapper: string }) => wrappers.get(wrapper)?.isNode === true;
  const machines = deployment.classes.filter(isMachine);
  const count = machines.reduce(
    (sum, { initial, instances }) => sum + (initial ?? Math.max(1, instances?.length ?? 1)),
    0,
  );
  const places = deployment.hostFamilies
    .filter(({ hypervisor }) => hypervisor !== 'none')
    .flatMap((family) => family.hosts);
  const sized = multiplied(deployment, { hosts: hosts ?? places.length, vms: vms ?? count }, isMachine);
  const slower =
    everyMs === undefined
      ? sized
      : { ...sized, probes: sized.probes.map((probe) => ({ ...probe, everyMs: Math.max(everyMs, probe.everyMs) })) };
  return { ...loaded, deployment: slower };
}

/** The scenario for so many hours: it is not over before, whatever happens or does not. */
function scenarioOf({ scenario, hours, seed }: WhatIf, { deployment }: LoadedDeployment): Scenario {
  const all = hours * HOUR_MS;
  const own = scenario?.load?.phases.reduce((sum, { durationMs }) => sum + durationMs, 0) ?? 0;
  const rest = Math.max(0, all - own);
  const settle = { withinMs: rest, quietMs: rest + HOUR_MS };
  if (scenario) return { ...scenario, seed, settle, expectations: [] };
  return {
    name: deployment.name,
    description: '',
    file: deployment.file,
    deployment: deployment.file,
    seed,
    variables: [],
    settle,
    events: [],
    expectations: [],
  };
}

/** Calls back every simulated minute, until it is ended by what it returns. */
function everyMinute(clock: Clock, call: () => void): () => void {
  let timer: TimerHandle = clock.setTimeout(again, 60_000);
  function again(): void {
    call();
    timer = clock.setTimeout(again, 60_000);
  }
  return () => {
    clock.clearTimeout(timer);
  };
}
