import { expect } from 'chai';
import type { JournalEntry } from '../../core/model/administration.js';
import { AttituneError } from '../../core/model/errors.js';
import type { SessionRecord, Store, StoredSystem } from '../../core/model/store.js';

export function entry(id: number, more: Partial<JournalEntry> = {}): JournalEntry {
  return { id, at: 1000 + id, kind: 'event', subject: 'host1', text: `entry ${id}`, ...more };
}

export function record(id: string, more: Partial<SessionRecord> = {}): SessionRecord {
  return { id, kind: 'procedure', file: '/d/relieve.scxml', startedAt: 5, entry: 3, context: { scope: {} }, ...more };
}

export function systemOf(names: readonly string[], more: Partial<StoredSystem> = {}): StoredSystem {
  return {
    deployment: 'web',
    deploymentHash: 'abc',
    at: 7,
    phase: 'running',
    ended: ['/d/start.scxml'],
    counters: { Tomcat: 4 },
    system: {
      at: 7,
      name: 'web',
      components: names.map((name) => ({
        name,
        class: 'Tomcat',
        kind: 'software',
        state: 'started',
        attributes: { port: '80' },
      })),
      bindings: names.slice(1).map((to) => ({ name: 'workers', from: names[0] ?? '', to })),
    },
    ...more,
  };
}

