import type { Questions } from '../../model/messages.js';

type Cluster = Questions['manager.cluster'];

/**
 * The cluster of a manager as a JSON document, put together from the parts that `ask` brings. Rejects as `ask` does.
 */
export async function askCluster(ask: (asks: Cluster['asks']) => Promise<Cluster['answers']>): Promise<string> {
  let { snapshot, text, more } = await ask({});
  while (more !== undefined) {
    const next = await ask({ rest: { snapshot, from: more } });
    text += next.text;
    ({ snapshot, more } = next);
  }
  return text;
}
