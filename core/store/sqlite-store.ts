import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { JournalEntry } from '../model/administration.js';
import { AttituneError } from '../model/errors.js';
import type { JournalRange, SessionRecord, Store, StoredSystem } from '../model/store.js';
import { fromJson, toJson } from './json.js';
import { DEFAULT_PAGE, refuseId } from './journal-rules.js';
import { OwnerFile } from './owner-file.js';
import { migrate } from './schema.js';
import { isBusy, storeError } from './store-errors.js';
import { SystemTable } from './system-table.js';

/**
 * A store in one SQLite file, in write-ahead mode with a sync to disk at each commit. It holds the file's lock from
 * opening to closing, so that no second manager can use it. Journal entries open a transaction that the next other write
 * commits, or the end of this turn of the event loop: one sync for all of them.
 */
export class SqliteStore implements Store {
  readonly file: string;
  readonly #database: Database.Database;
  readonly #owner: OwnerFile;
  readonly #system: SystemTable;
  readonly #statements: ReturnType<typeof prepare>;
  /** Entries that are not committed yet. */
  #open: JournalEntry[] = [];
  #lastId: number;
  #depth = 0;
  #flush: NodeJS.Immediate | undefined;
  #closed = false;

  /** Makes the file and its folder where there is none. Throws `store` where it cannot be used, and says what to do. */
  constructor(file: string) {
    this.file = file;
    this.#owner = new OwnerFile(file);
    this.#database = open(file, this.#owner);
    this.#statements = prepare(this.#database);
    this.#system = new SystemTable(this.#database);
    this.#lastId = this.#guarded(() => this.#statements.lastId.get() as number);
  }

  appendJournal(entry: JournalEntry): void {
    this.#guarded(() => {
      refuseId(entry, this.#lastId);
      if (!this.#database.inTransaction) this.#begin();
      this.#insert(entry);
      this.#open.push(entry);
      this.#lastId = entry.id;
      if (this.#depth === 0) this.#flush ??= setImmediate(() => this.#commitLate());
    });
  }

  journal({ after = 0, limit = DEFAULT_PAGE }: JournalRange = {}): readonly JournalEntry[] {
    return this.#guarded(() =>
      (this.#statements.page.all(after, limit) as string[]).map((text) => fromJson(text) as JournalEntry),
    );
  }

  trimJournal(before: number, keep: ReadonlySet<number>): number {
    return this.transaction(
      () => this.#statements.trim.run(Math.ceil(before), this.#lastId, JSON.stringify([...keep])).changes,
    );
  }

  lastJournalId(): number {
    return this.#guarded(() => this.#lastId);
  }

  putSession(record: SessionRecord): void {
    this.transaction(() => void this.#statements.putSession.run(record.id, toJson(record)));
  }

  removeSession(id: string): void {
    this.transaction(() => void this.#statements.removeSession.run(id));
  }

  sessions(): readonly SessionRecord[] {
    return this.#guarded(() =>
      (this.#statements.sessions.all() as string[]).map((text) => fromJson(text) as SessionRecord),
    );
  }

  putSystem(system: StoredSystem): void {
    this.transaction(() => this.#system.put(system));
  }

  system(): StoredSystem | undefined {
    return this.#guarded(() => this.#system.get());
  }

  removeSystem(): void {
    this.transaction(() => {
      this.#system.remove();
      this.#statements.removeSessions.run();
    });
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return this.#guarded(work);
    return this.#guarded(() => {
      // entries of before are written in one with the work, but are no part of what is undone where it throws
      if (!this.#database.inTransaction) this.#begin();
      this.#database.exec('SAVEPOINT work');
      this.#depth += 1;
      const [lastId, entries] = [this.#lastId, this.#open.length];
      try {
        const result = work();
        this.#commit();
        return result;
      } catch (error) {
        // a full disk has ended the transaction already
        if (this.#database.inTransaction) this.#database.exec('ROLLBACK TO work; RELEASE work');
        this.#system.forget();
        this.#open.length = entries;
        this.#lastId = lastId;
        if (entries === 0 && this.#database.inTransaction) this.#database.exec('ROLLBACK');
        throw error;
      } finally {
        this.#depth -= 1;
      }
    });
  }

  close(): void {
    if (this.#closed) return;
    try {
      this.#guarded(() => this.#commit());
    } finally {
      this.#closed = true;
      clearImmediate(this.#flush);
      this.#owner.remove();
      this.#database.close();
    }
  }

  #insert({ id, at, kind, subject, ...rest }: JournalEntry): void {
    this.#statements.append.run(id, Math.round(at), kind, subject, toJson({ id, at, kind, subject, ...rest }));
  }

  /** At the end of the turn. What cannot be written now is tried again by the next call, which throws if it fails again. */
  #commitLate(): void {
    this.#flush = undefined;
    try {
      if (!this.#closed) this.#commit();
    } catch {
      // the entries are still in #open, and the next call writes them or throws
    }
  }

  /** With the entries of an earlier attempt that failed and was rolled back. */
  #begin(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const entry of this.#open) this.#insert(entry);
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Does nothing where nothing is open. What fails is rolled back, and the entries are kept for another attempt. */
  #commit(): void {
    try {
      if (!this.#database.inTransaction) {
        if (this.#open.length === 0) return;
        this.#begin();
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#open = [];
    clearImmediate(this.#flush);
    this.#flush = undefined;
  }

  #guarded<T>(work: () => T): T {
    if (this.#closed) throw new AttituneError('store', `${this.file} was closed before. Open it again.`);
    try {
      return work();
    } catch (error) {
      throw error instanceof Database.SqliteError ? storeError(error, this.file) : error;
    }
  }
}

function open(file: string, owner: OwnerFile): Database.Database {
  let database: Database.Database | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    // SQLite would open it for reading, and then tell a lock that fails as an error of the disk
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
    // attributes may be secrets; the log beside it gets the same rights
    else closeSync(openSync(file, 'a', 0o600));
    database = new Database(file, { timeout: 0 });
    // in this order: a database in exclusive mode before its first read keeps the lock and needs no shared memory
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    migrate(database, file);
    // takes the lock also where nothing had to be migrated, and finds out whether the file can be written
    database.exec(
      `BEGIN IMMEDIATE; PRAGMA user_version = ${String(database.pragma('user_version', { simple: true }))}; COMMIT`,
    );
    owner.write();
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw owner.refusal(error);
    throw storeError(error, file);
  }
}

function prepare(database: Database.Database) {
  return {
    append: database.prepare('INSERT INTO journal (id, at, kind, subject, entry) VALUES (?, ?, ?, ?, ?)'),
    page: database.prepare('SELECT entry FROM journal WHERE id > ? ORDER BY id LIMIT ?').pluck(),
    trim: database.prepare(
      'DELETE FROM journal WHERE at < ? AND id <> ? AND id NOT IN (SELECT value FROM json_each(?))',
    ),
    lastId: database.prepare('SELECT coalesce(max(id), 0) FROM journal').pluck(),
    putSession: database.prepare(
      'INSERT INTO session (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
    ),
    removeSession: database.prepare('DELETE FROM session WHERE id = ?'),
    removeSessions: database.prepare('DELETE FROM session'),
    sessions: database.prepare('SELECT record FROM session ORDER BY ordinal').pluck(),
  };
}