/** What every store does. `reopen` closes it and opens it again, where it outlives its process. */
export function storeContract(
  name: string,
  make: () => { store: Store; reopen?: (store: Store) => Store; dispose: () => void },
): void {
  describe(`store: ${name}`, () => {
    let made: ReturnType<typeof make>;
    let store: Store;
    const again = () => (store = made.reopen?.(store) ?? store);

    beforeEach(() => {
      made = make();
      store = made.store;
    });
    afterEach(() => {
      store.close();
      made.dispose();
    });

    it('trims what is old, but what is kept and the last entry, and uses no number twice', () => {
      for (const id of [1, 2, 3, 4, 5]) store.appendJournal(entry(id));
      expect(store.trimJournal(1004, new Set([2]))).to.equal(2);
      expect(store.journal().map(({ id }) => id)).to.deep.equal([2, 4, 5]);
      expect(store.trimJournal(1_000_000, new Set())).to.equal(2);
      again();
      expect(store.journal().map(({ id }) => id)).to.deep.equal([5]);
      expect(store.lastJournalId()).to.equal(5);
      expect(() => store.appendJournal(entry(3))).to.throw(AttituneError);
      store.appendJournal(entry(6));
      expect(store.trimJournal(0, new Set())).to.equal(0);
      expect(store.journal({ after: 5 }).map(({ id }) => id)).to.deep.equal([6]);
    });

    it('trims nothing where the transaction that it is part of fails', () => {
      for (const id of [1, 2, 3]) store.appendJournal(entry(id));
      const failing = () =>
        store.transaction(() => {
          store.trimJournal(1_000_000, new Set());
          throw new Error('it does not come to its end');
        });
      expect(failing).to.throw('it does not come to its end');
      expect(store.journal().map(({ id }) => id)).to.deep.equal([1, 2, 3]);
    });

    it('is empty at first', () => {
      expect(store.lastJournalId()).to.equal(0);
      expect(store.journal()).to.deep.equal([]);
      expect(store.sessions()).to.deep.equal([]);
      expect(store.system()).to.equal(undefined);
    });

    it('keeps journal entries and gives them by pages', () => {
      const entries = Array.from({ length: 2500 }, (_, index) => entry(index + 1, index % 2 ? { cause: index } : {}));
      for (const one of entries) store.appendJournal(one);
      expect(store.lastJournalId()).to.equal(2500);
      again();
      expect(store.lastJournalId()).to.equal(2500);
      expect(store.journal()).to.deep.equal(entries.slice(0, 1000));
      expect(store.journal({ after: 2400 })).to.deep.equal(entries.slice(2400));
      expect(store.journal({ after: 10, limit: 3 })).to.deep.equal(entries.slice(10, 13));
      expect(store.journal({ after: 2500 })).to.deep.equal([]);
    });

    it('refuses an id that does not grow', () => {
      store.appendJournal(entry(5));
      for (const id of [5, 4, 0, -1, 6.5, NaN]) {
        expect(() => store.appendJournal(entry(id)), String(id)).to.throw(AttituneError, /ids grow/);
      }
      store.appendJournal(entry(9));
      expect(store.journal().map(({ id }) => id)).to.deep.equal([5, 9]);
    });

    it('keeps sessions in the order in which they were first put', () => {
      store.putSession(record('b'));
      store.putSession(record('a'));
      store.putSession(record('c'));
      store.putSession(record('b', { entry: 9 }));
      store.removeSession('a');
      store.removeSession('never there');
      again();
      expect(store.sessions()).to.deep.equal([record('b', { entry: 9 }), record('c')]);
      store.putSession(record('a'));
      expect(store.sessions().map(({ id }) => id)).to.deep.equal(['b', 'c', 'a']);
    });

    it('keeps the system, with the order of its components', () => {
      store.putSystem(systemOf(['Apache_1', 'Tomcat_1', 'Tomcat_2']));
      again();
      expect(store.system()).to.deep.equal(systemOf(['Apache_1', 'Tomcat_1', 'Tomcat_2']));
      store.putSystem(systemOf(['Tomcat_2', 'Tomcat_4', 'Apache_1'], { phase: 'stopping', counters: { Tomcat: 5 } }));
      again();
      const changed = systemOf(['Tomcat_2', 'Tomcat_4', 'Apache_1'], { phase: 'stopping', counters: { Tomcat: 5 } });
      expect(store.system()).to.deep.equal(changed);
    });

    it('forgets a system with its sessions, not the journal', () => {
      store.appendJournal(entry(1));
      store.putSystem(systemOf(['Apache_1']));
      store.putSession(record('a'));
      store.removeSystem();
      again();
      expect(store.system()).to.equal(undefined);
      expect(store.sessions()).to.deep.equal([]);
      expect(store.lastJournalId()).to.equal(1);
    });

    it('keeps all of a transaction or nothing', () => {
      store.appendJournal(entry(1));
      store.putSystem(systemOf(['Apache_1']));
      const fails = () =>
        store.transaction(() => {
          store.appendJournal(entry(2));
          store.putSession(record('a'));
          store.transaction(() => store.putSystem(systemOf(['Apache_1', 'Tomcat_1'])));
          throw new Error('no');
        });
      expect(fails).to.throw('no');
      again();
      expect(store.lastJournalId()).to.equal(1);
      expect(store.sessions()).to.deep.equal([]);
      expect(store.system()).to.deep.equal(systemOf(['Apache_1']));
      const given = store.transaction(() => {
        store.appendJournal(entry(2));
        store.putSession(record('a'));
        store.putSystem(systemOf(['Apache_1', 'Tomcat_1']));
        return 7;
      });
      expect(given).to.equal(7);
      again();
      expect(store.journal().map(({ id }) => id)).to.deep.equal([1, 2]);
      expect(store.sessions()).to.deep.equal([record('a')]);
      expect(store.system()).to.deep.equal(systemOf(['Apache_1', 'Tomcat_1']));
    });

    it('shares nothing with its caller', () => {
      const context = { scope: { new: 'Tomcat_1' } };
      store.putSession(record('a', { context }));
      context.scope.new = 'changed';
      const [first] = store.sessions();
      (first?.context as typeof context).scope.new = 'changed too';
      expect(store.sessions()).to.deep.equal([record('a', { context: { scope: { new: 'Tomcat_1' } } })]);
    });

    it('lets no key change a prototype', () => {
      const data = JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":1,"constructor":{"b":2}}}') as object;
      store.appendJournal(entry(1, { data: data as Record<string, unknown> }));
      store.putSession(record('a', { context: data }));
      again();
      const [kept] = store.sessions();
      expect(Object.assign({}, kept?.context)).to.deep.equal({ a: { constructor: { b: 2 } } });
      expect(Object.keys(store.journal()[0]?.data ?? {})).to.deep.equal(['a']);
      expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
    });

    it('is of no use once it is closed', () => {
      store.close();
      store.close();
      expect(() => store.sessions()).to.throw(AttituneError, /closed/);
      expect(() => store.appendJournal(entry(1))).to.throw(AttituneError, /closed/);
    });
  });
}
