/**
 * Diagrams written in TypeScript: machines of XState's `setup().createMachine()` whose `operation` and `plan` actors are
 * AttiTUNe's operations. {@link MachineEngine} is a `DiagramEngine`; {@link administration} is what authors import.
 */
export { administration } from './administration.js';
export type { DiagramInput, OperationInput, PlanOutput, SystemEvent } from './administration.js';
export { MACHINE_FILE } from './load-machine.js';
export { drawableMachine } from './machine-chart.js';
export { isMachineDiagram } from './machine-diagram.js';
export type { MachineDiagram } from './machine-diagram.js';
export { MachineEngine } from './machine-engine.js';
export type { MachineEngineOptions } from './machine-engine.js';
export type { AnyOperation, AttributePath, ClassTypes, OperationText, SystemTypes } from './system-types.js';
export { writeTypes } from './write-types.js';
export type { ClassFacts, SystemFacts } from './write-types.js';
