import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredSystem } from '../../core/model/store.js';
import { SqliteStore } from '../../core/store/index.js';

const ENTRIES = 20_000;
const PER_TURN = 20;
const RECORDS = 300;
const COMPONENTS = 1000;
/** Journal entries per second, a turn of the event loop at a time: far more than a deployment of any size writes. */
const AT_LEAST = 2000;

/** What writing costs: journal entries by turns, records of sessions one by one, one change among many components. */
export async function storeWrites(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'attitune-bench-'));
  const store = new SqliteStore(join(folder, 'bench.db'));
  try {
    const entries = await perSecond(ENTRIES, async () => {
      for (let id = 1; id <= ENTRIES; id += 1) {
        store.appendJournal({ id, at: id, kind: 'operation', subject: 'Tomcat_1', text: 'start done', cause: id - 1 });
        if (id % PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const records = await perSecond(RECORDS, () => {
      const context = { scope: { this: 'Tomcat_1' }, outcomes: [] };
      for (let n = 0; n < RECORDS; n += 1)
        store.putSession({ id: 'a', kind: 'procedure', file: '/d', startedAt: 1, entry: n, context });
    });
    store.putSystem(systemOf(0));
    const systems = await perSecond(RECORDS, () => {
      for (let n = 1; n <= RECORDS; n += 1) store.putSystem(systemOf(n));
    });
    console.log(`journal entries, ${PER_TURN} a turn   ${entries.toFixed(0)} /s`);
    console.log(`records of sessions          ${records.toFixed(0)} /s`);
    console.log(`systems, 1 of ${COMPONENTS} changed    ${systems.toFixed(0)} /s`);
    const held = entries >= AT_LEAST;
    console.log(`store-writes: at least ${AT_LEAST} entries/s are asked for: ${held ? 'held' : 'missed'}`);
    return held;
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function perSecond(count: number, run: () => void | Promise<void>): Promise<number> {
  const begun = performance.now();
  await run();
  return count / ((performance.now() - begun) / 1000);
}

function systemOf(changes: number): StoredSystem {
  const components = Array.from({ length: COMPONENTS }, (_, index) => ({
    name: `Tomcat_${index}`,
    class: 'Tomcat',
    kind: 'software' as const,
    state: 'started' as const,
    node: 'host1',
    attributes: { port: '8080', pid: index === 500 ? String(changes) : '17', nodeName: 'host1' },
  }));
  const bindings = components.map(({ name }) => ({ name: 'workers', from: 'Tomcat_0', to: name }));
  const system = { at: changes, name: 'bench', components, bindings };
  return { deployment: 'bench', deploymentHash: 'a', at: changes, phase: 'running', ended: [], counters: {}, system };
}
