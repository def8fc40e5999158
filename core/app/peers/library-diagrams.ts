import { asset } from '../../assets/package-root.js';
import type { Diagram, DiagramEngine } from '../../model/diagram.js';
import { readHelpDiagrams } from '../../peers/negotiation/index.js';
import type { PeerDiagrams } from '../../peers/peer-node.js';

/** What every peer does besides its policy, as diagrams of the library. Throws an AggregateError where one is wrong. */
export function libraryDiagrams(engine: Pick<DiagramEngine, 'read'>): PeerDiagrams {
  const read = (name: string): Diagram => {
    const { diagram, errors } = engine.read(asset(`diagrams/library/${name}.scxml`));
    if (!diagram || errors.length > 0) throw new AggregateError(errors, `library:${name} cannot be read`);
    return diagram;
  };
  return {
    levels: read('peer-levels'),
    trade: read('trade'),
    help: readHelpDiagrams(engine, asset('diagrams/library')),
  };
}
