import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError, formatError } from '../../../core/model/errors.js';
import { refuseEscapes } from '../../../wrappers/language/operations/archive-entries.js';
import { parseWrapper } from '../../../wrappers/language/read-wrapper.js';
import { XmlWrapper } from '../../../wrappers/language/xml-wrapper.js';
import { caller, instance, localSystem } from '../../support/local-system.js';

describe('archive unpack', () => {
  let folder: string;
  let close: (() => Promise<void>) | undefined;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'attitune-archive-')));
    await mkdir(join(folder, 'app-1', 'bin'), { recursive: true });
    await writeFile(join(folder, 'app-1', 'bin', 'run'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
    await writeFile(join(folder, 'app-1', 'bytes'), Buffer.from([0, 255, 128, 10, 13]));
  });
  afterEach(async () => {
    await close?.();
    await rm(folder, { recursive: true, force: true });
  });

  const tar = (...args: string[]) => execFileSync('tar', ['-C', folder, ...args]);
  const inside = (...parts: string[]) => join(folder, ...parts);

  /** An operation `install` with these parameters, of a wrapper in the folder; `legacyFile` is an attribute. */
  function installing(legacyFile: string, ...parameters: string[]) {
    const params = ['$legacyFile', ...parameters].map((value) => `<param value="${value}"/>`).join('');
    const { description, errors } = parseWrapper(
      `<wrapper xmlns="urn:attitune:wrapper:1" name="mine"><attribute name="legacyFile"/><method name="install" key="archive" method="unpack">${params}</method></wrapper>`,
      inside('mine.wrapper.xml'),
    );
    expect(errors.map(formatError)).to.deep.equal([]);
    const wrapper = new XmlWrapper(description!);
    const parts = localSystem([{ name: 'Mine', wrapper: 'mine', attributes: { legacyFile } }], [], [wrapper]);
    ({ close } = parts);
    const { call } = caller(parts.system, parts.infrastructure, instance(parts.system, 'Mine'), wrapper);
    return () => call('install') as Promise<{ readonly changed: boolean; readonly sha256: string }>;
  }
  const failure = async (promise: Promise<unknown>): Promise<string> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError);
    return (error as AttituneError).message;
  };

  it('sends an archive that stands beside the wrapper, byte for byte, and does so once', async () => {
    tar('-czf', inside('app.tar.gz'), 'app-1');
    const install = installing('app.tar.gz', inside('out'), 'strip:1');
    expect((await install()).changed).to.equal(true);
    expect(await readFile(inside('out', 'bytes'))).to.deep.equal(Buffer.from([0, 255, 128, 10, 13]));
    expect(execFileSync(inside('out', 'bin', 'run')).toString()).to.equal('hello\n');
    expect((await readdir(inside('out'))).sort()).to.deep.equal(['.attitune-archive', 'bin', 'bytes']);
    expect((await install()).changed).to.equal(false);
    await writeFile(inside('app-1', 'more'), 'x');
    tar('-czf', inside('app.tar.gz'), 'app-1');
    expect((await install()).changed).to.equal(true);
    expect(await readFile(inside('out', 'more'), 'utf8')).to.equal('x');
  });

  it('takes one that is on the node already by its absolute path', async () => {
    tar('-cf', inside('app.tar'), 'app-1');
    const install = installing(inside('app.tar'), inside('out'));
    const { changed, sha256 } = await install();
    expect(changed).to.equal(true);
    expect(sha256).to.match(/^[0-9a-f]{64}$/);
    expect(await readFile(inside('out', 'app-1', 'bytes'))).to.have.length(5);
    expect((await install()).changed).to.equal(false);
  });

  it('refuses another archive than the one that is meant', async () => {
    tar('-cf', inside('app.tar'), 'app-1');
    const install = installing(inside('app.tar'), inside('out'), `sha256:${'0'.repeat(64)}`);
    expect(await failure(install())).to.match(/is not the archive that is meant: its SHA-256 is [0-9a-f]{64}/);
  });

  it('writes nothing where an entry leads out of the folder', async () => {
    tar('-cPf', inside('up.tar'), '--transform=s,^app-1/bytes,../escaped,', 'app-1');
    expect(await failure(installing(inside('up.tar'), inside('out'))())).to.match(
      /entry "\.\.\/escaped": it leads out of the folder/,
    );
    await symlink('/etc', inside('app-1', 'etc'));
    tar('-cf', inside('link.tar'), 'app-1');
    expect(await failure(installing(inside('link.tar'), inside('out'))())).to.match(
      /entry "app-1\/etc": it is a link to \/etc, outside/,
    );
    expect(await readdir(inside('out'))).to.deep.equal([]);
  });

  it('says what tar says of what is no archive', async () => {
    await writeFile(inside('app.tar'), 'no archive at all');
    expect(await failure(installing(inside('app.tar'), inside('out'))())).to.match(
      /tar ended with exit code 2 on here/,
    );
    expect(await failure(installing('missing.tar', inside('out'))())).to.match(/cannot read .*missing\.tar/);
  });

  it('judges links by where they stand once leading parts are left out', () => {
    const line = (type: string, rest: string) => `${type}rwxrwxrwx 0/0               0 2026-01-01 00:00 ${rest}\n`;
    const link = line('l', '"a/b/c" -> "../../d"');
    expect(() => refuseEscapes(link, 0)).not.to.throw();
    expect(() => refuseEscapes(link, 1)).to.throw(AttituneError, /outside of the folder/);
    expect(() => refuseEscapes(line('h', '"a/b" link to "a/c"'), 0)).not.to.throw();
    expect(() => refuseEscapes(line('h', '"a/b" link to "../c"'), 0)).to.throw(AttituneError);
    expect(() => refuseEscapes(line('-', '"a/..b/c\\"d -> e"'), 0)).not.to.throw();
    expect(() => refuseEscapes('crw-r--r-- 0/0             1,3 2026-01-01 00:00 "null"\n', 0)).to.throw(
      /it is a device/,
    );
    expect(() => refuseEscapes('something else\n', 0)).to.throw(/not understood/);
  });
});
