import path from 'node:path';
import type { Diagram, DiagramEngine } from '../../model/diagram.js';

/** The two sides of the help protocol. Read once for all peers of a process. */
export interface HelpDiagrams {
  readonly ask: Diagram;
  readonly offer: Diagram;
}

/** Reads both from a folder, `diagrams/library` mostly. Throws an AggregateError where one of them is wrong. */
export function readHelpDiagrams(engine: Pick<DiagramEngine, 'read'>, folder: string): HelpDiagrams {
  const read = (name: string): Diagram => {
    const file = path.join(folder, name);
    const { diagram, errors } = engine.read(file);
    if (!diagram || errors.length > 0) throw new AggregateError(errors, `${file} cannot be read`);
    return diagram;
  };
  return { ask: read('ask-for-help.scxml'), offer: read('offer-help.scxml') };
}
