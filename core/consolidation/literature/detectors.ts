import type { Fleet } from '../fleet.js';
import type { DetectorName } from '../policy-name.js';
import { Adaptive } from './adaptive.js';
import type { Detector } from './detector.js';
import { Regression } from './regression.js';
import { interquartileRange, medianAbsoluteDeviation } from './statistics.js';
import { Threshold } from './threshold.js';

/** The overload detection of a policy, by its name and safety parameter. */
export function createDetector(fleet: Fleet, name: DetectorName, safety: number): Detector {
  switch (name) {
    case 'thr':
      return new Threshold(fleet, safety);
    case 'iqr':
      return new Adaptive(fleet, safety, interquartileRange);
    case 'mad':
      return new Adaptive(fleet, safety, medianAbsoluteDeviation);
    case 'lr':
    case 'lrr':
      return new Regression(fleet, safety);
  }
}
