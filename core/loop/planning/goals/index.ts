import { CONSOLIDATION_GOALS } from './consolidation.goals.js';
import type { Goals } from './goal.js';
import { GROUP_GOALS } from './group.goals.js';
import { MOVING_GOALS } from './moving.goals.js';
import { RELIEF_GOALS } from './relief.goals.js';
import { STRUCTURE_GOALS } from './structure.goals.js';
import { THRIFT_GOALS } from './thrift.goals.js';

/** The goals of `plan:GOAL`, by name; one file of them for each purpose. */
export const GOALS: Goals = {
  ...MOVING_GOALS,
  ...RELIEF_GOALS,
  ...STRUCTURE_GOALS,
  ...GROUP_GOALS,
  ...THRIFT_GOALS,
  ...CONSOLIDATION_GOALS,
};
