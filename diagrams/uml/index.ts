/**
 * UML models that were drawn by TUNe's conventions in Papyrus, TopCased or Umbrello, turned into deployments and
 * diagrams; see this folder's README.
 */
export { importUml } from './import-uml.js';
export type { ImportOptions, UmlImport } from './import-uml.js';
export type { ImportNote } from './tune-system.js';
export type { ImportedFile } from './xml-lines.js';
