import type { Random } from '../model/random.js';
import { AttituneConsolidation } from './attitune.js';
import type { Fleet } from './fleet.js';
import type { FleetPolicy } from './fleet-policy.js';
import { LiteratureConsolidation } from './literature/consolidate.js';
import { createDetector } from './literature/detectors.js';
import { placeByPower, placeFirstFit } from './literature/initial-placement.js';
import { createSelector } from './literature/selectors.js';
import { FALLBACK_THRESHOLD } from './literature/threshold.js';
import type { PolicySpec } from './policy-name.js';

export interface PolicyContext {
  readonly mode: 'as-is' | 'full';
  readonly memory: boolean;
  readonly random: Random;
}

const NEVER: FleetPolicy = { decide: () => [] };

/** Places the VMs at the start of the day as the policy does, and returns what decides from then on. */
export function startPolicy(fleet: Fleet, spec: PolicySpec, { mode, memory, random }: PolicyContext): FleetPolicy {
  switch (spec.kind) {
    case 'dvfs':
    case 'npa':
      placeFirstFit(fleet);
      return NEVER;
    case 'attitune':
      placeByPower(fleet, FALLBACK_THRESHOLD);
      return new AttituneConsolidation(fleet, memory);
    case 'literature': {
      const { detector, selector, safety } = spec;
      const wakeCost = spec.wakeCost || mode === 'full';
      placeByPower(fleet, detector === 'thr' ? safety : FALLBACK_THRESHOLD);
      return new LiteratureConsolidation(
        fleet,
        createDetector(fleet, detector, safety),
        createSelector(fleet, selector, random),
        { memory, wakeCost },
      );
    }
  }
}
