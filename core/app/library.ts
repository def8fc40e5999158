/** What a program, or a diagram written in TypeScript, imports from `attitune`. */
export { administration } from '../../diagrams/machine/index.js';
export type {
  DiagramInput,
  OperationInput,
  OperationText,
  PlanOutput,
  SystemEvent,
  SystemTypes,
} from '../../diagrams/machine/index.js';
export { AttituneError, ERROR_CODES, formatError } from '../model/errors.js';
export type { ErrorCode, SourcePlace } from '../model/errors.js';
