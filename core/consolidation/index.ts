export { SAMPLES, shuffled } from './demand.js';
export type { Fleet } from './fleet.js';
export type { FleetMove, FleetPolicy } from './fleet-policy.js';
export { parsePolicy, POLICY_NAMES, type PolicySpec } from './policy-name.js';
export {
  simulateDay,
  type DayResult,
  type PolicyMaker,
  type SimulationMode,
  type SimulationOptions,
  type TickResult,
} from './simulate-day.js';
export { ASKED, judge, type Asked, type Verdict } from './verdict.js';
