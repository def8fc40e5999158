export { consolidate } from './consolidate.js';
export { forecastDemand, type DemandHistory, type ForecastSettings } from './forecast.js';
export { planConsolidation, type ConsolidationRequest } from './plan-consolidation.js';
export { CONSOLIDATION_SETTINGS, FORECAST_SETTINGS } from './settings.js';
export type {
  ConsolidationDecision,
  ConsolidationMove,
  ConsolidationRules,
  ConsolidationSettings,
  ConsolidationView,
} from './view.js';
