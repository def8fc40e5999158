/**
 * The simulated infrastructure: hosts, guests, migrations, programs and load in memory, on an injected clock. Everything
 * that runs on real hosts runs on it unchanged, faster than real time and repeatably. README.md says what is modelled.
 */
export { SimulatedInfrastructure, type SimulationOptions } from './simulated-infrastructure.js';
export { DEFAULT_SETTINGS, type MigrationSettings, type SimulationSettings } from './options.js';
export { DEFAULT_SOFTWARE } from './default-software.js';
export { SimulatedHypervisor } from './simulated-hypervisor.js';
export { SimulatedExecutor } from './simulated-executor.js';
export { SimulatedFaults } from './faults.js';
export type { SimulatedMachine } from './machine.js';
export type { SimulatedProcess } from './process.js';
export type { ProgramCall, SimulatedSoftware, UnknownPrograms } from './software.js';
export type { Distribution, ServiceAnswer, SimulatedService } from './service.js';
export { Balancer, type BalancerMember } from './balancer.js';
export { preCopy, type PreCopyParameters, type PreCopyRound, type PreCopyTotals } from './pre-copy.js';
