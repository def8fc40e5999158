import type { VariableSetting } from './deployment.js';
import type { SourcePlace } from './errors.js';
import type { LoadPhase } from './load.js';

/** An executable story: a deployment, a load, and what must then hold. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  /** Absolute path of the deployment diagram. */
  readonly deployment: string;
  readonly seed: number;
  /** What it sets of the deployment's variables. */
  readonly variables: readonly VariableSetting[];
  readonly load?: ScenarioLoad;
  /** What it waits for once the load is over, or, without one, once all is deployed. */
  readonly settle?: ScenarioSettle;
  /** What happens meanwhile, in the order of the file. */
  readonly events: readonly ScenarioEvent[];
  readonly expectations: readonly Expectation[];
}

export interface ScenarioLoad {
  /** The class whose first instance is the entry point. */
  readonly target: string;
  readonly path: string;
  readonly timeoutMs: number;
  readonly phases: readonly LoadPhase[];
  readonly place: SourcePlace;
}

/** An event that is raised at its time, as people would with `attitune emit`. */
export interface ScenarioEvent {
  readonly name: string;
  /** The component that it is about. */
  readonly component: string;
  readonly arg?: string;
  /** From when all is deployed. */
  readonly afterMs: number;
  readonly place: SourcePlace;
}

/** Until nothing has moved, and no peer changed its role, for `quietMs`; `withinMs` at the longest. */
export interface ScenarioSettle {
  readonly withinMs: number;
  readonly quietMs: number;
}

/** `that` compared with a number, with another measure of the report, or, where it is a text, with a text. */
export interface Expectation {
  readonly that: string;
  readonly comparison: 'equals' | 'atMost' | 'atLeast' | 'below' | 'above';
  readonly to: string;
  readonly place: SourcePlace;
}
