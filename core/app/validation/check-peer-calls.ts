import type { Diagram } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import { PEER_DIAGRAM_OPERATIONS, PEER_DIAGRAM_SENDS } from '../../peers/diagram-operations.js';
import { suggest } from '../../xml/index.js';

const OF_PEERS = /^(?:peer|trade)\./;

/**
 * Checks the calls of a diagram that a peer runs against what peers can do. A diagram that calls nothing of a peer is one of
 * a deployment, and is checked with that.
 */
export function checkPeerCalls({ name: diagram, calls, raises }: Diagram): AttituneError[] {
  const own = calls.filter(({ src }) => OF_PEERS.test(src));
  const [first] = own;
  if (!first) return [];
  const errors: AttituneError[] = [];
  for (const { src, params, place } of calls) {
    // what is computed is checked when it is called
    if (src === '') continue;
    const add = (code: 'unknown-operation' | 'unknown-attribute' | 'xml-element', message: string) =>
      errors.push(new AttituneError(code, message, { place }));
    const known = Object.hasOwn(PEER_DIAGRAM_OPERATIONS, src) ? PEER_DIAGRAM_OPERATIONS[src] : undefined;
    if (!known) {
      const near = suggest(src, Object.keys(PEER_DIAGRAM_OPERATIONS));
      add('unknown-operation', `a peer has no operation "${src}".${near}`);
      continue;
    }
    const names = [...known.parameters, ...(known.optional ?? [])];
    for (const name of params)
      if (!names.includes(name))
        add('unknown-attribute', `${src} takes no parameter "${name}".${suggest(name, names)}`);
    for (const name of known.parameters)
      if (!params.includes(name)) add('xml-element', `${src} lacks <param name="${name}" expr="…"/>.`);
  }
  for (const name of raises) {
    if (Object.hasOwn(PEER_DIAGRAM_SENDS, name)) continue;
    const message = `a peer cannot send "${name}", which ${diagram} does.${suggest(name, Object.keys(PEER_DIAGRAM_SENDS))}`;
    errors.push(new AttituneError('unknown-event', message, { place: first.place }));
  }
  return errors;
}
