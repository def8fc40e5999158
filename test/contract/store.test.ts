import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Store } from '../../core/model/store.js';
import { MemoryStore, SqliteStore } from '../../core/store/index.js';
import { entry, record, storeContract, systemOf } from './store.contract.js';

function sqliteIn(folder: string): SqliteStore {
  return new SqliteStore(join(folder, 'web.db'));
}

storeContract('memory', () => ({ store: new MemoryStore(), dispose: () => undefined }));

storeContract('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'attitune-store-'));
  return {
    store: sqliteIn(folder),
    reopen: (store) => {
      store.close();
      return sqliteIn(folder);
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
});

type Step = (store: Store) => void;

const session = fc.constantFrom('a', 'b', 'c', 'd');
const json = fc.jsonValue({ maxDepth: 2 });
const simple: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.nat(3), json).map(([gap, data]): Step => (store) => {
    store.appendJournal(entry(store.lastJournalId() + gap, { data: { data } }));
  }),
  fc.tuple(session, json).map(
    ([id, context]): Step =>
      (store) =>
        store.putSession(record(id, { context })),
  ),
  session.map(
    (id): Step =>
      (store) =>
        store.removeSession(id),
  ),
  fc.tuple(fc.shuffledSubarray(['A_1', 'A_2', 'B_1', 'B_2']), fc.nat(9)).map(
    ([names, at]): Step =>
      (store) =>
        store.putSystem(systemOf(names, { at })),
  ),
  fc.constant<Step>((store) => store.removeSystem()),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.array(simple, { maxLength: 4 }), fc.boolean()).map(([steps, fails]): Step => (store) => {
      store.transaction(() => {
        for (const one of steps) one(store);
        if (fails) throw new Error('rolled back');
      });
    }),
  },
);

/** What a step answers: whether it threw. */
function outcome(store: Store, run: Step): string {
  try {
    run(store);
    return 'done';
  } catch (error) {
    return (error as Error).message.replace(/^.*: /, '');
  }
}

describe('both stores', function () {
  this.timeout(30_000);

  it('do the same, whatever they are told, also after a restart', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat(25), (steps, restartAt) => {
        const folder = mkdtempSync(join(tmpdir(), 'attitune-store-'));
        const memory = new MemoryStore();
        let sqlite = sqliteIn(folder);
        try {
          steps.forEach((run, index) => {
            if (index === restartAt) {
              sqlite.close();
              sqlite = sqliteIn(folder);
            }
            expect(outcome(sqlite, run)).to.equal(outcome(memory, run));
          });
          expect(sqlite.journal()).to.deep.equal(memory.journal());
          expect(sqlite.sessions()).to.deep.equal(memory.sessions());
          expect(sqlite.system()).to.deep.equal(memory.system());
        } finally {
          sqlite.close();
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 60, seed: 11 },
    );
  });
});
