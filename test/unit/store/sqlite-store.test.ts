import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { AttituneError } from '../../../core/model/errors.js';
import { moveAside, SqliteStore } from '../../../core/store/index.js';
import { entry, record, systemOf } from '../../contract/store.contract.js';

describe('a store in a file', () => {
  let folder: string;
  let file: string;
  const open: SqliteStore[] = [];
  const opened = (path = file) => {
    const store = new SqliteStore(path);
    open.push(store);
    return store;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'attitune-store-'));
    file = join(folder, 'deeper', 'web.db');
  });
  afterEach(() => {
    for (const store of open.splice(0)) store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function refused(run: () => unknown): AttituneError {
    try {
      run();
    } catch (error) {
      expect(error).to.be.instanceOf(AttituneError);
      expect((error as AttituneError).code).to.equal('store');
      return error as AttituneError;
    }
    throw new Error('nothing was refused');
  }

  it('is of one manager at a time, and says whose', () => {
    opened();
    const error = refused(() => opened());
    expect(error.message).to.include(file).and.include(`process ${process.pid}`).and.include('--state');
    expect(error.details['pid']).to.equal(process.pid);
  });

  it('is free again once it is closed, and leaves one file', () => {
    opened().close();
    opened().close();
    expect(readdirSync(join(folder, 'deeper'))).to.deep.equal(['web.db']);
  });

  it('is for its owner alone to read', () => {
    const store = opened();
    store.putSystem(systemOf(['Tomcat_1']));
    for (const name of [file, `${file}-wal`]) expect((statSync(name).mode & 0o777).toString(8), name).to.equal('600');
  });

  it('refuses what is no database, and leaves it as it is', () => {
    const other = join(folder, 'other.db');
    writeFileSync(other, 'some text that is long enough to be no header of a database\n'.repeat(40));
    expect(refused(() => opened(other)).message).to.match(/other\.db is no SQLite database\. .*move the file away/);
    expect(readFileSync(other, 'utf8')).to.match(/^some text/);
  });

  it('refuses the database of another program', () => {
    const other = join(folder, 'other.db');
    const database = new Database(other);
    database.exec('CREATE TABLE theirs (a)');
    database.close();
    expect(refused(() => opened(other)).message).to.match(/another program/);
  });

  it('refuses what a newer version wrote', () => {
    opened().close();
    const database = new Database(file);
    database.pragma('user_version = 99');
    database.close();
    expect(refused(() => opened()).message).to.match(/newer AttiTUNe \(schema 99; this one knows 1\)/);
  });

  it('refuses a folder that cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(refused(() => opened(join(folder, 'file', 'web.db'))).message).to.match(
      /web\.db has a file in its path .*--state/,
    );
  });

  it('loses nothing that it said was safe when its process is killed', async () => {
    const script = join(folder, 'writer.mjs');
    const index = new URL('../../../core/store/index.js', import.meta.url).href;
    writeFileSync(
      script,
      `import { SqliteStore } from '${index}';
       const store = new SqliteStore(process.argv[2]);
       const entry = (id) => ({ id, at: id, kind: 'event', subject: 's', text: 't' });
       store.appendJournal(entry(1));
       store.putSystem(${JSON.stringify(systemOf(['Tomcat_1']))});
       store.appendJournal(entry(2));
       store.putSession(${JSON.stringify(record('a'))});
       console.log('safe');
       setInterval(() => undefined, 1000);`,
    );
    const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const error = refused(() => opened());
      expect(error.details['pid']).to.equal(child.pid);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const store = opened();
    expect(store.journal().map(({ id }) => id)).to.deep.equal([1, 2]);
    expect(store.sessions()).to.deep.equal([record('a')]);
    expect(store.system()).to.deep.equal(systemOf(['Tomcat_1']));
  });

  it('can be read by others while no manager runs, as the README says', () => {
    const store = opened();
    store.appendJournal(entry(1, { text: 'hello' }));
    store.close();
    const readme = readFileSync(asset('core/store/README.md'), 'utf8');
    const query = /`(SELECT [^`]*)`/.exec(readme)?.[1] ?? '';
    const database = new Database(file, { readonly: true });
    const row = database.prepare(query).raw().get();
    database.close();
    expect(row).to.deep.equal([1, 'event', 'host1', 'hello']);
  });

  it('can be moved aside, with all that is in it, unless it is in use', () => {
    const at = new Date('2026-11-21T15:00:00.000Z');
    expect(moveAside(file, at)).to.equal(undefined);
    const store = opened();
    store.appendJournal(entry(7));
    expect(refused(() => moveAside(file, at)).message).to.include('in use');
    store.close();
    const moved = moveAside(file, at) as string;
    expect(moved).to.equal(`${file}.2026-11-21T15-00-00-000Z`);
    expect(opened().lastJournalId()).to.equal(0);
    expect(opened(moved).lastJournalId()).to.equal(7);
  });

  it('can be moved aside also where it is damaged', () => {
    opened().close();
    writeFileSync(file, 'no database any more\n'.repeat(100));
    expect(moveAside(file, new Date(0))).to.equal(`${file}.1970-01-01T00-00-00-000Z`);
    expect(opened().lastJournalId()).to.equal(0);
  });
});
