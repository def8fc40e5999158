import type { ForecastSettings } from './forecast.js';
import type { ConsolidationSettings } from './view.js';

/**
 * Chosen on recorded and on synthetic days, in several orders of their VMs, for what is flat around them: near values do
 * nearly as well. Memory in MB or MiB.
 */
export const CONSOLIDATION_SETTINGS: ConsolidationSettings = {
  relieveAbove: 1,
  relieveTo: 0.98,
  fillTo: 0.97,
  deviations: 0.5,
  emptyBelow: 0.87,
  moveOverhead: 0.06,
  stayHours: 1,
  moveWattHours: 0.001,
};

export const FORECAST_SETTINGS: ForecastSettings = { memory: 0.9, prior: 1 };
