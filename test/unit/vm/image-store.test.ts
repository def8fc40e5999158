import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import type { Programs } from '../../../wrappers/machine/programs.js';
import { bootId } from '../../../wrappers/machine/processes.js';
import { imageContents, ImageStore, type ImagePaths } from '../../../wrappers/vm/image/index.js';
import type { ImageStoreParts } from '../../../wrappers/vm/image/image-store.js';
import { backingFileOf } from '../../../wrappers/vm/image/image-use.js';

const archive = {
  distribution: 'debian',
  suite: 'bookworm',
  mirror: 'http://deb.example.org',
  components: [],
} as const;
const programs: Programs = { run: () => Promise.reject(new Error('no program is run')) };

async function failure(promise: Promise<unknown>): Promise<AttituneError> {
  return promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => {
      if (!AttituneError.is(error)) throw error;
      return error;
    },
  );
}

describe('Images of this machine', () => {
  let folder: string;
  let paths: ImagePaths;
  let builds: string[];
  let kernel: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-images-'));
    paths = { images: join(folder, 'images'), cache: join(folder, 'cache'), overlays: [join(folder, 'disks')] };
    builds = [];
    kernel = 'linux-image-6.1=6.1.1';
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A store whose builds write small files, as the real one does: beside, then renamed. */
  function store(parts: ImageStoreParts = {}): ImageStore {
    return new ImageStore(programs, paths, {
      findRecipe: (_programs, _cache, request) =>
        Promise.resolve({ ...imageContents(request), archive, kernel, kernelPackages: [kernel] }),
      build: async (_programs, { images }, recipe, key, { onProgress, signal }) => {
        builds.push(key);
        await mkdir(images, { recursive: true });
        const work = await mkdtemp(join(images, '.building-'));
        onProgress?.(`image ${recipe.name}: packages`, 0.5);
        for (const file of ['disk.raw', 'vmlinuz', 'initrd']) await writeFile(join(work, file), file);
        signal?.throwIfAborted();
        const { name, contents, kernelPackages } = recipe;
        const bytes = { 'disk.raw': 8, vmlinuz: 7, initrd: 6 };
        await writeFile(join(work, 'image.json'), JSON.stringify({ name, archive, contents, kernelPackages, bytes }));
        await rm(join(images, key), { recursive: true, force: true });
        await rename(work, join(images, key));
      },
      ...parts,
    });
  }

  it('are built once, whoever asks, and found by name', async () => {
    const found = await Promise.all([store().ensure('debian'), store().ensure('debian'), store().ensure('debian')]);
    expect(builds).to.have.length(1);
    expect(new Set(found.map(({ key }) => key)).size).to.equal(1);
    expect(existsSync(found[0].disk)).to.equal(true);
    const [listed] = await store().list();
    expect(listed).to.include({ name: 'debian', key: found[0].key, suite: 'bookworm', diskMiB: 1024 });
    expect(listed?.packages).to.deep.equal(['e2fsprogs', 'iproute2', 'qemu-guest-agent']);
  });

  it('are others with other packages, and the same in whatever words they are asked for', async () => {
    const images = store();
    const tomcat = await images.ensure('tomcat');
    const same = await images.ensure({ name: 'debian', packages: ['tomcat10', 'default-jre-headless'] });
    expect(same).to.deep.equal(tomcat);
    expect(await images.ensure({ name: 'tomcat', packages: ['tomcat10'] })).to.deep.equal(tomcat);
    const apache = await images.ensure({ name: 'debian', packages: ['apache2-bin'] });
    expect(apache.key).to.match(/^debian-/);
    await images.ensure({ name: 'debian', diskMiB: 4096 });
    expect(builds).to.have.length(3);
    expect(await images.list()).to.have.length(3);
  });

  it('are not begun for names, packages, releases and sizes that cannot be', async () => {
    const wrong = [
      { name: 'windows' },
      { name: 'constructor' },
      { name: 'debian', packages: ['../etc'] },
      { name: 'debian', packages: ['a,b'] },
      { name: 'debian', packages: ['--foo'] },
      { name: 'debian', suite: '../x' },
      ...[0, -5, 100, 1e9, 700.5, NaN].map((diskMiB) => ({ name: 'debian', diskMiB })),
    ];
    for (const request of wrong)
      expect((await failure(store().ensure(request))).code, JSON.stringify(request)).to.equal('value');
    expect(builds).to.deep.equal([]);
  });

  it('are never seen half, whatever a build left', async () => {
    const images = store();
    const { key, disk } = await images.ensure('debian');
    await writeFile(disk, 'cut');
    expect(await images.list()).to.deep.equal([]);
    expect((await images.ensure('debian')).key).to.equal(key);
    expect(builds).to.have.length(2);
    await rm(join(paths.images, key, 'image.json'));
    await images.ensure('debian');
    expect(builds).to.have.length(3);
  });

  it('are built anew after a build that failed or was killed, and its remains go', async () => {
    const images = store();
    await mkdir(join(paths.images, '.building-dead', 'work'), { recursive: true });
    // its lock names a process that is none any more
    const dead = { pid: 2 ** 22, startTime: '1', boot: await bootId(), command: 'x', since: '', token: 't' };
    await writeFile(join(paths.images, '.build.lock'), JSON.stringify(dead));
    await images.ensure('debian');
    expect((await readdir(paths.images)).filter((name) => name.startsWith('.'))).to.deep.equal([]);
    const failing = store({ build: () => Promise.reject(new AttituneError('image-build', 'no network')) });
    expect((await failure(failing.ensure('tomcat'))).message).to.equal('no network');
    await store().ensure('tomcat');
  });

  it('lets the build of another process end, and says whose it is', async () => {
    const steps: string[] = [];
    let end = (): void => undefined;
    let begun = (): void => undefined;
    const going = new Promise<void>((resolve) => (begun = resolve));
    const held = new Promise<void>((resolve) => (end = resolve));
    const slow = store({ build: () => (begun(), held) });
    const first = failure(slow.ensure('tomcat'));
    await going;
    await mkdir(join(paths.images, '.building-now'), { recursive: true });
    await store().clean();
    expect(existsSync(join(paths.images, '.building-now'))).to.equal(true);
    const second = store().ensure('debian', {
      onProgress: (step) => {
        steps.push(step);
        end();
      },
    });
    // a build that says it has ended must have left an image
    expect((await first).message).to.match(/not whole/);
    await second;
    expect(steps[0]).to.contain(`waiting for process ${process.pid}`);
  });

  it('can be given up on while another one is waited for', async () => {
    let begun = (): void => undefined;
    const going = new Promise<void>((resolve) => (begun = resolve));
    let end = (): void => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    const first = failure(store({ build: () => (begun(), held) }).ensure('tomcat'));
    await going;
    const stop = new AbortController();
    const second = failure(
      store().ensure('debian', { signal: stop.signal, onProgress: () => stop.abort(new Error('Ctrl-C')) }),
    );
    expect((await second).code).to.equal('cancelled');
    end();
    await first;
  });

  it('make place for newer ones of the same contents only', async () => {
    const images = store();
    const old = await images.ensure('debian');
    const other = await images.ensure({ name: 'debian', packages: ['curl'] });
    kernel = 'linux-image-6.1=6.1.2';
    const now = await images.ensure('debian');
    expect((await images.list()).map(({ key }) => key)).to.have.members([now.key, other.key]);
    expect(now.key).to.not.equal(old.key);
  });

  it('serve where apt cannot tell whether there is something newer', async () => {
    const { key } = await store().ensure('debian');
    const silent = store({ findRecipe: () => Promise.reject(new AttituneError('image-build', 'no lists')) });
    expect((await silent.ensure('debian')).key).to.equal(key);
    expect((await failure(silent.ensure('tomcat'))).message).to.equal('no lists');
  });

  it('are removed by name or key, but not while something uses them', async function () {
    const images = store();
    const { disk, key } = await images.ensure('debian');
    expect((await failure(images.remove('nothing'))).code).to.equal('file-not-found');
    await mkdir(paths.overlays[0] ?? '', { recursive: true });
    const overlay = join(paths.overlays[0] ?? '', 'web.qcow2');
    await writeFile(overlay, overlayOn(disk));
    expect(await backingFileOf(overlay)).to.equal(disk);
    const refused = await failure(images.remove('debian'));
    expect(refused.code).to.equal('image');
    expect(refused.message).to.contain(overlay);
    kernel = 'linux-image-6.1=6.1.2';
    await images.ensure('debian');
    expect((await images.list()).map((image) => image.key)).to.include(key);
    await rm(overlay);
    expect((await images.remove(key)).map((image) => image.key)).to.deep.equal([key]);
    expect(await images.remove('debian')).to.have.length(1);
    expect(await images.list()).to.deep.equal([]);
  });

  it('read the backing file as qemu-img writes it', async function () {
    const base = join(folder, 'base.raw');
    const overlay = join(folder, 'overlay.qcow2');
    await writeFile(base, Buffer.alloc(65_536));
    try {
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', overlay]);
    } catch {
      this.skip();
    }
    expect(await backingFileOf(overlay)).to.equal(base);
    expect(await backingFileOf(base)).to.equal(undefined);
    expect(await backingFileOf(join(folder, 'none'))).to.equal(undefined);
  });
});

/** The header of a qcow2 file: magic, version 3, place and length of the backing file's name. */
function overlayOn(path: string): Buffer {
  const header = Buffer.alloc(104);
  header.writeUInt32BE(0x514649fb, 0);
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(104n, 8);
  header.writeUInt32BE(Buffer.byteLength(path), 16);
  return Buffer.concat([header, Buffer.from(path)]);
}
