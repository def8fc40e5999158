import type { Bus } from '../../model/bus.js';
import type { Clock } from '../../model/clock.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { Control, type ControlState, type Watching } from '../control/control.js';
import { Gate } from '../control/gate.js';
import type { Journal } from '../journal.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';
import { EffectWatch, type OpenDecision } from './effect-watch.js';

/** What bounds decisions and their effects, and follows them to what comes of them. */
export interface Governance {
  readonly control: Control;
  readonly gate: Gate;
  readonly effects: EffectWatch;
  readonly readings: RecentReadings;
  /** What of it outlives the manager, as JSON. */
  state(): GovernanceState;
  /** Journal entries that are still needed. */
  needed(): readonly number[];
}

export interface GovernanceState extends ControlState {
  readonly decisions: readonly OpenDecision[];
}

/** After the last move so many readings of a host are gathered, and for this time at least. */
const SETTLE_PERIODS = 8;
const SETTLE_AT_LEAST_MS = 10_000;

export interface GovernanceParts {
  readonly deployment: DeploymentDiagram;
  readonly system: SystemRepresentation;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly journal: Journal;
  readonly readings: RecentReadings;
  /** Names of the diagrams of the deployment. */
  readonly diagrams: () => readonly string[];
  readonly watching?: Watching | undefined;
  /** Called after each change that outlives the manager. */
  readonly changed: () => void;
}

export function governanceOf(parts: GovernanceParts): Governance {
  const control = new Control(parts);
  const effects = new EffectWatch({ ...parts, settleMs: settleMsOf(parts.deployment) });
  const outdated = (decision: number) => effects.outdated(decision);
  const gate = new Gate({ control, journal: parts.journal, clock: parts.clock, outdated });
  return {
    ...{ control, gate, effects, readings: parts.readings },
    state: () => ({ ...control.toJSON(), decisions: effects.toJSON() }),
    needed: () => [
      ...effects.open,
      ...control.approvals.pending.map(({ id }) => id),
      ...(control.held ? [control.held.entry] : []),
    ],
  };
}

/** How long readings are gathered before the effect of a decision is told. */
export function settleMsOf({ probes }: DeploymentDiagram): number {
  const slowest = Math.max(0, ...probes.filter(({ measure }) => measure === 'cpu').map(({ everyMs }) => everyMs));
  return Math.max(SETTLE_AT_LEAST_MS, SETTLE_PERIODS * slowest);
}
