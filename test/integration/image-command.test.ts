import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const KEY = 'debian-0123456789abcdef';

describe('attitune image', function () {
  this.timeout(30_000);
  let state: string;

  beforeEach(async () => (state = await mkdtemp(join(tmpdir(), 'attitune-image-'))));
  afterEach(() => rm(state, { recursive: true, force: true }));

  function call(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const env = { ...process.env, ATTITUNE_STATE: state, NO_COLOR: '1' };
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [CLI, 'image', ...args], { env }, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  }

  /** An image as a build leaves it, but small. */
  async function built(): Promise<void> {
    const folder = join(state, 'images', KEY);
    await mkdir(folder, { recursive: true });
    for (const file of ['disk.raw', 'vmlinuz', 'initrd']) await writeFile(join(folder, file), 'content');
    const manifest = {
      name: 'debian',
      archive: { suite: 'bookworm' },
      contents: { packages: ['iproute2'], diskMiB: 1024 },
      kernelPackages: [],
      bytes: { 'disk.raw': 7, vmlinuz: 7, initrd: 7 },
    };
    await writeFile(join(folder, 'image.json'), JSON.stringify(manifest));
  }

  it('lists what is built, for people and for programs', async () => {
    expect((await call('list')).out).to.contain('none');
    expect(JSON.parse((await call('list', '--json')).out)).to.deep.equal([]);
    await built();
    const [image] = JSON.parse((await call('list', '--json')).out) as [Record<string, unknown>];
    expect(image).to.include({ name: 'debian', key: KEY, suite: 'bookworm', diskMiB: 1024 });
    expect(image['usedBy']).to.deep.equal([]);
    expect((await call('list')).out)
      .to.contain(KEY)
      .and.contain('1024 MiB')
      .and.contain('nothing');
  });

  it('shows no image that is not whole', async () => {
    await built();
    await writeFile(join(state, 'images', KEY, 'disk.raw'), 'cut');
    expect(JSON.parse((await call('list', '--json')).out)).to.deep.equal([]);
  });

  it('removes by name, once', async () => {
    await built();
    expect(JSON.parse((await call('remove', 'debian', '--json')).out)).to.deep.equal({ removed: [KEY] });
    const again = await call('remove', 'debian');
    expect(again.code).to.equal(2);
    expect(again.err).to.contain('error file-not-found: No image "debian" is built');
  });

  for (const [args, said] of [
    [['debain'], /there is no image "debain".*Did you mean "debian"/],
    [['debian', '--package', '../etc/passwd'], /cannot be the name of a Debian package/],
    [['debian', '--package', '-o'], /cannot be the name of a Debian package/],
    [['debian', '--suite', '$(reboot)'], /cannot be the name of a release/],
    [['debian', '--size', '0 MiB'], /cannot have a disk of 0 MiB/],
    [['debian', '--size', 'large'], /not a size of memory/],
    [[], /missing required argument/],
  ] as const) {
    it(`refuses to build ${args.join(' ') || 'nothing'}`, async () => {
      const { code, err, out } = await call('build', ...args);
      expect(code).to.equal(2);
      expect(err).to.match(said);
      expect(out).to.equal('');
    });
  }
});
