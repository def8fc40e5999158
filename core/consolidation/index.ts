export { SAMPLES, shuffled } from './demand.js';
export { parsePolicy, POLICY_NAMES, type PolicySpec } from './policy-name.js';
export {
  simulateDay,
  type DayResult,
  type SimulationMode,
  type SimulationOptions,
  type TickResult,
} from './simulate-day.js';
