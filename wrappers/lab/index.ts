/**
 * Several real libvirt hosts on one machine: see README.md. The infrastructure is for deployments, the functions are
 * what `attitune lab up|down|status|doctor` calls.
 */
export { labUp, labDown, type LabUpOptions, type LabUpReport } from './commands.js';
export { labStatus, type LabStatus, type LabHostStatus } from './status.js';
export { labDoctor, labFindings, type LabFinding, type LabFacts } from './doctor.js';
export { missingPackages, installPackages, labPackages } from './packages.js';
export { Lab, DEFAULT_CPU_LIMIT, type LabOptions, type LabParts } from './lab.js';
export { LabInfrastructure, type LabInfrastructureParts } from './lab-infrastructure.js';
export { labPaths, type LabPaths } from './lab-paths.js';
export { standingLabHosts } from './standing-hosts.js';
