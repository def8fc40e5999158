/** What `key` of a wrapper file's `<method>` names: each key is a table of methods. */
import { ARCHIVE } from './archive.js';
import { COMMAND } from './command.js';
import { COMPONENT } from './component.js';
import { CONFIGURATION } from './configuration.js';
import { HTTP } from './http.js';
import { PROCESS } from './process.js';
import type { StepTable } from './step.js';
import { GENERIC_CONFIGURE_PLAIN_TEXT, GENERIC_START } from './tune.js';

export const OPERATION_KEYS: ReadonlyMap<string, StepTable> = new Map([
  ['process', PROCESS],
  ['configuration', CONFIGURATION],
  ['http', HTTP],
  ['archive', ARCHIVE],
  ['command', COMMAND],
  ['component', COMPONENT],
  ['extension.GenericStart', GENERIC_START],
  ['extension.GenericConfigurePlainText', GENERIC_CONFIGURE_PLAIN_TEXT],
]);

export type {
  StepContext,
  StepMethod,
  StepParameter,
  StepResult,
  StepTable,
  TemplateRecord,
  TemplateValue,
} from './step.js';
