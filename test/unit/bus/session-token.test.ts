import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureSessionToken, readSessionToken, SessionToken } from '../../../core/bus/session-token.js';
import { refusal } from '../../support/hub-world.js';

describe('the token of a bus without certificates', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'attitune-token-test-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made once, in a folder and a file that only their owner can read', async () => {
    const file = join(folder, 'state', 'bus-token');
    const made = await Promise.all(Array.from({ length: 8 }, () => ensureSessionToken(file)));
    expect(new Set(made.map(({ secret }) => secret)).size, 'whoever comes at the same time has the same').to.equal(1);
    expect(made[0]?.secret).to.match(/^[0-9a-f]{64}$/);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect((await stat(join(folder, 'state'))).mode & 0o777).to.equal(0o700);
    expect(await readdir(join(folder, 'state'))).to.deep.equal(['bus-token']);
    expect((await readSessionToken(file)).secret).to.equal(made[0]?.secret);
  });

  it('is not taken where others can read it, where it is none, or where it is not there', async () => {
    const file = join(folder, 'bus-token');
    expect((await refusal(readSessionToken(file))).code).to.equal('file-not-found');
    await writeFile(file, 'short\n', { mode: 0o600 });
    for (const read of [readSessionToken, ensureSessionToken])
      expect((await refusal(read(file))).code).to.equal('value');
    await writeFile(file, `${'x'.repeat(40)}\n`);
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(file, mode);
      for (const read of [readSessionToken, ensureSessionToken]) {
        const { code, message } = await refusal(read(file));
        expect(code).to.equal('not-permitted');
        expect(message).to.include(`chmod 600 ${file}`);
      }
    }
  });

  it("of one's own is one's own, and not what another user put there", async function () {
    if (process.geteuid?.() !== 0) this.skip();
    const { chown } = await import('node:fs/promises');
    const file = join(folder, 'bus-token');
    await writeFile(file, `${'x'.repeat(40)}\n`, { mode: 0o600 });
    await chown(file, 65534, 65534);
    expect((await refusal(ensureSessionToken(file))).message).to.include("another user's");
    expect((await readSessionToken(file)).secret, 'named, it is meant').to.equal('x'.repeat(40));
  });

  it('is proved by what both said, each side in its own way, and never by another one', () => {
    const [ours, theirs] = ['a', 'b'].map((letter) => new SessionToken(letter.repeat(32), 'a test')) as [
      SessionToken,
      SessionToken,
    ];
    const words = [SessionToken.challenge(), 'nonce', '7420', 'host1', 'agent', '0a-1'];
    const proof = ours.proof('member', words);
    expect(ours.isProved('member', words, proof)).to.equal(true);
    expect(ours.isProved('hub', words, proof)).to.equal(false);
    expect(theirs.isProved('member', words, proof)).to.equal(false);
    expect(ours.isProved('member', words, '')).to.equal(false);
    for (const at of words.keys())
      expect(ours.isProved('member', words.with(at, 'other'), proof), `word ${at}`).to.equal(false);
    expect(proof).to.not.include(ours.secret);
  });
});
