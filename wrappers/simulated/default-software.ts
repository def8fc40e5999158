import { apacheSimulation } from '../apache/apache.simulation.js';
import { SLURM } from '../slurm/slurm.simulation.js';
import { tomcatSimulation } from '../tomcat/tomcat.simulation.js';
import { BUSY_LOOP } from './busy-loop.js';
import { CORE_UTILITIES } from './core-utilities.js';
import { SHELL } from './shell.js';
import { STRESS } from './stress.js';
import type { SimulatedSoftware } from './software.js';

/** The software that behaves in every simulation unless another list is given. */
export const DEFAULT_SOFTWARE: readonly SimulatedSoftware[] = [
  apacheSimulation(),
  tomcatSimulation(),
  SLURM,
  BUSY_LOOP,
  STRESS,
  SHELL,
  CORE_UTILITIES,
];
