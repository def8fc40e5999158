import { instance } from '@viz-js/viz';
import type { Graph, Viz } from '@viz-js/viz';
import { AttituneError } from '../../core/model/errors.js';

let loading: Promise<Viz> | undefined;

/** Lays a graph out with Graphviz (in WebAssembly, loaded once) and gives its SVG. */
export async function layOut(graph: Graph): Promise<string> {
  loading ??= instance();
  const result = (await loading).render(graph, { format: 'svg', engine: 'dot' });
  if (result.status === 'success') return result.output;
  const reasons = result.errors.map(({ message }) => message).join('; ');
  throw new AttituneError('internal', `the picture could not be laid out: ${reasons}`);
}
