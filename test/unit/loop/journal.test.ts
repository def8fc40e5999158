import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { Journal } from '../../../core/loop/journal.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Store } from '../../../core/model/store.js';
import { MemoryStore, SqliteStore } from '../../../core/store/index.js';

const STORES: Readonly<Record<string, (folder: string) => Store>> = {
  memory: () => new MemoryStore(),
  SQLite: (folder) => new SqliteStore(join(folder, 'journal.db')),
};

for (const [name, make] of Object.entries(STORES)) {
  describe(`the journal in a store (${name})`, () => {
    let folder: string;
    let store: Store;
    const journalOf = () => new Journal(new SimulatedClock(7), new MemoryBus(), store);

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'attitune-journal-'));
      store = make(folder);
    });
    afterEach(() => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('goes on where the former manager ended, and tells causes across both', () => {
      const former = journalOf();
      const first = former.append('event', 'host1', 'overloaded');
      former.append('event', 'host2', 'calm');
      const later = journalOf();
      expect(later.lastId).to.equal(2);
      const second = later.append('session', 'relieve', 'goes on', { cause: first.id });
      const third = later.append('operation', 'Machine_1', 'migrate', { cause: second.id, data: { to: 'host2' } });
      expect(third.id).to.equal(4);
      expect(later.causes(third.id).map(({ text }) => text)).to.deep.equal(['overloaded', 'goes on', 'migrate']);
      expect(later.entry(2)?.subject).to.equal('host2');
      expect(later.entry(5)).to.equal(undefined);
      expect(later.causes(99)).to.deep.equal([]);
    });

    it('is read by pages', () => {
      const journal = journalOf();
      for (let count = 0; count < 1234; count += 1) journal.append('load', 'x', String(count));
      expect(journal.entries.map(({ id }) => id)).to.deep.equal(Array.from({ length: 1234 }, (_, index) => index + 1));
      expect([...journal.pages(1000)].flat()).to.have.length(234);
    });
  });
}

describe('the journal of a store that fails', () => {
  it('still tells everything, says once that it is not kept, and once that it is again', () => {
    class Failing extends MemoryStore {
      fails = false;
      override appendJournal(entry: Parameters<MemoryStore['appendJournal']>[0]): void {
        if (this.fails) throw new AttituneError('store', 'the disk is full.');
        super.appendJournal(entry);
      }
    }
    const store = new Failing();
    const bus = new MemoryBus();
    const told: string[] = [];
    bus.subscribe('journal', ({ text }) => told.push(text));
    const journal = new Journal(new SimulatedClock(), bus, store);
    journal.append('load', 'x', 'one');
    store.fails = true;
    journal.append('load', 'x', 'two');
    journal.append('load', 'x', 'three');
    store.fails = false;
    journal.append('load', 'x', 'four');
    expect(told).to.have.members([
      'one',
      'the journal is not stored any more: the disk is full.',
      'two',
      'three',
      'the journal is stored again',
      'four',
    ]);
    expect(journal.entries.map(({ text }) => text)).to.deep.equal(['one', 'four', 'the journal is stored again']);
  });
});
