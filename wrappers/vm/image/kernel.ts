import { chmod, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import type { Programs } from '../../machine/programs.js';
import { DISTRIBUTIONS, type Archive } from './archive.js';
import { GUEST_MODULES, INITRAMFS_INIT, guestFilePath } from './recipe.js';

/** The packages that the distribution's meta package for a guest's kernel stands for. */
export interface KernelChoice {
  readonly kernel: string;
  readonly kernelPackages: readonly string[];
}

/** Asks apt, from its lists; throws `image-build` where they name no kernel. */
export async function chooseKernel(programs: Programs, archive: Archive): Promise<KernelChoice> {
  const meta = DISTRIBUTIONS[archive.distribution].kernel;
  const image = dependency(await show(programs, meta), /\blinux-image-\d[\w.+~-]*/);
  if (!image) {
    throw new AttituneError(
      'image-build',
      `apt does not know the kernel package ${meta}: run apt-get update, and see its sources.`,
    );
  }
  const control = await show(programs, image);
  // Ubuntu keeps the modules apart
  const modules = dependency(control, /\blinux-modules-\d[\w.+~-]*/);
  const versioned = async (name: string) => `${name}=${field(await show(programs, name), 'Version') ?? ''}`;
  const kernelPackages = await Promise.all([image, ...(modules ? [modules] : [])].map(versioned));
  return { kernel: image, kernelPackages };
}

/**
 * Fetches the kernel's packages, which stay in the cache, and puts `vmlinuz` and an initramfs with its drivers into `target`.
 * `work` may be used for anything.
 */
export async function buildBoot(
  programs: Programs,
  { kernelPackages }: KernelChoice,
  { work, target, cache, signal }: { work: string; target: string; cache: string; signal: AbortSignal },
): Promise<void> {
  const options = { failure: 'image-build', signal } as const;
  const tree = join(work, 'kernel');
  const downloads = join(cache, 'kernel');
  await mkdir(tree, { recursive: true });
  await mkdir(downloads, { recursive: true });
  await programs.run(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', ...kernelPackages], {
    ...options,
    cwd: downloads,
  });
  const files = await Promise.all(kernelPackages.map((versioned) => downloaded(downloads, versioned)));
  for (const file of files) await programs.run(['dpkg-deb', '--extract', join(downloads, file), tree], options);
  // those of former kernels have no use any more
  for (const file of await readdir(downloads))
    if (!files.includes(file)) await rm(join(downloads, file), { force: true });
  const image = (await readdir(join(tree, 'boot'))).find((each) => each.startsWith('vmlinuz'));
  if (!image) throw new AttituneError('image-build', `The kernel package ${kernelPackages[0]} holds no vmlinuz.`);
  await copyFile(join(tree, 'boot', image), join(target, 'vmlinuz'));
  await programs.run(['sh', '-c', INITRAMFS_SCRIPT, 'attitune', join(work, 'initramfs'), join(target, 'initrd')], {
    ...options,
    cwd: await populateInitramfs(programs, tree, join(work, 'initramfs'), signal),
  });
}

/** The file of a package `name=version`. A colon in a version is `%3a` in the file's name. */
async function downloaded(folder: string, versioned: string): Promise<string> {
  const [name = '', version = ''] = versioned.split('=');
  const start = `${name}_${version.replaceAll(':', '%3a')}_`;
  const file = (await readdir(folder)).find((each) => each.startsWith(start) && each.endsWith('.deb'));
  if (file) return file;
  throw new AttituneError('image-build', `apt-get download left no package ${versioned} in ${folder}.`);
}

/** `$1` tree, `$2` archive to write. */
const INITRAMFS_SCRIPT =
  'cd "$1" && find . | cpio --quiet -o -H newc > "$2.cpio" && gzip -n -1 < "$2.cpio" > "$2" && rm "$2.cpio"';

const UNPACK: Readonly<Record<string, readonly [string, ...string[]]>> = {
  '.xz': ['xz', '-d'],
  '.zst': ['zstd', '-q', '-d', '--rm'],
  '.gz': ['gzip', '-d'],
};

async function populateInitramfs(
  programs: Programs,
  tree: string,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const options = { failure: 'image-build', signal } as const;
  const libraries = (await readdir(join(tree, 'lib')).catch((): string[] => [])).includes('modules')
    ? tree
    : join(tree, 'usr');
  const [version] = await readdir(join(libraries, 'lib', 'modules'));
  if (!version) throw new AttituneError('image-build', 'The kernel packages hold no modules.');
  await programs.run(['depmod', '--basedir', libraries, version], options);
  const order = new Set<string>();
  for (const module of GUEST_MODULES) {
    // a driver that is built in, or missing, has nothing to load
    const shown = await programs
      .run(['modprobe', '--dirname', libraries, '--set-version', version, '--show-depends', module], options)
      .catch((error: unknown) => {
        if (AttituneError.is(error, 'image-build')) return '';
        throw error;
      });
    for (const match of shown.matchAll(/^insmod (\S+)/gm)) order.add(match[1] as string);
  }
  for (const path of ['bin', 'modules', 'dev']) await mkdir(join(folder, path), { recursive: true });
  const names: string[] = [];
  for (const path of order) {
    const packed = basename(path);
    const unpack = Object.entries(UNPACK).find(([ending]) => packed.endsWith(ending));
    const copy = join(folder, 'modules', packed);
    await copyFile(path, copy);
    if (unpack) await programs.run([...unpack[1], copy] as [string, ...string[]], options);
    names.push(unpack ? packed.slice(0, -unpack[0].length) : packed);
  }
  await writeFile(join(folder, 'modules', 'order'), names.map((name) => `${name}\n`).join(''));
  await copyFile('/bin/busybox', join(folder, 'bin', 'busybox'));
  await chmod(join(folder, 'bin', 'busybox'), 0o755);
  await copyFile(guestFilePath(INITRAMFS_INIT), join(folder, 'init'));
  await chmod(join(folder, 'init'), 0o755);
  return folder;
}

async function show(programs: Programs, name: string): Promise<string> {
  return programs
    .run(['apt-cache', 'show', '--no-all-versions', name], { failure: 'image-build' })
    .catch((error: unknown) => {
      if (AttituneError.is(error, 'image-build')) return '';
      throw error;
    });
}

function field(control: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1];
}

function dependency(control: string, pattern: RegExp): string | undefined {
  return pattern.exec(field(control, 'Depends') ?? '')?.[0];
}
