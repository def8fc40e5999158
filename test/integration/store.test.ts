import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Store } from '../../core/model/store.js';
import { SqliteStore } from '../../core/store/index.js';
import { entry, record } from '../contract/store.contract.js';
import { skipBecause, skipUnless } from '../support/skip.js';

describe('a store on a disk of its own', function () {
  let folder: string | undefined;
  let store: Store | undefined;
  const file = () => join(folder ?? '', 'web.db');

  before(function () {
    skipUnless(this, { root: true, programs: { mount: 'mount' } });
    const probe = mkdtempSync(join(tmpdir(), 'attitune-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
      execFileSync('umount', [probe]);
    } catch {
      skipBecause(this, 'root may not mount a file system here', 'npm test, outside of an unprivileged container');
    } finally {
      rmdirSync(probe);
    }
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'attitune-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder]);
  });
  afterEach(() => {
    store?.close();
    store = undefined;
    if (folder === undefined) return;
    execFileSync('umount', [folder]);
    rmdirSync(folder);
    folder = undefined;
  });

  it('says that the disk is full, keeps what was safe, and goes on when there is room', () => {
    const full = (store = new SqliteStore(file()));
    full.appendJournal(entry(1));
    full.putSession(record('a'));
    const big = record('b', { context: 'x'.repeat(600_000) });
    expect(() => full.putSession(big)).to.throw(/the disk is full\. Make room/);
    expect(() => full.putSession(big)).to.throw(/the disk is full\. Make room/);
    expect(full.sessions()).to.deep.equal([record('a')]);
    execFileSync('mount', ['-o', 'remount,size=8m', folder ?? '']);
    full.appendJournal(entry(2));
    full.putSession(big);
    full.close();
    store = new SqliteStore(file());
    expect(store.journal()).to.deep.equal([entry(1), entry(2)]);
    expect(store.sessions()).to.deep.equal([record('a'), big]);
  });

  it('keeps journal entries whose late write failed until there is room', async () => {
    const full = (store = new SqliteStore(file()));
    full.appendJournal(entry(1));
    expect(() => {
      for (let id = 2; id < 20; id += 1) full.appendJournal(entry(id, { text: 'x'.repeat(60_000) }));
      full.putSession(record('a'));
    }).to.throw(/the disk is full/);
    await new Promise((resolve) => setImmediate(resolve));
    execFileSync('mount', ['-o', 'remount,size=16m', folder ?? '']);
    full.appendJournal(entry(50));
    full.close();
    store = new SqliteStore(file());
    const ids = store.journal().map(({ id }) => id);
    expect(ids[0]).to.equal(1);
    expect(ids.at(-1)).to.equal(50);
    expect(ids.length).to.be.greaterThan(5);
  });

  it('says that it cannot be written where the disk is read-only', () => {
    new SqliteStore(file()).close();
    execFileSync('mount', ['-o', 'remount,ro', folder ?? '']);
    expect(() => new SqliteStore(file())).to.throw(/web\.db cannot be (written|opened)\. .*--state/);
  });
});
