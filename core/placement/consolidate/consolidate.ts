import { empty } from './empty.js';
import { hostCosts } from './host-costs.js';
import { PlanState } from './plan-state.js';
import { relieve } from './relieve.js';
import { CONSOLIDATION_SETTINGS } from './settings.js';
import type { ConsolidationDecision, ConsolidationSettings, ConsolidationView } from './view.js';

/**
 * Decides which VMs move so that few hosts are needed and none is overloaded: hosts whose VMs ask for more than there is are
 * relieved at once, by few and small VMs; then hosts that the others can do without are emptied. Pure, and the same answer
 * for the same view.
 */
export function consolidate(
  view: ConsolidationView,
  settings: ConsolidationSettings = CONSOLIDATION_SETTINGS,
): ConsolidationDecision {
  const state = new PlanState(view);
  const costs = hostCosts(view);
  const overloaded = relieve(state, costs, settings);
  empty(state, costs, settings);
  const before = new Set(view.hostOf);
  const hosts = Array.from(view.capacity.keys());
  return {
    moves: state.moves,
    wake: hosts.filter((host) => view.on[host] === 0 && state.arrivals[host]! > 0),
    emptied: hosts.filter((host) => before.has(host) && state.vmsOn(host).length === 0),
    overloaded,
  };
}
