import type Database from 'better-sqlite3';
import { AttituneError } from '../model/errors.js';

/** `PRAGMA application_id` of a store: "AtTU" in ASCII. */
export const APPLICATION_ID = 0x41745455;

/**
 * The migrations of the schema: entry N brings a store of version N to N + 1 (`PRAGMA user_version`). Only ever add to
 * its end. Components have a row each, so that a change of one costs one row.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE journal (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, entry TEXT NOT NULL);
   CREATE TABLE session (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
   CREATE TABLE system (only INTEGER PRIMARY KEY CHECK (only = 1), head TEXT NOT NULL);
   CREATE TABLE component (name TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, content TEXT NOT NULL) WITHOUT ROWID;`,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a new or older store to the present schema. Throws `store` for a database of something else or a newer version. */
export function migrate(database: Database.Database, file: string): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  const application = database.pragma('application_id', { simple: true }) as number;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  const isNew = version === 0 && application === 0 && tables === 0;
  if (!isNew && application !== APPLICATION_ID) {
    throw new AttituneError(
      'store',
      `${file} is a database of another program, not a store of AttiTUNe. Name another folder with --state, or move the file away.`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new AttituneError(
      'store',
      `${file} was written by a newer AttiTUNe (schema ${version}; this one knows ${SCHEMA_VERSION}). Use that version, or move the file away.`,
    );
  }
  if (version === SCHEMA_VERSION) return;
  database.transaction(() => {
    for (const sql of MIGRATIONS.slice(version)) database.exec(sql);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}
