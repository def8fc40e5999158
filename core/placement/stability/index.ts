/**
 * What keeps decisions from going to and fro: which VMs may move at all, where they may not go back to, what a migration
 * costs. Pure: the history is in the cluster, the time is `cluster.at`.
 */
export { cycleRule } from './cycle.rule.js';
export { costInCpus, migrationCost, type MigrationCost, type MigrationCostOptions } from './migration-cost.js';
export { movableVms } from './movable-vms.js';
export { lasting } from './past-moves.js';
export type { MovableVms, StabilityLimits } from './types.js';
